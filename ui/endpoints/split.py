"""``split``: one text under several tokenizers."""

from __future__ import annotations

from typing import Any

from fuse_core.analysis.answers.split import split_answer
from fuse_core.common import checks
from ui.endpoints.endpoint import Call, Endpoint

LONGEST = 20_000  # characters


def split(
    call: Call,
    text: str,
    tokenizers: tuple[str, ...] = ("smollm2", "minilm"),
    words_by: str = "white space",
    max_tokens: int = 4,
) -> dict[str, Any]:
    """Cut one text by several tokenizers and compare the others with the first, word by word.

    Parameters:
        text: The text, up to 20,000 characters.
        tokenizers: One to six keys of models or tokenizers.
        words_by: What tells the words: 'white space', 'icu' or 'jieba'.
        max_tokens: The length in tokens up to which words count as covered.
    Returns:
        The words, and of each tokenizer its figures and its tokens of each word.
    """
    checks.text("text", text, LONGEST)
    return split_answer(call.library, text, tokenizers, words_by, max_tokens)


ENDPOINT = Endpoint("split", 1, split)
