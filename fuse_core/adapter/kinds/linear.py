"""Kinds that are a linear map of the source's table."""

from __future__ import annotations

from torch import Tensor

from fuse_core.adapter.kinds.kind import Carrier


def linear_carrier(table: Tensor, m: Tensor, shift: Tensor | None = None, **facts: float) -> Carrier:
    """``e M``, or ``e M + shift``.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, d_src)
    m : Tensor, shape = (d_src, d_tgt)
    shift : Tensor, shape = (d_tgt,), optional
        The same for every token, so that it changes no order of scores.
    facts
        What the fit has to say.
    """
    m = m.to(table.dtype)
    shift = m.new_zeros(m.shape[1]) if shift is None else shift.to(table.dtype)
    return Carrier(lambda ids: table[ids.to(table.device)] @ m + shift, m.numel() * m.element_size(), facts)
