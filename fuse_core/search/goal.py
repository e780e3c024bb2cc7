"""What a caption is to be about: pictures, or what an earlier run read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from fuse_core.common.errors import UserError

MOST_PICTURES = 16


@dataclass(frozen=True)
class Goal:
    """The pictures of a run.

    Attributes
    ----------
    pictures : tuple of Image
        RGB; several are one goal together.
    vector : Tensor or None, shape = (width,)
        What the image-text model compares captions with, where an earlier run has it already.
    """

    pictures: tuple[Image.Image, ...] = ()
    vector: Tensor | None = None

    def __post_init__(self) -> None:
        if len(self.pictures) > MOST_PICTURES:
            raise UserError(f"{len(self.pictures)} pictures are too many for one caption.", f"Give {MOST_PICTURES}.")

    @classmethod
    def of(cls, what: Goal | Image.Image | Tensor | Sequence[Image.Image] | None) -> Goal:
        """A goal from one picture, several, none, or the vector of an earlier run."""
        if isinstance(what, Goal):
            return what
        if isinstance(what, Tensor):
            return cls(vector=what)
        if isinstance(what, Image.Image):
            return cls((what,))
        return cls(tuple(what or ()))
