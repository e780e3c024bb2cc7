"""A baseline in place of a search, for ``caption_all``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fuse_core.analysis.captions.baselines.baseline import BASELINES, Task
from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.common.text_files import shown_name, to_json
from fuse_core.library import Library
from fuse_core.search import batch


def label(name: str, known: CaptionSet, listed: Sequence[str] = ()) -> str:
    """What a baseline is called in a file that is gone on with: one that chooses is another with other captions."""
    choice = to_json(list(listed) or [[image, *texts] for image, texts in known.references.items()])
    digest = f" {hashlib.sha256(choice.encode()).hexdigest()[:8]}" if BASELINES[name].takes_list else ""
    return name + digest


def writing(library: Library, name: str, target: str, known: CaptionSet, listed: Sequence[str] = ()) -> batch.Write:
    """What writes captions by a baseline; ``target``, ``known`` and ``listed`` are those of a ``Task``."""
    write = BASELINES[name].begin(Task(library, target, known, listed))

    def caption(path: Path, progress: Progress) -> batch.Written:
        return batch.Written({"caption": write(shown_name(path), open_picture(path))})

    return caption
