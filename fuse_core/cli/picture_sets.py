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


def readable_pictures(folder: Path, skipped: list[dict]) -> Iterator[tuple[str, Image.Image]]:
    """Names and pictures of a folder, one by one; ``image`` and ``error`` of what cannot be read go to ``skipped``.

    Raises
    ------
    UserError
        When the folder cannot be read, or none of its pictures.
    """
    from fuse_core.common.picture_folder import is_folder, look_through
    from fuse_core.common.pictures import open_picture

    if not is_folder(folder, "folder"):
        raise UserError(f"'{shown_path(folder)}' is no folder.", "Name a folder of pictures.")
    listing, opened = look_through(folder), 0
    skipped += [{"image": shown_name(path), "error": "No picture can be read from it."} for path in listing.others]
    for path in listing.pictures:
        try:
            picture = open_picture(path)
        except UserError as error:
            skipped.append({"image": shown_name(path), "error": str(error)})
            continue
        opened += 1
        yield shown_name(path), picture
    for row in skipped:
        print(f"Left out: {row['image']}. {row['error']}", file=sys.stderr)
    if not opened:
        raise UserError(f"None of the pictures in '{shown_path(folder)}' can be opened.", "Choose another folder.")
