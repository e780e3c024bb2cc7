"""Carrying a whole text's gradient across tokenizers, word by word (FUSE, arXiv 2408.04816)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter


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
        Words that no bucket serves pass no gradient back; ``unreachable`` names them.
    """
    totals = tuple(map(sum, zip(*lengths, strict=True))) if lengths else (0, 0)
    if totals != (x.shape[0], y.shape[0]):
        raise ValueError(f"The words have {totals} tokens in all, the embeddings {(x.shape[0], y.shape[0])}.")
    return _Transport.apply(x, y, adapter, tuple(lengths))  # type: ignore[return-value]


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
        Zero for words that no bucket serves. Words of equal lengths share one t-product.
    """
    source_at, target_at, groups = 0, 0, {}
    for i, j in lengths:
        groups.setdefault((i, j), []).append((source_at, target_at))
        source_at, target_at = source_at + i, target_at + j
    result = g.new_zeros(source_at, adapter.d_src)
    for (i, j), places in groups.items():
        if adapter.map_for(i, j) is None:
            continue
        stacked = torch.stack([g[t : t + j].T for _, t in places])  # (words, d_tgt, j)
        pulled = adapter.vjp_words(stacked, i)
        assert pulled is not None
        for (s, _), word in zip(places, pulled, strict=True):
            result[s : s + i] = word.T
    return result


def unreachable(adapter: Adapter, lengths: Sequence[tuple[int, int]]) -> list[int]:
    """Indices of the words that no bucket serves: their gradient is zero."""
    return [k for k, (i, j) in enumerate(lengths) if adapter.map_for(i, j) is None]
