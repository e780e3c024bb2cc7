"""One word taken through an adapter (FUSE, arXiv 2408.04816): where it lands among the target's tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import VocabularySide
from fuse_core.analysis.retrieval import TokenSearch
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.words.tokenizer import WordTokenizer

NEIGHBOURS = 10
ANOTHER = "Try another word."


@dataclass(frozen=True)
class SlotMatch:
    """What one target slot of a mapped word lies next to.

    Attributes
    ----------
    token : int
        The word's true target token there.
    cosine : float
        Its cosine with the mapped embedding.
    rank : int
        1 when no other token of the vocabulary is closer.
    nearest : tuple of (int, float)
        The nearest tokens and their cosines, nearest first.
    """

    token: int
    cosine: float
    rank: int
    nearest: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class MappedWord:
    """A word, its ids under both tokenizers, its relative error, and its slots."""

    text: str
    source: tuple[int, ...]
    target: tuple[int, ...]
    error: float
    slots: tuple[SlotMatch, ...]


def word_ids(text: str, source: WordTokenizer, target: WordTokenizer, max_tokens: int) -> tuple[tuple[int, ...], ...]:
    """The ids of one word under both tokenizers, as they cut it inside a sentence.

    Raises
    ------
    UserError
        For no word or several, one that a tokenizer cannot represent, or one of more than ``max_tokens`` tokens.
    """
    checks.text("word", text)
    words = text.split()
    if not words:
        raise UserError("There is no word yet.", "Type one.")
    if len(words) > 1:
        raise UserError(f"“{_short(text)}” has {len(words)} words.", "Type one word, without white space.")
    both = []
    for tokenizer in (source, target):
        ids = tokenizer.encode_words(words)[0]
        if not ids or tokenizer.unknown_id in ids:
            raise UserError(f"“{_short(words[0])}” is not in the vocabulary of {tokenizer.key}.", ANOTHER)
        if len(ids) > max_tokens:
            raise UserError(
                f"“{_short(words[0])}” has {len(ids)} tokens in {tokenizer.key}; "
                f"the adapter maps words of {max_tokens} at most.",
                "Try a shorter word.",
            )
        both.append(ids)
    return tuple(both)


def map_word(
    text: str, adapter: Adapter, source: VocabularySide, target: VocabularySide, search: TokenSearch
) -> MappedWord:
    """Map one word and find its neighbours in the target's vocabulary, slot by slot.

    Parameters
    ----------
    search : TokenSearch
        Over ``target.table``.

    Raises
    ------
    UserError
        When the word cannot be mapped; the message says why.

    Notes
    -----
    ``O(j d_tgt vocabulary)``.
    """
    s_ids, t_ids = word_ids(text, source.tokenizer, target.tokenizer, adapter.info.max_tokens)
    with torch.no_grad():
        mapped = adapter.map_words(source.table[list(s_ids)].T.unsqueeze(0), len(t_ids))
        if mapped is None:
            raise UserError(
                f"No bucket serves “{_short(text.strip())}”: too few words have {len(s_ids)} source "
                f"and {len(t_ids)} target tokens for a fit.",
                ANOTHER,
            )
        mapped = mapped[0].T  # (j, d_tgt)
        true = target.table[list(t_ids)]
        cosines = search.cosines(mapped)  # (j, vocabulary)
        error = float((mapped - true).norm() / true.norm())
    slots = []
    for row, token in zip(cosines, t_ids, strict=True):
        near = row.topk(min(NEIGHBOURS, len(row)))
        nearest = tuple(zip(near.indices.tolist(), near.values.tolist(), strict=True))
        slots.append(SlotMatch(token, float(row[token]), int((row > row[token]).sum()) + 1, nearest))
    return MappedWord(text.strip(), s_ids, t_ids, error, tuple(slots))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
