"""Which files of a folder are pictures: the decoder decides, and what it passes over is known by name."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import NamedTuple

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import is_picture
from fuse_core.common.text_files import shown_name, shown_path

# Files that are meant for pictures: where such a one is damaged, that is said of it.
SUFFIXES = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}
NAMED = 10  # of the files that are passed over; of the rest, the number


class PictureFolder(NamedTuple):
    """A folder's files by name: pictures, damaged ones among them, and others."""

    pictures: list[Path]
    others: list[Path]

    @property
    def skipped(self) -> str:
        """A sentence on the files that are passed over; empty when there are none."""
        if not self.others:
            return ""
        names = ", ".join(shown_name(path) for path in self.others[:NAMED])
        more = f" and {len(self.others) - NAMED:,} more" if len(self.others) > NAMED else ""
        return f"Skipped, as no picture can be read from it: {names}{more}."


def look_through(folder: Path) -> PictureFolder:
    """The files of a folder; not those of folders in it.

    Raises
    ------
    UserError
        When there are no pictures, or the folder cannot be read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UserError(f"'{shown_path(folder)}' could not be read ({reason}).") from error
    found = PictureFolder([], [])
    for path in files:
        (found.pictures if _meant_for_a_picture(path) or is_picture(path) else found.others).append(path)
    if not found.pictures:
        raise UserError(f"There are no pictures in '{shown_path(folder)}'.", found.skipped or "It has no files.")
    return found


def is_folder(path: Path, what: str = "picture or folder") -> bool:
    """Whether a path that was given is a folder.

    Raises
    ------
    UserError
        When nothing is there, or the system refuses the path.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as error:
        raise UserError(f"There is no {what} '{shown_path(path)}'.", "Check the path.") from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UserError(f"'{shown_path(path)}' could not be read ({reason}).", "Check the path.") from error


def _meant_for_a_picture(path: Path) -> bool:
    # macOS keeps what other file systems cannot hold of A.JPG in ._A.JPG.
    return path.suffix.lower() in SUFFIXES and not path.name.startswith("._")
