"""A checkpoint's tokenizer, and the special tokens that it puts around a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.models.checkpoint import Checkpoint
from fuse_core.models.pretrained import load_part
from fuse_core.words.tokenizer import WordTokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORD = "a"


def load_tokenizer(key: str, checkpoint: Checkpoint) -> WordTokenizer:
    """The tokenizer, as transformers builds it.

    Raises
    ------
    UserError
        For one that is written in Python (slow): it tells no offsets, by which tokens are told apart into words.
    """
    from transformers import AutoTokenizer

    try:
        if not checkpoint.has_tokenizer:  # transformers would make an empty one
            raise UserError("no vocabulary")
        found = load_part(AutoTokenizer, checkpoint)
        return WordTokenizer(key, found.backend_tokenizer, found.all_special_ids)
    except (UserError, AttributeError) as error:
        return WordTokenizer(key, _as_published(checkpoint, error))


def _as_published(checkpoint: Checkpoint, why: Exception) -> Tokenizer:
    """What ``tokenizer.json`` says, where transformers has a slow tokenizer for it (SigLIP) or none."""
    from tokenizers import Tokenizer

    path = checkpoint.folder / "tokenizer.json"
    if not path.is_file():
        raise UserError(
            f"The tokenizer of '{checkpoint.name}' is a slow one, which tells no words apart, or is missing.",
            "Save it as tokenizer.json, or choose a model that has one.",
        ) from why
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise UserError(f"tokenizer.json of '{checkpoint.name}' is damaged ({error}).", "Download it again.") from error


def frame_of(tokenizer: WordTokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids that the tokenizer itself puts before and after a text, by its post-processor."""
    bare, whole = tokenizer.encode(WORD), tokenizer.backend.encode(WORD).ids
    for k in range(len(whole) - len(bare) + 1):
        if whole[k : k + len(bare)] == bare:
            return tuple(whole[:k]), tuple(whole[k + len(bare) :])
    return (), ()


def check_vocabulary(name: str, tokenizer: WordTokenizer, rows: int) -> None:
    """Raise ``UserError`` when the tokenizer has tokens for text that an embedding table of ``rows`` rows lacks.

    Or when it has less than half as many: tables are a little wider than vocabularies, not twice as wide.
    """
    beyond = [k for k in range(rows, tokenizer.vocab_size) if k not in tokenizer.special_ids]
    if beyond or 2 * tokenizer.vocab_size < rows:
        raise UserError(
            f"The tokenizer of '{name}' has {tokenizer.vocab_size:,} tokens and its embedding table {rows:,} rows.",
            "Choose a checkpoint with the tokenizer that it was trained with.",
        )
