"""transformers' ``from_pretrained``, one thread at a time, and nothing but weights and plain settings."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.models.checkpoint import Checkpoint

# transformers builds a model under a process-wide "meta device" setting: two threads loading at once corrupt both.
LOADING = threading.RLock()


def from_folder(kind: Any, folder: Any, **options: Any) -> Any:
    """``kind.from_pretrained(folder, ...)`` without a look at any hub."""
    with LOADING:
        return kind.from_pretrained(folder, local_files_only=True, **options)


def load_part(kind: Any, checkpoint: Checkpoint, **options: Any) -> Any:
    """A tokenizer, a network or a picture processor of a checkpoint; no code of the checkpoint's own is run.

    Raises
    ------
    UserError
        When transformers cannot load it, with its reason.
    """
    try:
        return from_folder(kind, checkpoint.folder, trust_remote_code=False, **options)
    except UserError:
        raise
    except Exception as error:  # transformers, tokenizers and safetensors raise whatever they like
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
        raise UserError(
            f"'{checkpoint.name}' could not be loaded: {reason[:200]}.",
            "Check its files, or choose another model.",
        ) from error


def load_network(kind: Any, checkpoint: Checkpoint, unused: Collection[str] = ()) -> Any:
    """A network in single precision, from safetensors alone.

    Parameters
    ----------
    unused : collection of str
        Parts that nobody reads, and that may be missing: transformers fills them with random numbers.

    Raises
    ------
    UserError
        When its weights cannot be read, do not fit into memory, or lack a part.
    """
    import torch

    checkpoint.check()
    network, report = load_part(kind, checkpoint, dtype=torch.float32, use_safetensors=True, output_loading_info=True)
    lacking = [key for key in report["missing_keys"] if not set(key.split(".")) & set(unused)]
    lacking += [key for key, *_ in report["mismatched_keys"]]
    if lacking:
        raise UserError(
            f"'{checkpoint.name}' lacks weights that a {type(network).__name__} has, {min(lacking)} among them.",
            "Choose a checkpoint that was saved as one.",
        )
    return network
