"""Text and JSON from files and back, one way for all: whatever byte order mark, and a sentence for what is no text."""

from __future__ import annotations

import codecs
import json
import os
import re
from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.common.json_values import finite

LARGEST_FILE = 100_000_000  # bytes; saved runs with their pictures and candidates have some millions

# The longest first: the mark of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
TITLES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE"}
TITLES |= {"utf-32-le": "UTF-32 LE", "utf-32-be": "UTF-32 BE"}


def shown_path(path: Path) -> str:
    r"""A path as text that can be written anywhere: bytes that are no UTF-8 and control characters come as ``\xNN``."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def shown_name(path: Path) -> str:
    """A file's name, as ``shown_path`` has it."""
    return shown_path(Path(path.name))


def read_text(path: Path, what: str = "", largest: int = LARGEST_FILE) -> str:
    """The text of a file: UTF-8, or what its byte order mark says; the mark is left out.

    Parameters
    ----------
    what : str, optional
        Names the file in errors; its name in quotes where none is given.
    largest : int
        Bytes it may have.

    Raises
    ------
    UserError
        For a file that cannot be read, is too large, or is no text.
    """
    what = what or f"'{shown_name(path)}'"
    return decode(read_bytes(path, what, largest), what)


def read_bytes(path: Path, what: str, largest: int) -> bytes:
    """The content of a file of at most that many bytes; errors are those of ``read_text``."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)  # a device has no size to ask for, and may have no end
    except OSError as error:
        raise UserError(f"{what} could not be read ({(error.strerror or 'unknown reason').lower()}).") from error
    if len(content) > largest:
        raise UserError(f"{what} is too large: {largest / 1e6:g} MB is the most.", "Choose a smaller file.")
    return content


def decode(content: bytes, what: str) -> str:
    """Bytes as text: UTF-8, or what their byte order mark says.

    Raises
    ------
    UserError
        Saying which encoding it seems to be instead, or which byte is the first that does not fit.
    """
    mark, encoding = next(((m, e) for m, e in MARKS if content.startswith(m)), (b"", "utf-8"))
    remedy = "Save the file as UTF-8 and choose it again."
    # Zeros are valid UTF-8, though no text has any: every second byte of UTF-16 in a Western language is one.
    if encoding == "utf-8" and b"\0" in content:
        seems = _wide_encoding(content)
        if seems is None:
            raise UserError(f"{what} is not UTF-8 text: the byte at offset {content.index(0):,} is zero.", remedy)
        raise UserError(f"{what} is not UTF-8 text; it seems to be {TITLES[seems]} without a byte order mark.", remedy)
    try:
        return content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        raise UserError(
            f"{what} is not {TITLES[encoding]} text: the byte at offset {offset:,} is {content[offset]:#04x}.", remedy
        ) from error


def _wide_encoding(content: bytes) -> str | None:
    """The encoding of two or four bytes a character that the zeros of a beginning speak for; None for none."""
    # Width, the bytes of a Western character that are zero, and the one that is not.
    patterns = {
        "utf-32-le": (4, (2, 3), 0),
        "utf-32-be": (4, (0, 1), 3),
        "utf-16-le": (2, (1,), 0),
        "utf-16-be": (2, (0,), 1),
    }
    for encoding, (width, zeros, low) in patterns.items():
        columns = [content[:4000][k::width] for k in range(width)]
        high = min(columns[k].count(0) for k in zeros)
        if high > len(columns[-1]) / 2 and high > columns[low].count(0):
            return encoding
    return None


def read_json(path: Path, what: str = "") -> object:
    """The content of a JSON file.

    Raises
    ------
    UserError
        For a file that cannot be read or is no JSON.
    """
    what = what or f"'{shown_name(path)}'"
    try:
        return parse_json(read_text(path, what))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{what} is no JSON.", f"Correct {shown_name(path)}.") from error


def parse_json(text: str) -> object:
    """JSON as the standard has it: no NaN, no Infinity, no halves of characters that no encoding can write.

    Raises
    ------
    ValueError
        For anything else.
    RecursionError
        For what is nested too deeply.
    """
    values = json.loads(text, parse_constant=_refuse)
    if "\\u" in text:  # else nothing can have come of an escape
        json.dumps(values, ensure_ascii=False).encode()  # a lone surrogate is a UnicodeEncodeError, hence ValueError
    return values


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def to_json(values: object, ascii_only: bool = False) -> str:
    """Plain values as JSON on one line; a number that is not finite becomes null, for JSON has none."""
    try:
        return json.dumps(values, ensure_ascii=ascii_only, allow_nan=False)
    except ValueError:
        return json.dumps(finite(values), ensure_ascii=ascii_only, allow_nan=False)
