"""Stable Diffusion 1.5 (Rombach et al. 2022)."""

from __future__ import annotations

from fuse_core.models.architectures import stable_diffusion
from fuse_core.models.entry import Entry

REPOSITORY = "stable-diffusion-v1-5/stable-diffusion-v1-5"

ENTRY = Entry(
    key="stable-diffusion-v1-5",
    title="Stable Diffusion 1.5",
    family="BPE with </w>",
    licence="CreativeML OpenRAIL-M",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    **stable_diffusion.ARCHITECTURE.loaders,
)
