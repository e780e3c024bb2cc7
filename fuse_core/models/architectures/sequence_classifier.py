"""Sequence classifiers, such as the RoBERTa that the paper reads sentiment with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.models.architectures.architecture import Architecture, Family, load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.transformers_classifier import TransformersClassifier


def load(entry: Entry, models: Models) -> TransformersClassifier:
    """A classifier that frames its texts as its tokenizer does."""
    from transformers import AutoModelForSequenceClassification

    from fuse_core.models.backends import check_vocabulary, frame_of
    from fuse_core.models.pretrained import load_network
    from fuse_core.models.self_check import check_reader
    from fuse_core.models.transformers_classifier import TransformersClassifier

    checkpoint, tokenizer = checkpoint_of(entry), models.tokenizer(entry.key)
    network = load_network(AutoModelForSequenceClassification, checkpoint)
    model = TransformersClassifier(entry.key, network, tokenizer, *frame_of(tokenizer))
    if len(model.labels) < 2 or network.config.problem_type == "multi_label_classification":
        raise UserError(
            f"'{checkpoint.name}' does not choose one label of several.",
            "Choose a classifier whose labels exclude each other.",
        )
    check_vocabulary(checkpoint.name, tokenizer, len(model.embedding_table))
    check_reader(model)
    return model


ARCHITECTURE = Architecture(
    name="sequence-classifier",
    title="text classifiers (AutoModelForSequenceClassification)",
    order=4,
    knows=lambda kind, config: kind.endswith("ForSequenceClassification") and not config.get("is_encoder_decoder"),
    loaders={"tokenizer": load_tokenizer, "classifier": load},
    families=(
        Family("roberta", "RoBERTa", "positions counted from behind the padding id"),
        Family("bert", "BERT"),
        Family("distilbert", "DistilBERT", "no segments"),
        Family("deberta-v2", "DeBERTa v2 and v3", "relative positions; Unigram tokenizer"),
    ),
    checks=("log-probabilities of embeddings equal the library's of ids", "gradient equals finite differences"),
)
