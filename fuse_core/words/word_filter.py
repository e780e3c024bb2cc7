"""A filter of offensive English words, for hosts that strangers visit: a maintained list, and the vulgar words of ours.

The list is that of the package glin-profanity (MIT). It is read, and nothing of the package is run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache

from fuse_core.common.storage import require_wheel
from fuse_core.words.vulgar import is_vulgar

LIST = ("glin_profanity", "data", "dictionaries", "english.json")
_LETTERS = re.compile(r"[a-z]+")
_PHRASE = re.compile(r"[a-z]+(?:[ '-][a-z]+)*")  # entries with digits or signs spell words that tokens here cannot


@dataclass
class WordFilter:
    """Says which texts pass, and counts those that do not.

    Attributes
    ----------
    n_filtered : int
        How many texts it removed so far.
    """

    n_filtered: int = 0

    def passes(self, text: str) -> bool:
        """Whether a text holds no listed word."""
        listed = is_listed(text)
        self.n_filtered += listed
        return not listed


def is_listed(text: str) -> bool:
    """Whether a text holds a listed word or phrase, in any case. Cost: microseconds, no model."""
    words, (listed, longest) = _LETTERS.findall(text.lower()), _entries()
    starts = range(len(words))
    return is_vulgar(text) or any(
        " ".join(words[k : k + n]) in listed for n in range(1, longest + 1) for k in starts[: len(words) - n + 1]
    )


@cache
def _entries() -> tuple[frozenset[str], int]:
    """Words and phrases, a space between words, and the words of the longest."""
    entries = map(str.lower, json.loads(require_wheel(*LIST, listed="requirements.txt").read_text("utf-8"))["words"])
    listed = frozenset(" ".join(_LETTERS.findall(entry)) for entry in entries if _PHRASE.fullmatch(entry))
    return listed, max(entry.count(" ") + 1 for entry in listed)


def filter_note(n_filtered: int) -> str:
    """What a word filter did, for people; empty where it removed nothing."""
    proposals = f"{n_filtered:,} proposal" + ("" if n_filtered == 1 else "s")
    return f"The word filter removed {proposals}." if n_filtered else ""
