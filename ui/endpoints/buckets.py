"""``buckets``: words by token length under two tokenizers."""

from __future__ import annotations

from typing import Any

from fuse_core.analysis.answers.buckets import buckets_answer
from fuse_core.common.errors import UserError
from ui.endpoints.endpoint import Call, Endpoint

MOST = 200_000  # words


def buckets(
    call: Call, source: str = "smollm2", target: str = "minilm", words: int = 20_000, max_tokens: int = 4
) -> dict[str, Any]:
    """Count English words by their length in tokens under two tokenizers, and tell the share of text they cover.

    Parameters:
        source: Key of the model whose tokens are the rows.
        target: Key of the model whose tokens are the columns.
        words: How many of the most frequent English words are counted, up to 200,000.
        max_tokens: The longest word in tokens that has a row or a column.
    Returns:
        Counts, row by row, and for both sides the coverage by word and by occurrence.
    """
    if words > MOST:
        raise UserError(f"'words' would be {words:,}; {MOST:,} is the most.", "Ask for fewer.", ("words",))
    return buckets_answer(call.library, source, target, words, max_tokens)


ENDPOINT = Endpoint("buckets", 2, buckets)
