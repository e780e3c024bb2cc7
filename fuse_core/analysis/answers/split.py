"""One text under several tokenizers."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.words.comparison import compare
from fuse_core.words.segmenters import SEGMENTERS

MOST = 6  # tokenizers


def split_answer(library: Library, text: str, tokenizers: Sequence[str], words_by: str, max_tokens: int) -> dict:
    """What each tokenizer makes of a text and of each of its words; all are compared with the first.

    Parameters
    ----------
    tokenizers : sequence of str
        One to ``MOST`` keys or files.
    words_by : str
        Name of a segmenter.
    max_tokens : int
        Of the words that count as covered.

    Raises
    ------
    UserError
        Naming what cannot be used.
    """
    if not 1 <= len(tokenizers) <= MOST:
        many = "too many" if tokenizers else "too few"
        raise UserError(f"{len(tokenizers)} tokenizers are {many}.", f"Name 1 to {MOST}.")
    if words_by not in SEGMENTERS:
        raise UserError(f"'{words_by}' tells no words.", f"Choose one of: {', '.join(SEGMENTERS)}.")
    if max_tokens < 1:
        raise UserError(f"'max_tokens' must be 1 or more, got {max_tokens}.", fields=("max_tokens",))
    text = text.encode("utf-8", "replace").decode()  # bytes of no encoding come as halves of characters
    cuts = compare(text, [library.tokenizer(name) for name in tokenizers], SEGMENTERS[words_by])
    return {
        "text": text,
        "max_tokens": max_tokens,
        "words_by": words_by,
        "words": [word.text for word in cuts[0].words],
        "tokenizers": [
            {
                "tokenizer": cut.tokenizer.key,
                "vocabulary": cut.tokenizer.vocab_size,
                "tokens": cut.tokens,
                "characters_per_token": cut.characters_per_token,
                "cut_differently": sum(cut.differs),
                "longest": cut.longest,
                "covered": cut.covered(max_tokens),
                "across": cut.across,
                "split": [list(word.tokens) for word in cut.words],
            }
            for cut in cuts
        ],
    }
