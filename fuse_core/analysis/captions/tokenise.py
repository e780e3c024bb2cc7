"""The words of a caption as BLEU, ROUGE-L and CIDEr-D count them.

As the Penn Treebank does, and coco-caption after it: small letters, clitics apart (``man 's``, ``do n't``), hyphenated
words whole, punctuation left out. Of Stanford's tokenizer it lacks some rare cases ("rock 'n' roll", "'90s").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[.,]\d+)*(?:['/-][^\W_]+)*|[&%$#@+=*]")
CLITIC = re.compile(r"(.+?)(n't|'(?:s|re|ve|ll|d|m)|(?<=^can)not)$")


@lru_cache(maxsize=65_536)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, in order. Cost linear in its length."""
    words = WORD.findall(unicodedata.normalize("NFC", text).lower().replace("’", "'"))
    return tuple(part for word in words for part in _parts(word))


def _parts(word: str) -> tuple[str, ...]:
    clitic = CLITIC.match(word)
    return clitic.groups() if clitic else (word,)
