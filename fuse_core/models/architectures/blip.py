"""BLIP (Li et al. 2022), trained to write captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.architectures.architecture import Architecture, Family, load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.blip import BlipCaptioner


def load(entry: Entry, models: Models) -> BlipCaptioner:
    """A BLIP that writes captions, with its picture preprocessing."""
    from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipImageProcessorPil

    from fuse_core.models.blip import BlipCaptioner
    from fuse_core.models.pretrained import load_network, load_part

    checkpoint = checkpoint_of(entry)
    network = load_network(BlipForConditionalGeneration, checkpoint)
    tokenizer, processor = (load_part(kind, checkpoint) for kind in (AutoTokenizer, BlipImageProcessorPil))
    return BlipCaptioner(entry.key, network, tokenizer, processor)


ARCHITECTURE = Architecture(
    name="blip",
    title="BLIP, a captioner (BlipForConditionalGeneration)",
    order=0,
    knows=lambda kind, config: kind == "BlipForConditionalGeneration",
    loaders={"tokenizer": load_tokenizer, "captioner": load},
    families=(Family("blip", "BLIP", "writes captions by itself: a baseline, and no part of an objective"),),
    checks=("a caption equals the library's",),
)
