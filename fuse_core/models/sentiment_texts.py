"""Texts that a sentiment head of words is fitted to: captions with and without words of VADER's lexicon.

VADER (Hutto and Gilbert, ICWSM 2014) rates 7,000 English words. One in five is kept back, with all words that share its
stem, so that a head can be judged by words of which it has seen no form.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping, Sequence

NEGATIONS = ("un", "dis", "in", "im", "mis")
STEM = 4  # letters: coarser than a stemmer, so that no form of a word is on both sides
HELDOUT_EVERY = 5
# Valence up to which a word counts as neutral: people rate "certain" 1.1 and "play" 1.4, which praise nothing.
WEAKEST = 1.4
WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
# v: a word of the lexicon; n, m: things; x, y: any other words.
VALENCED = (
    "a {v} {n}", "{v} {n} {x}", "a {n}, {v}", "a {n} with a {v} {m}", "a {n} with {v}", "the {v} {n} in the {m}",
    "a {n} of {v}", "a {n} {x} the {v}", "{n} {x} {v} {m}", "an image of a {v} {n}", "a {x} {n} that is {v}",
)  # fmt: skip
NEUTRAL = (
    "a {n} with a {m}", "the {n} in the {m}", "a {n} {x} the {m}", "{n} {x} {m}", "a {n}, {x}", "an image of a {n}",
    "a {x} {n} that is {y}", "{x} {y}", "a {n} with {x} {y}", "a {n} of the {m}",
)  # fmt: skip


def stem(word: str, words: Mapping[str, float]) -> str:
    """What the forms of a word share: its first letters, those after a negation where the rest is a word, too."""
    for prefix in NEGATIONS:
        if word.startswith(prefix) and word[len(prefix) :] in words:
            word = word[len(prefix) :]
            break
    return word[:STEM]


def kept_back(words: Mapping[str, float]) -> set[str]:
    """The words of a lexicon that no head is fitted to: whole stems, decided by their letters."""
    return {word for word in words if zlib.crc32(stem(word, words).encode()) % HELDOUT_EVERY == 0}


def label_of(valence: float) -> int:
    """0 for negative, 1 for neutral, 2 for positive."""
    return 1 + (valence > WEAKEST) - (valence < -WEAKEST)


def fit_texts(lexicon: Sequence[str], nouns: Sequence[str], others: Sequence[str], count: int) -> list[str]:
    """Texts with a word of the lexicon, ``count`` of them, and half as many without; the same for the same words."""
    draw = random.Random(0)
    texts = []
    for templates, n in ((VALENCED, count), (NEUTRAL, count // 2)):
        for _ in range(n):
            v, thing, another = draw.choice(lexicon), draw.choice(nouns), draw.choice(nouns)
            x, y = draw.choice(others), draw.choice(others)
            texts.append(draw.choice(templates).format(v=v, n=thing, m=another, x=x, y=y))
    return texts
