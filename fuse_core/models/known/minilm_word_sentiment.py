"""Sentiment word by word, without a download: a reading of MiniLM's tokens, fitted to captions with VADER's words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fuse_core.models.entry import Entry, Models
from fuse_core.models.known import minilm, minilm_sentiment

if TYPE_CHECKING:
    from fuse_core.models.word_sentiment import WordSentiment

KEY = "minilm-word-sentiment"


def _load(entry: Entry, models: Models) -> WordSentiment:
    from fuse_core.models.word_sentiment_fit import found_captions, load_word_sentiment

    return load_word_sentiment(entry.key, models.text_encoder(minilm.ENTRY.key), models.store, found_captions())  # type: ignore[arg-type]


ENTRY = replace(
    minilm_sentiment.ENTRY,
    key=KEY,
    title="Sentiment by words: a reading of all-MiniLM-L6-v2's tokens, fitted to captions with VADER's words",
    classifier=_load,
    facts=lambda store: store.about("heads", KEY),
)
