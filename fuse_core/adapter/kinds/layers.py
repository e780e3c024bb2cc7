"""``layers``: the pseudoinverse on more than the embedding: hidden states of the source's first layers beside it.

The gradient is read where a token lands in the target's space, so that the map need not be linear in the embedding.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.adapter.least_squares import solve_map
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    """``O(n d (d + d_tgt) + d**3)``, ``d`` the width of the features, once the layers have read the vocabulary.

    Raises
    ------
    UserError
        When the source has no layers to read, being no causal language model.
    """
    if shared.features is None:
        raise UserError(
            f"{shared.source.tokenizer.key} is no causal language model with layers to read.", "Choose another method."
        )
    table = shared.features(progress)
    x = table[shared.source_ids].to(shared.y)
    rows = [replace(row, source=(k,)) for k, row in enumerate(shared.training)]
    m, weight = solve_map(x, shared.target.table, rows, (1, 1), False, "auto")
    m = m[:, :, 0]

    def carry(ids: Tensor) -> Tensor:
        return table[ids.to(table.device)].to(m) @ m

    return Carrier(carry, m.numel() * m.element_size(), {"ridge": weight})


KIND = AdapterKind(
    "layers",
    "layers",
    "Ours, too: the pseudoinverse on the embedding and, beside it, what the source's first layers make of the token by "
    "itself (hidden states).",
    (r"h(v)\,M", r"h(v) = [\,e, h_{k_1}, h_{k_2}\,]"),
    fit,
    reads_layers=True,
    order=5,
)
