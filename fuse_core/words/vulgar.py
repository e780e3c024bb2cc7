"""English words that a caption shown to a class must not say, whatever a model finds near to a picture."""

from __future__ import annotations

import re

_STEMS = (
    "anus|arse|arsehole|asshole|bastard|bitch|blowjob|bollock|boner|bullshit|clit|cocksucker|cum|cunt|dick|dildo|"
    "faggot|fuck|fucker|handjob|horny|horseshit|jizz|masturbate|milf|motherfucker|nazi|nigga|nigger|orgasm|penis|"
    "piss|porn|porno|pornography|prick|pussy|rape|rapist|rectum|retard|scrotum|semen|sex|shit|slut|testicle|"
    "titties|twat|vagina|vulva|wank|wanker|whore"
)
# Birds are named alike: no "cock", no "tit". "rapes", "fucking", "shitty": endings that make no other word of these.
VULGAR = re.compile(rf"\b(?:{_STEMS})(?:s|es|ed|er|ers|ing|y|ty|ted|ting)?\b", re.IGNORECASE)


def is_vulgar(text: str) -> bool:
    """Whether a text holds a vulgar word."""
    return VULGAR.search(text) is not None
