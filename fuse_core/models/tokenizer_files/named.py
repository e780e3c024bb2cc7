"""Tokenizers named by a file, a folder or a repository of a hub, in place of a key of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.common.text_files import shown_name
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

# What a folder or repository may hold, the fullest description first.
NAMES = ("tokenizer.json", "tekken.json", "tokenizer.model", "sentencepiece.bpe.model", "spiece.model")
ENDINGS = (".json", ".model", ".tiktoken")


def file_entry(name: str) -> Entry | None:
    """The entry of a file, or of a folder that has a tokenizer's file; None where there is neither.

    Of a folder with a model, too, this is its tokenizer alone.
    """
    path = tokenizer_file(Path(name).expanduser())
    if path is None:
        return None

    def load(entry: Entry, models: Models) -> WordTokenizer:
        from fuse_core.models.tokenizer_files.reading import read_tokenizer

        return read_tokenizer(entry.key, path)

    return Entry(
        key=name,
        title=shown_name(Path(name)),
        family="from a file",
        licence="its owner's",
        origin=f"file {shown_name(path)}",
        tokenizer=load,
    )


def tokenizer_file(path: Path) -> Path | None:
    """A file itself, or the file of a folder that holds its tokenizer; None where there is none."""
    try:
        if path.is_file():
            return path
        if not path.is_dir():
            return None
        known = [path / name for name in NAMES]
        return next((file for file in [*known, *sorted(path.glob("*.tiktoken"))] if file.is_file()), None)
    except OSError:  # too long a name to be one
        return None
