"""BLIP base (Li et al. 2022), fine-tuned on COCO: what a model trained for captions writes."""

from __future__ import annotations

from fuse_core.models.architectures import blip
from fuse_core.models.entry import Entry

REPOSITORY = "Salesforce/blip-image-captioning-base"
KEY = "blip-captioning-base"

ENTRY = Entry(
    key=KEY,
    title="BLIP base, captioning",
    family="WordPiece",
    licence="BSD-3-Clause",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    **blip.ARCHITECTURE.loaders,
)
