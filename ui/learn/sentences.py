"""What the core says while it works for a chapter, and when it cannot, in the lesson's other languages.

``assets/lessons/<language>/sentences.yaml`` has the core's English sentences, numbers and names as ``{fields}``, each
with its translation.
"""

from __future__ import annotations

import re
from functools import cache

import yaml

from ui.learn.lesson import ENGLISH, LESSONS

FIELD = re.compile(r"\\\{(\w+)\\\}")  # of an escaped sentence


def translated(sentence: str, language: str) -> str:
    """The sentence in that language; as it is where it is not among those translated."""
    for pattern, words in _known(language):
        if found := pattern.fullmatch(sentence):
            return words.format(**found.groupdict())
    return sentence


@cache
def _known(language: str) -> list[tuple[re.Pattern[str], str]]:
    if language == ENGLISH:
        return []
    known = yaml.safe_load((LESSONS / language / "sentences.yaml").read_text("utf-8"))
    return [(re.compile(FIELD.sub(r"(?P<\1>.+)", re.escape(said))), words) for said, words in known.items()]
