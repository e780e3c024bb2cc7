"""Tekken, the tokenizer of Mistral NeMo (Mistral AI 2024), optional, without its model."""

from __future__ import annotations

from fuse_core.models.entry import Entry
from fuse_core.models.tokenizer_files.of_wheel import of_wheel

PACKAGE = "mistral_common"

ENTRY = Entry(
    key="tekken-tokenizer",
    title="Mistral's Tekken",
    family="byte-level BPE",
    licence="Apache-2.0",
    origin="wheel mistral-common (optional)",
    packages=(PACKAGE,),
    tokenizer=of_wheel(PACKAGE, "data", "tekken_240911.json"),
)
