"""GPT-2 Medium (Radford et al. 2019), the paper's language model."""

from __future__ import annotations

from fuse_core.models.architectures import causal_lm
from fuse_core.models.entry import Entry

REPOSITORY = "openai-community/gpt2-medium"

ENTRY = Entry(
    key="gpt2-medium",
    title="GPT-2 Medium",
    family="byte-level BPE",
    licence="MIT",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    **causal_lm.ARCHITECTURE.loaders,
)
