"""Text encoders: BERT's kin with the pooling that sentence-transformers' files say, the mean where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.architectures.architecture import Architecture, Config, Family, load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.sentence_encoder import SentenceEncoder

HEADS = ("Model", "ForMaskedLM", "ForPreTraining")
NO_READERS = ("CLIPModel", "SiglipModel", "Siglip2Model", "BlipModel")


def load(entry: Entry, models: Models) -> SentenceEncoder:
    """A sentence encoder, in single precision."""
    from transformers import AutoModel

    from fuse_core.models.backends import check_vocabulary, frame_of
    from fuse_core.models.pooling import pooling_of
    from fuse_core.models.pretrained import load_network
    from fuse_core.models.self_check import check_reader
    from fuse_core.models.sentence_encoder import SentenceEncoder

    checkpoint, tokenizer = checkpoint_of(entry), models.tokenizer(entry.key)
    pool = pooling_of(checkpoint)
    network = load_network(AutoModel, checkpoint, unused=("pooler",))
    model = SentenceEncoder(entry.key, network, tokenizer, *frame_of(tokenizer), pool)
    check_vocabulary(checkpoint.name, tokenizer, len(model.embedding_table))
    check_reader(model)
    return model


def knows(kind: str, config: Config) -> bool:
    """A network without a head, or with one that is left out."""
    return kind.endswith(HEADS) and not config.get("is_encoder_decoder") and "vision_config" not in config


ARCHITECTURE = Architecture(
    name="sentence-encoder",
    title="text encoders (AutoModel)",
    order=5,
    knows=knows,
    loaders={"tokenizer": load_tokenizer, "text": load},
    families=(
        Family("bert", "BERT, MiniLM", "mean of all tokens, or the pooling that its files say"),
        Family("mpnet", "MPNet", "positions counted from behind the padding id"),
        Family("xlm-roberta", "XLM-RoBERTa, multilingual E5", "Unigram; positions from behind the padding id"),
    ),
    checks=("vectors of embeddings equal the library's of ids", "gradient equals finite differences"),
)
