"""What a model makes of a fixed list of texts: computed once, then kept in the artefact store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from fuse_core.common.artefacts import Artefact, ArtefactStore
from fuse_core.common.progress import Progress
from fuse_core.models.protocols import TextReader
from fuse_core.models.settings_check import tell_changes

CHUNK = 2000  # texts between two reports of progress
FILE = "readings.safetensors"
FORMAT = 1  # raise when the file's layout changes


def read_texts(
    model: TextReader, texts: Sequence[str], progress: Progress | None = None, what: str = "texts"
) -> Tensor:
    """Readings of texts, shape = (texts, width). One text encoding each; ``what`` names them in progress."""
    parts = []
    for start in range(0, len(texts), CHUNK):
        if progress:
            progress(start / len(texts), f"Reading {len(texts):,} {what} with {model.key}, once")
        parts.append(model.encode_ids(model.tokenizer.encode_batch(texts[start : start + CHUNK])))
    return torch.cat(parts)


def kept_readings(
    store: ArtefactStore,
    kind: str,
    model: TextReader,
    texts: Sequence[str],
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
    what: str = "texts",
) -> Tensor:
    """``read_texts``, from the store or computed and kept there.

    Parameters
    ----------
    kind : str
        The store's folder for them.
    dtype : torch.dtype
        They are kept in; what is returned is rounded to it the first time, too.

    Returns
    -------
    Tensor, shape = (texts, width)
        On the model's device, of its table's type.
    """

    def read(folder: Path) -> Tensor:
        found = load_file(folder / FILE)["readings"]
        if len(found) != len(texts):
            raise ValueError(f"it holds {len(found):,} rows")
        return found

    settings: dict[str, Any] = getattr(model, "settings", {})
    artefact = Artefact(
        kind=kind,
        name=model.key,
        identity={
            "model": model.key,
            "weights": model.weights_digest,
            "tokenizer": model.tokenizer.fingerprint,
            "texts": hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest(),
            "dtype": str(dtype),
            "format_version": FORMAT,
        },
        read=read,
        write=lambda made, folder: save_file({"readings": made.contiguous().cpu()}, folder / FILE),
        about=lambda made: {"settings": settings} if settings else {},
    )
    tell_changes(store, artefact, settings)
    found = store.get_or_create(artefact, lambda report: read_texts(model, texts, report, what).to(dtype), progress)
    return found.to(model.embedding_table)
