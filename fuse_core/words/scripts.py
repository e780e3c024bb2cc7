"""Scripts that are written without white space between words."""

from __future__ import annotations

import unicodedata

UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "JAVANESE", "BALINESE")


def unspaced(text: str) -> float:
    """Share of a text's letters that are of such a script; 0 for a text without letters.

    To FUSE (arXiv 2408.04816), whose words lie between white space, a sentence of them is one word.
    """
    letters = [c for c in text if unicodedata.category(c)[0] == "L"]
    return sum(unicodedata.name(c, "").startswith(UNSPACED) for c in letters) / len(letters) if letters else 0.0
