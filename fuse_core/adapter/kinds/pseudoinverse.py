"""``pseudoinverse``: ours, the map of bucket (1, 1) under ``pair``: ridge regression, its weight cross-validated."""

from __future__ import annotations

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.linear import linear_carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.adapter.least_squares import solve_map
from fuse_core.common.progress import Progress


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    """``O(n d_src (d_src + d_tgt) + d_src**3)`` for ``n`` training words."""
    source, target = shared.source.table, shared.target.table
    m, weight = solve_map(source, target, shared.training, (1, 1), False, "auto")
    return linear_carrier(source, m[:, :, 0], ridge=weight)


KIND = AdapterKind(
    "pseudoinverse",
    "pseudoinverse",
    "Ours: FUSE's least squares on the model's own words, with a ridge term chosen by cross-validation.",
    (r"e\,M", r"M = (X^\top X + \lambda I)^{-1} X^\top Y"),
    fit,
    order=0,
)
