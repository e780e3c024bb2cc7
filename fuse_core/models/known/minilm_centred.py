"""all-MiniLM-L6-v2 and EfficientNet-Lite0 again, texts and pictures relative to the mean class text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.entry import Entry, Models
from fuse_core.models.known import minilm

if TYPE_CHECKING:
    from fuse_core.models.centred import CentredModel


def load(entry: Entry, models: Models, size: int) -> CentredModel:
    """With the EfficientNet-Lite of a size."""
    from fuse_core.models.centred import load_centred
    from fuse_core.models.image_classifier import ALL_AND_CLOSER, load_efficientnet_lite

    classifier = load_efficientnet_lite(size, ALL_AND_CLOSER) if size else minilm.load_eyes(entry, ALL_AND_CLOSER)
    return load_centred(entry.key, classifier, models.text_encoder(minilm.ENTRY.key), models.store)


ENTRY = Entry(
    key="minilm-centred",
    title="all-MiniLM-L6-v2 with EfficientNet-Lite0 (ConSE), centred",
    family=minilm.ENTRY.family,
    licence=minilm.ENTRY.licence,
    origin=minilm.ENTRY.origin,
    packages=minilm.ENTRY.packages,
    hub=minilm.ENTRY.hub,
    hub_besides=minilm.ENTRY.hub_besides,
    reads_with=minilm.ENTRY.key,
    text=lambda entry, models: models.image_text(entry.key),  # its centre is of the class texts
    image_text=lambda entry, models: load(entry, models, 0),
)
