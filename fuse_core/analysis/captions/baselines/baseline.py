"""What a baseline is, and which there are: each module of this package declares one as ``BASELINE``.

Nothing heavy is imported here, nor by those modules before a baseline begins: the command line lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuse_core.common.registry import Registry

if TYPE_CHECKING:
    from PIL import Image

    from fuse_core.analysis.captions.coco import CaptionSet
    from fuse_core.library import Library

Write = Callable[[str, "Image.Image"], str]  # from a picture's file name and pixels


@dataclass(frozen=True)
class Task:
    """What a baseline is given.

    Attributes
    ----------
    library : Library
    target : str
        Key of the image-text model.
    known : CaptionSet
        The references; a picture's own must not be looked at.
    listed : sequence of str
        Captions to choose from, where a list was given.
    """

    library: Library
    target: str
    known: CaptionSet
    listed: Sequence[str] = ()


@dataclass(frozen=True)
class Baseline:
    """A way to a caption without a search.

    Attributes
    ----------
    name : str
    order : int
    help : str
        What it does, for people.
    begin : callable
        Loads what it needs; returns the caption of a picture by its file name and pixels. ``UserError`` where
        something is missing.
    takes_list : bool
        Whether a list of captions may be given.
    """

    name: str
    order: int
    help: str
    begin: Callable[[Task], Write]
    takes_list: bool = False


BASELINES: Registry[Baseline] = Registry(__package__ or "", "BASELINE")
