"""transformers' ``from_pretrained``, one thread at a time."""

from __future__ import annotations

import threading
from typing import Any

# transformers builds a model under a process-wide "meta device" setting: two threads loading at once corrupt both.
LOADING = threading.RLock()


def from_folder(kind: Any, folder: Any, **options: Any) -> Any:
    """``kind.from_pretrained(folder, ...)`` without a look at any hub."""
    with LOADING:
        return kind.from_pretrained(folder, local_files_only=True, **options)
