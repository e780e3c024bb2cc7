"""ICU's dictionaries of Chinese, Japanese, Thai, Lao, Khmer and Burmese, and Unicode's word borders elsewhere."""

from __future__ import annotations

from itertools import accumulate

from fuse_core.words.segmenters.segmenter import Segmenter


def _spans(text: str) -> list[tuple[int, int]]:
    """Words and marks of punctuation, each by itself."""
    from icu4py.breakers import WordBreaker  # pyright: ignore[reportMissingImports]: optional

    pieces = list(WordBreaker(text, "en"))  # its own offsets count UTF-16 units
    ends = accumulate(map(len, pieces))
    return [(end - len(piece), end) for piece, end in zip(pieces, ends, strict=True) if piece.strip()]


SEGMENTER = Segmenter("icu", "ICU's dictionaries", 1, _spans, "icu4py")
