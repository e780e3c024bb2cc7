"""Carrying a whole text's gradient across tokenizers, word by word (FUSE, arXiv 2408.04816)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.words.word_tensors import merge, split


class _Transport(torch.autograd.Function):
    """Forward: the target's own embeddings, exactly. Backward: the adapter's adjoint, word by word."""

    @staticmethod
    def forward(ctx, x: Tensor, y: Tensor, adapter: Adapter, lengths: Sequence[tuple[int, int]]) -> Tensor:
        ctx.adapter, ctx.lengths = adapter, lengths
        return y.clone()

    @staticmethod
    def backward(ctx, *grads: Tensor):
        return vjp_text(grads[0], ctx.adapter, ctx.lengths), None, None, None


def transport(x: Tensor, y: Tensor, adapter: Adapter, lengths: Sequence[tuple[int, int]]) -> Tensor:
    """Join two models' embeddings of one text in the autograd graph.

    Parameters
    ----------
    x : Tensor, shape = (source tokens, d_src)
        Source embeddings of the text; gradients arrive here.
    y : Tensor, shape = (target tokens, d_tgt)
        The target's embeddings of the same text, found by re-tokenising; returned as they are.
    adapter : Adapter
    lengths : sequence of (int, int)
        Source and target tokens of every word, in order.

    Returns
    -------
    Tensor, shape = (target tokens, d_tgt)
        Words that no bucket serves pass no gradient back; ``pull_back`` has None for them.
    """
    totals = tuple(map(sum, zip(*lengths, strict=True))) if lengths else (0, 0)
    if adapter.info.features != "embedding":
        raise ValueError("The gradient arrives at embeddings, so it takes an adapter that is fitted on them.")
    if totals != (x.shape[0], y.shape[0]):
        raise ValueError(f"The words have {totals} tokens in all, the embeddings {(x.shape[0], y.shape[0])}.")
    return _Transport.apply(x, y, adapter, tuple(lengths))  # type: ignore[return-value]


def pull_back(words: Sequence[Tensor], adapter: Adapter, lengths: Sequence[int]) -> list[Tensor | None]:
    """Pull words' gradients back, each through the map of its own bucket.

    Parameters
    ----------
    words : sequence of Tensor, each of shape (1, d_tgt, j)
        Gradients at words of the target, as ``split`` gives them.
    lengths : sequence of int
        Source tokens ``i`` of every word.

    Returns
    -------
    list of Tensor, each of shape (1, d_src, i)
        None for a word that no bucket serves. Words of equal lengths share one t-product.
    """
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for k, (word, i) in enumerate(zip(words, lengths, strict=True)):
        groups[i, word.shape[2]].append(k)
    pulled: list[Tensor | None] = [None] * len(words)
    for (i, _), members in groups.items():
        together = adapter.vjp_words(torch.cat([words[k] for k in members]), i)
        if together is not None:
            for k, word in zip(members, together.split(1), strict=True):
                pulled[k] = word
    return pulled


def vjp_text(g: Tensor, adapter: Adapter, lengths: Sequence[tuple[int, int]]) -> Tensor:
    """Pull the gradient of a whole text back, each word through its own slice of the target gradient.

    Parameters
    ----------
    g : Tensor, shape = (target tokens, d_tgt)
    lengths : sequence of (int, int)
        Source and target tokens of every word, in order.

    Returns
    -------
    Tensor, shape = (source tokens, d_src)
        Zero for words that no bucket serves.
    """
    source_lengths = [i for i, _ in lengths]
    pulled = pull_back(split(g, [j for _, j in lengths]), adapter, source_lengths)
    return merge_or_zero(pulled, source_lengths, g.new_zeros(adapter.d_src))


def merge_or_zero(words: Sequence[Tensor | None], lengths: Sequence[int], zero: Tensor) -> Tensor:
    """``merge`` of word tensors (1, d, i) -> (tokens, d), with the vector ``zero`` (d,) for the tokens of a None."""
    if not words:
        return zero.new_zeros(0, len(zero))
    blank = zero[None, :, None]
    filled = [blank.expand(-1, -1, i) if word is None else word for word, i in zip(words, lengths, strict=True)]
    return merge(filled, lengths)
