"""Mistral 7B's tokenizer (Jiang et al. 2023), optional, without its model."""

from __future__ import annotations

from fuse_core.models.entry import Entry
from fuse_core.models.tokenizer_files.of_wheel import of_wheel

PACKAGE = "mistral_common"

ENTRY = Entry(
    key="mistral-tokenizer",
    title="Mistral 7B's tokenizer",
    family="SentencePiece",
    licence="Apache-2.0",
    origin="wheel mistral-common (optional)",
    packages=(PACKAGE, "google.protobuf"),
    tokenizer=of_wheel(PACKAGE, "data", "tokenizer.model.v1"),
)
