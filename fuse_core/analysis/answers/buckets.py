"""Words by token length under two tokenizers."""

from __future__ import annotations

import time

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.words.buckets import bucket_words
from fuse_core.words.comparison import same_tokenizer
from fuse_core.words.corpus import english

LONGEST = 16  # tokens


def buckets_answer(library: Library, source: str, target: str, words: int, max_tokens: int) -> dict:
    """Counts of the most frequent English words by (source length, target length), and coverage.

    Raises
    ------
    UserError
        For unknown tokenizers, and for numbers that are none of words or of tokens.
    """
    started = time.perf_counter()
    if not 1 <= max_tokens <= LONGEST:
        raise UserError(f"'max_tokens' must be 1 to {LONGEST}, got {max_tokens}.", fields=("max_tokens",))
    s, t = library.tokenizer(source), library.tokenizer(target)
    table = bucket_words(s, t, english(words), max_tokens)
    return {
        "source": source,
        "target": target,
        "words": len(table.words),
        "max_tokens": max_tokens,
        "counts": table.counts().tolist(),
        "coverage": table.coverage(),
        "same_tokenizer": same_tokenizer(s, t),
        "seconds": round(time.perf_counter() - started, 2),
    }
