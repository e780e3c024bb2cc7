"""What an image-text model sees in a picture: its classifier's classes, where it has one, and the nearest words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models.image_classifier import ImageClassifier
from fuse_core.search.word_table import word_table

CLASSES, WORDS = 5, 10  # shown
# A probability of the first class below which the classifier counts as unsure, chosen on the 16 pictures of
# assets/images and assets/tuning: it warns of two, both wrong, and not of a goose for a duck, nor of a missile for a
# rocket. On the 24 of assets/evaluation it warns of 5, of which 4 are wrong (95 % interval 28 to 99 %); of the 19
# others 6 are wrong (13 to 57 %): chair, hedgehog, pyramid, solar panels, tower, wall. No warning is no promise.
# `see PICTURE` of each; a class is wrong that names neither what the picture shows nor a part or a kind of it.
UNSURE = 0.25
UNSURE_TOLD = (
    f"No class has a probability of {UNSURE:.0%}, so what the picture shows may be none of them, and captions go "
    "astray. The other way round, a sure class can be wrong."
)


@dataclass(frozen=True)
class PictureReading:
    """What a model makes of a picture.

    Attributes
    ----------
    model : str
        Catalog key.
    classes : tuple of (str, float)
        The classifier's first classes with their probabilities, highest first; empty for a model without one.
    words : tuple of (str, float)
        The words whose captions are nearest to the picture's vector, with their cosines, nearest first.
    """

    model: str
    classes: tuple[tuple[str, float], ...]
    words: tuple[tuple[str, float], ...]

    @property
    def unsure(self) -> bool:
        """Whether no class has a probability of ``UNSURE``: what the picture shows may be none of the classes."""
        return bool(self.classes) and self.classes[0][1] < UNSURE

    def as_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self) | {"unsure": self.unsure}


def read_picture(library: Library, key: str, image: Image.Image, progress: Progress | None = None) -> PictureReading:
    """Read a picture as a search's image-text model does.

    Raises
    ------
    UserError
        For a model that reads no pictures, or cannot be had.

    Notes
    -----
    One or two forward passes of the picture, and one product with the model's word table, whose making takes a minute
    or two on two cores the first time.
    """
    model = library.image_text(key)
    table = word_table(library, key, progress)
    cosines = table.vectors @ model.encode_image(image)
    values, rows = cosines.topk(min(WORDS, len(cosines)))
    words = tuple((table.corpus.words[row], value) for row, value in zip(rows.tolist(), values.tolist(), strict=True))
    return PictureReading(key, _classes(getattr(model, "classifier", None), image), words)


def _classes(classifier: object, image: Image.Image) -> tuple[tuple[str, float], ...]:
    if not isinstance(classifier, ImageClassifier):
        return ()
    probabilities = classifier.probabilities(classifier.features(image))
    values, rows = probabilities.topk(min(CLASSES, len(probabilities)))
    named = (classifier.class_names[row][0] for row in rows.tolist())
    return tuple(zip(named, values.tolist(), strict=True))
