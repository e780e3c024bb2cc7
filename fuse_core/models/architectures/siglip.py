"""SigLIP (Zhai et al. 2023) and SigLIP 2 (Tschannen et al. 2025)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.architectures.architecture import Architecture, Family
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.siglip import SiglipReader
    from fuse_core.words.tokenizer import WordTokenizer


def load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    """Its tokenizer, which lowers case, and for the first SigLIP drops punctuation."""
    from fuse_core.models import backends
    from fuse_core.models.siglip import canonical

    checkpoint = checkpoint_of(entry, "tokenizer")
    return canonical(backends.load_tokenizer(entry.key, checkpoint), checkpoint)


def load(entry: Entry, models: Models) -> SiglipReader:
    """A SigLIP with its picture preprocessing."""
    import transformers

    from fuse_core.models.backends import check_vocabulary
    from fuse_core.models.pretrained import load_network, load_part
    from fuse_core.models.self_check import check_pair
    from fuse_core.models.siglip import SiglipReader, end_and_padding

    checkpoint, tokenizer = checkpoint_of(entry), models.tokenizer(entry.key)
    kind = "Siglip2" if checkpoint.config.get("model_type") == "siglip2" else "Siglip"
    network = load_network(getattr(transformers, f"{kind}Model"), checkpoint)
    processor = load_part(getattr(transformers, f"{kind}ImageProcessorPil"), checkpoint)
    end, padding = end_and_padding(tokenizer, checkpoint)
    model = SiglipReader(entry.key, network, tokenizer, processor, end, padding)
    check_vocabulary(checkpoint.name, tokenizer, len(model.embedding_table))
    check_pair(model)
    return model


ARCHITECTURE = Architecture(
    name="siglip",
    title="SigLIP and SigLIP 2 (SiglipModel, Siglip2Model)",
    order=3,
    knows=lambda kind, config: kind in ("SiglipModel", "Siglip2Model"),
    loaders={
        "tokenizer": load_tokenizer,
        "text": lambda entry, models: models.image_text(entry.key),  # one network reads both
        "image_text": load,
    },
    families=(
        Family("siglip", "SigLIP", "padded to 64 tokens and read at the last; lower case, no punctuation"),
        Family("siglip2", "SigLIP 2", "the same with Gemma's tokenizer, lower case; patches of any proportions"),
    ),
    checks=(
        "vectors of embeddings equal the library's of ids",
        "gradient equals finite differences",
        "vector of a picture equals the library's",
    ),
)
