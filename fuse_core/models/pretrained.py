"""transformers' ``from_pretrained``, one thread at a time, and nothing but weights and plain settings."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.models.checkpoint import FETCH_AGAIN, Checkpoint
from fuse_core.models.settings_check import OTHERWISE, check_numbers, check_places, check_values, no_larger, remember

# transformers builds a model under a process-wide "meta device" setting: two threads loading at once corrupt both.
LOADING = threading.RLock()
ERROR = re.compile(r"\b\w+Error: ")
MISMATCH = "ignore_mismatched_sizes"  # what transformers' errors of shapes name


def from_folder(kind: Any, folder: Any, **options: Any) -> Any:
    """``kind.from_pretrained(folder, ...)`` without a look at any hub."""
    with LOADING:
        return kind.from_pretrained(folder, local_files_only=True, **options)


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Say that a model could not be loaded, as a ``UserError`` with the reason, whatever the block raises.

    transformers, tokenizers and safetensors raise whatever they like, and files may vanish meanwhile. What is no fault
    of the model's files passes through.
    """
    import torch

    try:
        yield
    except (UserError, Cancelled, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        if MISMATCH in str(error):
            raise UserError(
                f"The weights of '{name}' have other sizes than its config.json says.", OTHERWISE
            ) from error
        first, *others = str(error).strip().splitlines() or [type(error).__name__]
        reason = ERROR.sub("", f"{first} {others[0].strip()}" if first.endswith(":") and others else first)
        if isinstance(error, KeyError):  # its text is the key alone
            reason += " is missing, or not known"
        raise UserError(
            f"'{name}' could not be loaded: {reason[:200].rstrip('.:')}.", "Check its files, or choose another model."
        ) from error


def load_part(kind: Any, checkpoint: Checkpoint, **options: Any) -> Any:
    """A tokenizer, a network or a picture processor of a checkpoint; no code of the checkpoint's own is run.

    Raises
    ------
    UserError
        When transformers cannot load it, with its reason.
    """
    with loading(checkpoint.name):
        return from_folder(kind, checkpoint.folder, trust_remote_code=False, **options)


def load_network(kind: Any, checkpoint: Checkpoint, unused: Collection[str] = ()) -> Any:
    """A network in single precision, from safetensors alone; it carries its settings.

    Parameters
    ----------
    unused : collection of str
        Parts that nobody reads, and that may be missing: transformers fills them with random numbers.

    Raises
    ------
    UserError
        When its weights cannot be read, do not fit into memory or its settings, lack a part, or are not finite.
    """
    import torch

    checkpoint.check()
    check_values(checkpoint.name, checkpoint.config)
    check_numbers(checkpoint.name, checkpoint.config, checkpoint.parameters)
    wanted = {"dtype": torch.float32, "use_safetensors": True, "output_loading_info": True}
    with no_larger(checkpoint.name, checkpoint.parameters):
        network, report = load_part(kind, checkpoint, **wanted)
    check_places(checkpoint.name, network, report["unexpected_keys"])
    lacking = [key for key in report["missing_keys"] if not set(key.split(".")) & set(unused)]
    lacking += [key for key, *_ in report["mismatched_keys"]]
    if lacking:
        raise UserError(
            f"'{checkpoint.name}' lacks weights that a {type(network).__name__} has, {min(lacking)} among them.",
            "Choose a checkpoint that was saved as one.",
        )
    damaged = next((name for name, x in network.named_parameters() if not x.isfinite().all()), None)
    if damaged:
        raise UserError(f"'{checkpoint.name}' has weights that are no numbers, in {damaged}.", FETCH_AGAIN)
    remember(network, checkpoint.config)
    return network
