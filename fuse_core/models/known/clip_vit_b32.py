"""CLIP ViT-B/32 (Radford et al. 2021), the paper's image-text model."""

from __future__ import annotations

from fuse_core.models import hub
from fuse_core.models.entry import Entry

REPOSITORY = "openai/clip-vit-base-patch32"

ENTRY = Entry(
    key="clip-vit-base-patch32",
    title="CLIP ViT-B/32",
    family="BPE with </w>",
    licence="MIT",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    tokenizer=hub.load_tokenizer,
    text=lambda entry, models: models.image_text(entry.key),  # one network reads both
    image_text=hub.load_clip,
)
