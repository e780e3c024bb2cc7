"""The adjoint of a fitted map: a word's gradient in the target's space, taken back to the source's.

FUSE (arXiv 2408.04816): the backward pass of ``X * M`` is ``G * M'``, with the t-transpose ``M'``.
"""

from __future__ import annotations

from torch import Tensor

from fuse_core.adapter.first_token import merge_first_token
from fuse_core.tensor.product import tprod, ttranspose
from fuse_core.words.word_tensors import pad_slots


def vjp_map(g: Tensor, m: Tensor, i: int, first_token_block: bool) -> Tensor:
    """``(G padded to l) * M'`` on the first ``i`` slots: the vector-Jacobian product of ``apply_map``.

    Parameters
    ----------
    g : Tensor, shape = (n, d_tgt, j)
        The paper's gradient at ``n`` words of ``j`` target tokens.
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
        The paper's ``M_ij``.
    i : int
        Source tokens of the words.
    first_token_block : bool
        Whether ``m`` has channels of its own for a word's first token, ``2 d_src`` rows in all.

    Returns
    -------
    Tensor, shape = (n, d_src, i)
        ``O(n d_src d_tgt l)``.
    """
    pulled = tprod(pad_slots(g, m.shape[2]), ttranspose(m.to(g.dtype)))
    if first_token_block:
        return merge_first_token(pulled, i)
    # Under `target` bucketing a source word longer than the map was cut: what was cut has no gradient.
    return pad_slots(pulled, i)
