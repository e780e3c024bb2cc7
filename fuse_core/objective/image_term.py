"""The image-text model's term of the objective: how well a prompt fits pictures, or means what a text does."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from fuse_core.models.protocols import TextEncoder
from fuse_core.objective.reading_term import ReadingTerm


@dataclass(frozen=True)
class ImageTerm(ReadingTerm[TextEncoder]):
    """Fit to a picture: ``1 - cos(text, image)`` under an image-text model; to several goals, its mean over them.

    Attributes
    ----------
    model : TextEncoder
    image : Tensor, shape = (width,)
        The picture's unit vector, computed once; of several goals, the mean of their unit vectors.
    weight : float
    prefix, suffix : str
    """

    model: TextEncoder
    image: Tensor = field(repr=False)
    weight: float = 22.0
    prefix: str = ""
    suffix: str = ""

    def loss_of(self, outputs: Tensor) -> Tensor:
        """Unit vectors (texts, width) -> (texts,)."""
        return 1.0 - outputs @ self.image
