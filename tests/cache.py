"""Where the tests keep converted models and adapters: a folder for each set of model wheels.

``python tests/cache.py`` prints it, for the Makefile.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def cache_folder() -> Path:
    """``$FUSE_CACHE``, else a git-ignored folder of this clone whose name changes with the pinned model wheels."""
    if configured := os.environ.get("FUSE_CACHE"):
        return Path(configured)
    pinned = (REPOSITORY / "requirements-models.txt").read_bytes()
    return REPOSITORY / ".cache" / "fuse" / hashlib.sha256(pinned).hexdigest()[:12]


if __name__ == "__main__":
    print(cache_folder())
