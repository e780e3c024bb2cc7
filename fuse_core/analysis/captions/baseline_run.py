"""A baseline in place of a search, for ``caption_all``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fuse_core.analysis.captions.baselines.baseline import BASELINES, Task
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.common.text_files import shown_name, to_json
from fuse_core.search import batch


def writer(name: str, task: Task) -> tuple[str, batch.Write]:
    """A baseline for ``caption_all``: what to call it in a file that is gone on with, and what writes a caption.

    One that chooses from captions is another with others.
    """
    baseline = BASELINES[name]
    write = baseline.begin(task)
    choice = to_json(list(task.listed) or [[image, *texts] for image, texts in task.known.references.items()])
    digest = f" {hashlib.sha256(choice.encode()).hexdigest()[:8]}" if baseline.takes_list else ""

    def caption(path: Path, progress: Progress) -> tuple[dict, int]:
        return {"caption": write(shown_name(path), open_picture(path))}, 0

    return name + digest, caption
