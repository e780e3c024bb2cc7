"""One map a target length in place of one a pair of lengths: what maps of a ``pair`` adapter share over ``i``.

The ``target`` map of FUSE (arXiv 2408.04816) serves words of any source length; brought to the form of a pair's map, it
leaves a residual, which may be stored at a lower rank.
"""

from __future__ import annotations

from torch import Tensor


def shared_map(m: Tensor, i: int, j: int, separate: bool) -> Tensor:
    """A ``target`` map as words of ``i`` source tokens would have it.

    Parameters
    ----------
    m : Tensor, shape = (d_src, d_tgt, j)
        Takes source token ``s`` to target token ``t`` by its slice ``t - s mod j``.
    separate : bool
        Whether the first token has channels of its own, after which the others move one slot to the front.

    Returns
    -------
    Tensor, shape = (d_src or 2 d_src, d_tgt, max(i, j))
        Source tokens past ``j``, which a ``target`` map does not see, are mapped to zero where a t-product can.
    """
    d, width, l = m.shape[0], m.shape[1], max(i, j)
    found = m.new_zeros(d * (1 + separate), width, l)
    tokens = range(min(i, j))
    # Farthest first: where two pairs of tokens share a slice, as they may for i > j, the nearer to the diagonal stays.
    pairs = sorted(((s, t) for s in tokens for t in range(j)), key=lambda pair: -abs(pair[1] - pair[0]))
    for s, t in pairs:
        rows, at = (slice(d, 2 * d), s - 1) if separate and s else (slice(0, d), s)
        found[rows, :, (t - at) % l] = m[:, :, (t - s) % j]
    return found
