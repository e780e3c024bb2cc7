"""Words of closed classes: English has a fixed set of them, and they tell nothing of what a picture shows."""

from __future__ import annotations

import re
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = _words("a an the")
# Determiners that cannot stand without a noun. "his", "this", "some" and "another" can.
DETERMINERS = _words("my your its our their every whose")
PREPOSITIONS = _words(
    "about across after against along alongside amid among amongst around as aside at atop before beneath beside "
    "besides between beyond by concerning despite during except for from in into like near of on onto opposite over "
    "past per regarding since than through throughout till to toward towards under underneath unlike until unto upon "
    "versus via with within without"
)
CONJUNCTIONS = _words(
    "although and because but either if lest neither nor or so that though unless when whenever where whereas "
    "wherever whether which while who whom why yet"
)
# Prepositions that as often stand by themselves: "a dog running outside", "a cat looking up".
PARTICLES = _words("above apart away back behind below down inside nearby off out outside up")
PRONOUNS = _words(
    "he her hers herself him himself his i it itself me mine myself one ones ours ourselves she theirs them "
    "themselves they us we what you yours yourself"
)
QUANTIFIERS = _words(
    "all another any both each enough few less many more most much no none not only other others same several some "
    "such these this those very"
)
FORMS_OF_BE = _words("am are be been being is was were")
AUXILIARIES = _words(
    "can could did do does doing done had has have having may might must shall should will would"
).union(FORMS_OF_BE)

CLOSED_CLASS = ARTICLES.union(
    DETERMINERS, PREPOSITIONS, CONJUNCTIONS, PARTICLES, PRONOUNS, QUANTIFIERS, AUXILIARIES, _words("there here s t")
)
# More has to follow these: the copula, too, and a determiner that needs its noun.
OPEN_ENDED = ARTICLES.union(DETERMINERS, PREPOSITIONS, CONJUNCTIONS, FORMS_OF_BE)

# In wordfreq's Zipf scale, 3 for one in a million words; it lists cut-off words ("photogra", "basketbal") up to 1.21.
RAREST = 1.3
LAST_WORD = re.compile(r"([^\W_]+(?:['’][^\W_]+)*)[^\w-]*$")


def is_closed_class(word: str) -> bool:
    """Whether a word, in any case, is a function word: article, preposition, pronoun or such."""
    return word.lower() in CLOSED_CLASS


@lru_cache(maxsize=4096)
def is_whole_word(word: str) -> bool:
    """Whether English has a word, by the wordfreq package: not so "insign" and "lightho", which a run broke off in."""
    import wordfreq  # heavy, and only needed here

    return wordfreq.zipf_frequency(word, "en") >= RAREST


def ends_as_phrase(text: str) -> bool:
    """Whether a text ends where a phrase can.

    Its last word is whole, and no article, preposition, conjunction, form of "be", nor a determiner that needs its
    noun. Punctuation after it does not count; a hyphen does.
    """
    last = LAST_WORD.search(text.strip())
    return last is not None and last[1].lower() not in OPEN_ENDED and is_whole_word(last[1].lower())
