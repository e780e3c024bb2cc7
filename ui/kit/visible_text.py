"""Text in which nothing is invisible, and bytes that are part of a character."""

from __future__ import annotations

import re
import unicodedata

# What Unicode and its users call the commoner ones.
NAMES = {
    " ": "·",
    "\n": "⏎",
    "\t": "⇥",
    "\u00a0": "⟨NBSP⟩",
    "\u00ad": "⟨SHY⟩",
    "\u034f": "⟨CGJ⟩",
    "\u200b": "⟨ZWSP⟩",
    "\u200c": "⟨ZWNJ⟩",
    "\u200d": "⟨ZWJ⟩",
    "\u200e": "⟨LRM⟩",
    "\u200f": "⟨RLM⟩",
    "\u202f": "⟨NNBSP⟩",
    "\u2060": "⟨WJ⟩",
    "\ufe0e": "⟨VS15⟩",
    "\ufe0f": "⟨VS16⟩",
    "\ufeff": "⟨BOM⟩",
}
HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}  # categories without ink
BLANKS = re.compile("[\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
NO_CHARACTER = re.compile("[\udc80-\udcff]+")  # bytes as Python's surrogateescape has them


def visible(content: bytes) -> str:
    """UTF-8 with invisible characters named and bytes of a part of a character as numbers, both in ``⟨⟩``."""
    pieces, end = [], 0
    text = content.decode("utf-8", "surrogateescape")
    for match in NO_CHARACTER.finditer(text):
        pieces += [
            *map(_visible, text[end : match.start()]),
            f"⟨{match[0].encode('utf-8', 'surrogateescape').hex(' ')}⟩",
        ]
        end = match.end()
    return "".join([*pieces, *map(_visible, text[end:])])


def _visible(character: str) -> str:
    if character in NAMES:
        return NAMES[character]
    hidden = unicodedata.category(character) in HIDDEN or BLANKS.fullmatch(character)
    return f"⟨U+{ord(character):04X}⟩" if hidden else character
