"""Content words that a caption says twice. English alone."""

from __future__ import annotations

import re

from fuse_core.words.closed_class import is_closed_class

WORD = re.compile(r"[a-z]+")
# Endings that leave the word what it is, the longest first; what is left has three letters or more, one a vowel.
ENDINGS = ("ings", "ies", "ing", "ied", "es", "ed", "s", "e", "y")
SPELLED = 6  # letters from which a word and the same with one left out are taken for one: cheetah, chetah


def stem(word: str) -> str:
    """A word, in lower case, without the endings of number, tense and progress: boats, boating and boated are boat."""
    for ending in ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and re.search("[aeiouy]", rest):
            # running: run; but not falling: fal
            return rest[:-1] if len(ending) > 1 and rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
    return word


def repetitions(text: str) -> int:
    """How many content words of a text say an earlier one again: of one stem, or the same but for a letter left out."""
    held = [word for word in WORD.findall(text.lower()) if not is_closed_class(word)]
    return sum(any(_same(word, other) for other in held[:k]) for k, word in enumerate(held))


def _same(a: str, b: str) -> bool:
    if stem(a) == stem(b):
        return True
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) < SPELLED or len(longer) != len(shorter) + 1:
        return False
    return any(longer[:k] + longer[k + 1 :] == shorter for k in range(len(longer)))
