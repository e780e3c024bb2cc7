"""Mistral 7B's tokenizer (Jiang et al. 2023), optional, without its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE, LISTED = "mistral_common", "requirements-tokenizers.txt"


def _load(entry: Entry, models: Models) -> WordTokenizer:
    from fuse_core.models.tokenizer_files.reading import read_tokenizer

    return read_tokenizer(entry.key, require_wheel(PACKAGE, "data", "tokenizer.model.v1", listed=LISTED))


ENTRY = Entry(
    key="mistral-tokenizer",
    title="Mistral 7B's tokenizer",
    family="SentencePiece",
    licence="Apache-2.0",
    origin="wheel mistral-common (optional)",
    packages=(PACKAGE, "google.protobuf"),
    tokenizer=_load,
)
