"""A larger set of pictures with captions than a repository can hold: the photographs among Tux Paint's stamps.

The Debian package tuxpaint-stamps-default has some 800 PNG pictures, cut out on a transparent ground, each with a text
file beside it whose first line says in English what it shows. Nothing of it is part of this project.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.text_files import read_text, shown_path, to_json

# Folders whose pictures are drawn, whatever stands in them.
DRAWN = {"cartoon", "symbols", "seasonal", "roadsigns", "flags", "space", "clothes", "body_parts"}
COLOURS = 128  # of 32 levels a channel, at least, on opaque ground: drawings have fewer
SIDE = 256  # pixels, to which a picture is scaled before its colours are counted
DESCRIBES = re.compile(r"(A|An|One|Two|Three|Some|Several|The) ")  # how a caption begins that is no call or name
HALVES = ("choose", "report")


class Stamp(NamedTuple):
    """A photograph: its file, its caption, and the half of the set that it belongs to."""

    path: Path
    caption: str
    half: str


def photographs(folder: Path) -> Iterator[Stamp]:
    """The photographs under a folder of stamps, by path; of two that are the same to the byte, the first.

    Raises
    ------
    UserError
        When there is none.
    """
    seen = set()
    for path in sorted(folder.rglob("*.png")):
        caption = _caption(path)
        if caption is None or DRAWN & set(path.relative_to(folder).parts) or not _is_photograph(path):
            continue
        content = hashlib.sha256(path.read_bytes()).digest()
        if content not in seen:
            seen.add(content)
            yield Stamp(path, caption, half_of(path.name))
    if not seen:
        raise UserError(
            f"There are no stamps with captions under '{shown_path(folder)}'.",
            "Name the folder 'stamps' of the Debian package tuxpaint-stamps-default.",
        )


def half_of(name: str) -> str:
    """``choose`` or ``report``, by the file's name alone: settings are chosen on one half and reported on the other."""
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def save_stamps(folder: Path, output: Path) -> dict[str, int]:
    """Write each half into its own folder of ``output``: JPEGs on white, and ``captions.json`` in COCO's format.

    Returns
    -------
    dict of str to int
        Pictures of each half.

    Raises
    ------
    UserError
        When there are no photographs, or a file cannot be written.
    """
    halves: dict[str, list[Stamp]] = {half: [] for half in HALVES}
    for stamp in photographs(folder):
        halves[stamp.half].append(stamp)
    try:
        for half, stamps in halves.items():
            _save_half(stamps, folder, output / half)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UserError(f"'{shown_path(output)}' cannot be written ({reason}).", "Name another folder.") from error
    return {half: len(stamps) for half, stamps in halves.items()}


def _save_half(stamps: list[Stamp], folder: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for k, stamp in enumerate(stamps, 1):
        name = "-".join(stamp.path.relative_to(folder).with_suffix(".jpg").parts)
        open_picture(stamp.path).save(output / name, quality=92)
        images.append({"id": k, "file_name": name})
        annotations.append({"id": k, "image_id": k, "caption": stamp.caption})
    coco = to_json({"images": images, "annotations": annotations})
    (output / "captions.json").write_text(coco + "\n", encoding="utf-8")


def _caption(path: Path) -> str | None:
    """The first sentence of the text beside a stamp, if it says what is shown."""
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        return None
    first = read_text(beside).partition("\n")[0].strip()
    sentence = re.split(r"(?<=[.!?])\s", first)[0]
    return sentence if DESCRIBES.match(sentence) else None


def _is_photograph(path: Path) -> bool:
    """Whether a picture has as many colours as photographs have."""
    with Image.open(path) as picture:
        small = picture.convert("RGBA")
    small.thumbnail((SIDE, SIDE))
    pixels = np.asarray(small).reshape(-1, 4)
    opaque = pixels[pixels[:, 3] > 200][:, :3] >> 3
    return len(np.unique(opaque, axis=0)) >= COLOURS
