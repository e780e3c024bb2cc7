"""Reference captions in the format of COCO (Lin et al. 2014; Chen et al. 2015)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, Field, ValidationError

from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.checks import LONGEST_TEXT
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_json, shown_name

MOST_PICTURES, MOST_CAPTIONS = 200_000, 100  # in a file; of a picture. COCO has 123,287 pictures with five or six
FORMAT = "COCO's format has 'images' with 'id' and 'file_name', and 'annotations' with 'image_id' and 'caption'."


class CocoImage(BaseModel, strict=True):
    """A picture; what else a file says of it is passed over."""

    id: int | str
    file_name: str = Field(min_length=1)

    @property
    def name(self) -> str:
        """The file's name without folders: pictures lie in one."""
        return PurePosixPath(self.file_name).name


class CocoCaption(BaseModel, strict=True):
    """One caption of a picture."""

    image_id: int | str
    caption: str = Field(max_length=LONGEST_TEXT)


class CocoFile(BaseModel, strict=True):
    """What is read of a caption file."""

    images: list[CocoImage] = Field(min_length=1, max_length=MOST_PICTURES)
    annotations: list[CocoCaption] = Field(max_length=MOST_PICTURES * 10)


@dataclass(frozen=True)
class CaptionSet:
    """Pictures and the captions that people wrote for them.

    Attributes
    ----------
    name : str
        Of the file.
    references : dict
        File name of a picture -> its captions, in the file's order; at least one each, none without a word.
    """

    name: str
    references: dict[str, tuple[str, ...]]

    @property
    def captions(self) -> list[str]:
        """All captions, each once."""
        return list(dict.fromkeys(text for texts in self.references.values() for text in texts))

    def among(self, paths: Iterable[Path]) -> list[Path]:
        """Those of some files that are pictures of the set, in its order; of several with one name the last."""
        there = {shown_name(path): path for path in paths}
        return [there[name] for name in self.references if name in there]


def read_captions(path: Path) -> CaptionSet:
    """Read and check a caption file.

    Raises
    ------
    UserError
        For what is no such file; a picture named twice or without a caption; a caption of an unknown picture, without
        a word, or longer than 2,000 characters; too many of either.
    """
    name = shown_name(path)
    try:
        file = CocoFile.model_validate(read_json(path))
    except ValidationError as error:
        raise UserError(f"'{name}' is no file of captions: {_told(error)}.", FORMAT) from error
    for problem in _problems(file):
        raise UserError(f"In '{name}' {problem}.", "Correct the file.")
    texts: dict[int | str, list[str]] = {image.id: [] for image in file.images}
    for annotation in file.annotations:
        texts[annotation.image_id].append(annotation.caption.strip())
    return CaptionSet(name, {image.name: tuple(texts[image.id]) for image in file.images})


def _told(error: ValidationError) -> str:
    """The first fault: where it is, and what."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"][:3]).lstrip(".")
    message = fault["msg"][:1].lower() + fault["msg"][1:]
    return f"{place}: {message}" if place else message


def _problems(file: CocoFile) -> Iterator[str]:
    """What is wrong with a file of the right form, a clause each."""
    counts, names = {}, set()
    for image in file.images:
        if not image.name:
            yield f"the picture {image.id!r} has a folder for its name"
        if image.id in counts:
            yield f"two pictures have the id {image.id!r}"
        if image.name in names:
            yield f"two pictures are called '{image.name}'"
        counts[image.id] = 0
        names.add(image.name)
    for k, annotation in enumerate(file.annotations):
        if annotation.image_id not in counts:
            yield f"annotation {k} is of a picture that is not there, with the id {annotation.image_id!r}"
            return
        if not tokens(annotation.caption):
            yield f"annotation {k} has a caption without a word"
        counts[annotation.image_id] += 1
    for image in file.images:
        if not counts[image.id]:
            yield f"the picture '{image.name}' has no caption"
        if counts[image.id] > MOST_CAPTIONS:
            yield f"the picture '{image.name}' has {counts[image.id]:,} captions; {MOST_CAPTIONS} is the most"
