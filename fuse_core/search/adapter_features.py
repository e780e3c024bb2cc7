"""What the adapter of a run maps words of one token from: embeddings, or features of the source's first layers, too."""

from __future__ import annotations

from typing import Literal

from fuse_core.adapter.map import Bucketing
from fuse_core.search.methods.method import MethodSettings

FeaturesChoice = Literal["auto", "layers", "embedding"]


def why_embedding(bucketing: Bucketing, method: str, settings: MethodSettings) -> str:
    """Why the adapter has to map embeddings; empty where it need not."""
    if bucketing != "pair":
        return "target buckets do not know how many tokens a word has in the language model"
    if settings.moves_embeddings:
        return f"{method} moves tokens through embedding space, and hidden states are no point of it"
    return ""
