"""The pictures of a folder that a command measures over."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_name, shown_path

if TYPE_CHECKING:
    from PIL import Image


def pictures_in(folder: Path, skipped: list[dict]) -> list[Path]:
    """The pictures of a folder, damaged ones among them; ``image`` and ``error`` of other files go to ``skipped``.

    Raises
    ------
    UserError
        When the folder cannot be read, or holds no picture.
    """
    from fuse_core.common.picture_folder import is_folder, look_through

    if not is_folder(folder, "folder"):
        raise UserError(f"'{shown_path(folder)}' is no folder.", "Name a folder of pictures.")
    listing = look_through(folder)
    skipped += [{"image": shown_name(path), "error": "No picture can be read from it."} for path in listing.others]
    return listing.pictures


def tell_left_out(skipped: list[dict]) -> None:
    """Say on stderr what was left out, and why."""
    for row in skipped:
        print(f"Left out: {row['image']}. {row['error']}", file=sys.stderr)


def readable_pictures(folder: Path, skipped: list[dict]) -> Iterator[tuple[str, Image.Image]]:
    """Names and pictures of a folder, one by one; ``image`` and ``error`` of what cannot be read go to ``skipped``.

    Raises
    ------
    UserError
        When the folder cannot be read, or none of its pictures.
    """
    from fuse_core.common.pictures import open_picture

    opened = 0
    for path in pictures_in(folder, skipped):
        try:
            picture = open_picture(path)
        except UserError as error:
            skipped.append({"image": shown_name(path), "error": str(error)})
            continue
        opened += 1
        yield shown_name(path), picture
    tell_left_out(skipped)
    if not opened:
        raise UserError(f"None of the pictures in '{shown_path(folder)}' can be opened.", "Choose another folder.")
