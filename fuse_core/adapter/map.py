"""A fitted map applied to words: ``X * M`` (FUSE, arXiv 2408.04816), and which words share one."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from fuse_core.adapter.first_token import split_first_token
from fuse_core.tensor.product import tprod
from fuse_core.words.word_tensors import pad_slots

Bucketing = Literal["target", "pair"]
Features = Literal["embedding", "layers"]  # what words of one source token are mapped from


def bucket_key(bucketing: Bucketing, i: int, j: int) -> tuple[int, int]:
    """The bucket of words of ``i`` source and ``j`` target tokens: ``(0, j)`` under ``target``, else ``(i, j)``."""
    return (0, j) if bucketing == "target" else (i, j)


def has_first_token_block(bucketing: Bucketing, separate_first: bool, i: int) -> bool:
    """Whether a map for words of ``i`` source tokens has channels of its own for the first of them."""
    return separate_first and bucketing == "pair" and i > 1


def apply_map(x: Tensor, m: Tensor, j: int) -> Tensor:
    """The paper's ``X * M`` on the first ``j`` slots; a map of twice the rows gets the first token apart.

    Parameters
    ----------
    x : Tensor, shape = (n, d_src, i)
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
        The paper's ``M_ij``.

    Returns
    -------
    Tensor, shape = (n, d_tgt, j)
    """
    l = m.shape[2]
    inside = pad_slots(x, l) if m.shape[0] == x.shape[1] else split_first_token(x, l)
    return tprod(inside, m.to(x.dtype))[:, :, :j]
