"""CLIP ViT-B/32 (Radford et al. 2021), the paper's image-text model."""

from __future__ import annotations

from fuse_core.models.architectures import clip
from fuse_core.models.entry import Entry

REPOSITORY = "openai/clip-vit-base-patch32"

ENTRY = Entry(
    key="clip-vit-base-patch32",
    title="CLIP ViT-B/32",
    family="BPE with </w>",
    licence="MIT",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    **clip.ARCHITECTURE.loaders,
)
