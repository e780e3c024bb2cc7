"""The English article before a word: "a" or "an", by the word's first letters."""

from __future__ import annotations

import re

# Where letters do not tell the sound, both pass: u (uniform, umbrella), capitals (X-ray, SUV), eu, one, hour and such.
DISAGREES = re.compile(r"\b(?:[aA] (?=[aeio])(?!eu|one\b|once\b)|[aA]n (?=[a-z])(?![aeiou]|ho(?:ur|nest|no)|heir))")


def article_faults(text: str) -> int:
    """How many articles do not agree with the word after them: "a espresso", "an bicycle"."""
    return len(DISAGREES.findall(text))
