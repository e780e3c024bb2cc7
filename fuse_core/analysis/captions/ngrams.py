"""The n-grams of a caption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

LONGEST = 4


def ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of ``n`` words occurs. Cost ``O(n len(words))``."""
    return Counter(zip(*(words[k:] for k in range(n)), strict=False))
