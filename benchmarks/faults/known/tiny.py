"""A tiny language model that is converted before it is used, as the one of the wheel is; registered by the harness."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.models.causal_lm import TransformersLM

PARTS = "FAULTS_PARTS"  # the folder with the parts of its checkpoint
NAMES = ("part-0", "part-1")
CONTENT = {name: name.encode() * 3_000 for name in NAMES}


def _load(entry: Entry, models: Models) -> TransformersLM:
    from fuse_core.models.gguf import SplitFile, load_causal

    parts = [Path(os.environ[PARTS]) / name for name in NAMES]
    digest = hashlib.sha256(b"".join(CONTENT.values())).hexdigest()
    return load_causal(entry.key, SplitFile(parts, digest, "tiny.gguf"), models.store)


ENTRY = Entry(
    key="tiny",
    title="Tiny",
    family="byte-level BPE",
    licence="none",
    origin="the fault harness",
    tokenizer=lambda entry, models: models.causal(entry.key).tokenizer,
    causal=_load,
)
