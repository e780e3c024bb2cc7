"""What an endpoint for programs is, and how they are found: each module of this package may declare one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from fuse_core.common.limits import Limits
from fuse_core.common.progress import Progress
from fuse_core.common.registry import Registry
from fuse_core.library import Library
from ui.kit.uploads import uploaded


@dataclass(frozen=True)
class Call:
    """One call of an endpoint.

    Attributes
    ----------
    preset : str
        What settings start from where the caller names none.
    progress : callable
        Tells the caller how far the work is; may end it.
    show : callable
        Sends the caller a part of the answer before the whole.
    """

    library: Library
    limits: Limits
    preset: str
    progress: Progress
    show: Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Endpoint:
    """Declared as ``ENDPOINT``.

    Attributes
    ----------
    name : str
        What programs call.
    order : int
    run : callable
        Takes a ``Call``, and what the caller gives, whose types and docstring are what the API page shows: Gradio reads
        "Parameters:" and one line each. Returns plain values, and a file where it is annotated so.
    """

    name: str
    order: int
    run: Callable[..., Any]


ENDPOINTS: Registry[Endpoint] = Registry("ui.endpoints", "ENDPOINT")


def path_of(file: FileData) -> Path:
    """Where an uploaded file is.

    Raises
    ------
    UserError
        For a file that was not uploaded.
    """
    return Path(uploaded(file.path))


def file_of(name: str, text: str) -> FileData:
    """A text as a file for the caller, which goes a day later with Gradio's copies."""
    return FileData(path=save_bytes_to_cache(text.encode(), name, get_upload_folder()), orig_name=name)
