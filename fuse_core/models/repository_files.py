"""Which of a repository's files are needed, by their names: of a model, and of a pipeline's parts."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from fuse_core.models.checkpoint import CONFIG, STEM
from fuse_core.models.pipeline import PARTS, PIPELINE, SCHEDULER

POOLING = "1_Pooling/config.json"
SMALL = ("*.json", "vocab.txt", "merges.txt", "*.model")


def settings_file(names: Sequence[str]) -> str:
    """The file that says what kind of model it is."""
    return PIPELINE if PIPELINE in names else CONFIG


def small_files(names: Sequence[str]) -> list[str]:
    """All but weights."""
    if PIPELINE in names:
        return _matching(names, PIPELINE, SCHEDULER, "tokenizer/*", *(f"{part}/*.json" for part in PARTS))
    return [*(name for name in _matching(names, *SMALL) if "/" not in name), POOLING]


def weight_files(names: Sequence[str]) -> list[str]:
    """Weights in safetensors; none where there are none, or a part has none."""
    found = []
    stems = [f"{part}/{stem}" for part, (_, stem) in PARTS.items()] if PIPELINE in names else [STEM]
    for stem in stems:
        whole, shards = f"{stem}.safetensors", _matching(names, f"{stem}-*-of-*.safetensors")
        if whole not in names and not (shards and f"{whole}.index.json" in names):
            return []
        found += [whole] if whole in names else shards
    return found


def _matching(names: Sequence[str], *patterns: str) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
