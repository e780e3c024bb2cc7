"""Tokenizers without a model, each a file in an optional wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Loader, Models
from fuse_core.words.segmenters.segmenter import LISTED

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer


def of_wheel(package: str, *parts: str) -> Loader[WordTokenizer]:
    """What loads a tokenizer from a file in a package; ``UserError`` where that is not installed."""

    def load(entry: Entry, models: Models) -> WordTokenizer:
        from fuse_core.models.tokenizer_files.reading import read_tokenizer

        return read_tokenizer(entry.key, require_wheel(package, *parts, listed=LISTED))

    return load
