"""CLIP (Radford et al. 2021), and OpenCLIP's checkpoints in transformers' format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.models.architectures.architecture import Architecture, Family, load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.clip import ClipModel


def load(entry: Entry, models: Models) -> ClipModel:
    """A CLIP with its picture preprocessing."""
    from transformers import CLIPImageProcessorPil, CLIPModel

    from fuse_core.models.backends import check_vocabulary, frame_of
    from fuse_core.models.clip import ClipModel
    from fuse_core.models.pretrained import load_network, load_part
    from fuse_core.models.self_check import check_pair

    checkpoint, tokenizer = checkpoint_of(entry), models.tokenizer(entry.key)
    begin, end = frame_of(tokenizer)
    if not end:
        raise UserError(
            f"The tokenizer of '{checkpoint.name}' puts no end behind a text, and CLIP reads a text by its end.",
            "Choose a checkpoint with CLIP's own tokenizer.",
        )
    network = load_network(CLIPModel, checkpoint)
    model = ClipModel(entry.key, network, tokenizer, load_part(CLIPImageProcessorPil, checkpoint), begin, end)
    check_vocabulary(checkpoint.name, tokenizer, len(model.embedding_table))
    check_pair(model)
    return model


ARCHITECTURE = Architecture(
    name="clip",
    title="CLIP (CLIPModel)",
    order=2,
    knows=lambda kind, config: kind == "CLIPModel",
    loaders={
        "tokenizer": load_tokenizer,
        "text": lambda entry, models: models.image_text(entry.key),  # one network reads both
        "image_text": load,
    },
    families=(Family("clip", "CLIP, OpenCLIP", "77 tokens; the state at the end of the text is the text's"),),
    checks=(
        "vectors of embeddings equal the library's of ids",
        "gradient equals finite differences",
        "vector of a picture equals the library's",
    ),
)
