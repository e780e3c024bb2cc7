"""jieba's words of Chinese (its dictionary and hidden Markov model), read in Rust: nothing is written to disk."""

from __future__ import annotations

from fuse_core.words.segmenters.segmenter import Segmenter


def _spans(text: str) -> list[tuple[int, int]]:
    """Words and marks of punctuation, each by itself."""
    import rjieba  # pyright: ignore[reportMissingImports]: optional

    return [(begin, end) for word, begin, end in rjieba.tokenize(text) if word.strip()]


SEGMENTER = Segmenter("jieba", "jieba's dictionary (Chinese)", 2, _spans, "rjieba")
