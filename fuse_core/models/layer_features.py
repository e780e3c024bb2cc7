"""What a causal model makes of each of its tokens in its first layers: features that a map is fitted on.

A target's embeddings of a word are no linear function of the source's (held-out error 0.79 for words of one token). The
source's own first layers have worked out more of what the word means: with their hidden states beside the embedding
the map errs less, and first-order scores rank tokens better. FUSE (arXiv 2408.04816) has the embedding alone.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from fuse_core.common.artefacts import Artefact, ArtefactStore
from fuse_core.common.progress import Progress
from fuse_core.models.batching import token_limit
from fuse_core.models.protocols import CausalModel
from fuse_core.models.settings_check import tell_changes

# Chosen on the six example pictures: share of the target's own Spearman correlation at the best word, and averaged over
# a search's words, was 0.954, 0.878 for the embedding alone; 0.977, 0.911 with layer 2; 0.986, 0.926 with 6; 0.994,
# 0.931 with 8; 0.997, 0.933 with 10; 0.991, 0.930 with 12; 0.995, 0.936 with 2 and 8; 0.995, 0.937 with 4 and 8.
LAYERS = (4, 8)
TOKENS = 2048  # read at once
FILE = "features.safetensors"
FORMAT = 1  # raise when the features or the file's layout change


class LayerFeatures:
    """Features of every token of a causal model's vocabulary: its embedding, and hidden states after the start token.

    Each block, the embedding's and each layer's, has unit mean square token by token, so that one ridge serves all;
    hidden states are centred first, for a few channels of theirs are large and say nothing. Tokens that begin no word
    have zeros for hidden states: they are never a word of their own.

    Parameters
    ----------
    model : CausalModel

    Attributes
    ----------
    layers : tuple of int
        ``LAYERS``, as far as the model has so many.
    settings : dict
        Those of a model in a folder.
    """

    def __init__(self, model: CausalModel) -> None:
        self.layers = tuple(sorted({min(k, model.depth) for k in LAYERS}))
        self._model = model
        self.settings: dict[str, Any] = getattr(model, "settings", {})
        self._part = model.first_layers(self.layers)

    @property
    def shape(self) -> tuple[int, int]:
        """Of the table."""
        size, d = self._model.embedding_table.shape
        return size, d * (1 + len(self.layers))

    @property
    def device(self) -> torch.device:
        """Of the model, and of the table."""
        return self._model.embedding_table.device

    @cached_property
    def identity(self) -> dict[str, object]:
        """All that the features depend on, as plain values for JSON. 0.6 GB of weights a second, once."""
        return {
            "model": self._model.key,
            "weights": self._part.digest,
            "tokenizer": self._model.tokenizer.fingerprint,
            "start": self._part.start_id,
            "layers": list(self.layers),
            "format_version": FORMAT,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the ``identity``."""
        return hashlib.sha256(json.dumps(self.identity, sort_keys=True).encode()).hexdigest()

    def compute(self, progress: Progress) -> Tensor:
        """The table, shape = (vocabulary, d (1 + layers)), in float16 on the model's device.

        About 30 CPU seconds for SmolLM2's 31,985 tokens that begin a word and 8 layers.
        """
        table = self._model.embedding_table
        begins = torch.zeros(len(table), dtype=torch.bool, device=table.device)
        flags = torch.tensor(self._model.tokenizer.starts_word[: len(table)], device=table.device)
        begins[: len(flags)] = flags
        ids = begins.nonzero()[:, 0]
        d = table.shape[1]
        features = torch.zeros(self.shape, dtype=torch.float16, device=self.device)
        features[:, :d] = _unit(table)
        limit, done = token_limit(TOKENS, d), 0

        def read(count: int) -> int:
            part = ids[done : done + count]
            states = self._part.after_start(part)
            features[part, d:] = torch.cat([_unit(state) for state in states], dim=1).to(features.dtype)
            return len(part)

        while done < len(ids):
            progress(done / len(ids), f"Reading {len(ids):,} tokens with the first layers of {self._model.key}, once")
            done += limit.attempt(self.device, len(ids) - done, read)
        for block in features[:, d:].split(d, dim=1):
            centre = block[ids].float().mean(0) if len(ids) else 0.0
            for part in ids.split(TOKENS):
                block[part] = _unit(block[part].float() - centre).to(features.dtype)
        return features


def _unit(rows: Tensor) -> Tensor:
    """Rows of unit mean square; zero rows stay."""
    return rows / rows.square().mean(1, keepdim=True).sqrt().clamp_min(1e-12)


def kept_features(store: ArtefactStore, features: LayerFeatures, progress: Progress | None = None) -> Tensor:
    """``features.compute``, from the store or computed and kept there."""

    def read(folder: Path) -> Tensor:
        found = load_file(folder / FILE)["features"]
        if found.shape != features.shape or found.dtype != torch.float16:
            raise ValueError(f"it holds {tuple(found.shape)} numbers, {found.dtype}")
        return found.to(features.device)

    artefact = Artefact(
        kind="features",
        name=str(features.identity["model"]),
        identity=features.identity,
        read=read,
        write=lambda made, folder: save_file({"features": made.contiguous().cpu()}, folder / FILE),
        about=lambda made: {"settings": features.settings} if features.settings else {},
    )
    tell_changes(store, artefact, features.settings)
    return store.get_or_create(artefact, features.compute, progress)
