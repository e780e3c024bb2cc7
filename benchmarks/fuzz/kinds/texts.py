"""Texts through every tokenizer that is here, and through one of every family."""

from __future__ import annotations

import json
from types import SimpleNamespace

from hypothesis import strategies as st

from benchmarks.fuzz.kind import Kind
from fuse_core.analysis.answers.split import MOST, split_answer
from fuse_core.common.storage import cache_dir
from fuse_core.common.text_files import to_json
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.entry import TOKENIZER
from tests.fuse_core import builders

PIECES = ("a", " ", "  ", "\n", "\t", "\0", "\u00a0", "\u200b", "\u200d", "\ufeff", "\u202e", "\ufffd", "é", "e\u0301")
PIECES += ("ſ", "İ", "ß", "ﬁ", "漢字", "ไทย", "नमस्ते", "👩‍👩‍👧", "🇩🇪", "\ud83d")
PIECES += ("##s", "▁", "Ġ", "</w>", "<s>", "[UNK]", "[CLS]")
PIECES += ("<|endoftext|>", "<|im_start|>", "<0x0A>", "<unk>", "don't", "dogs", "1234567", "=1+1", "aaaaaaaaaaaaaaaa")


def inputs() -> st.SearchStrategy[str]:
    piece = st.sampled_from(PIECES) | st.text(st.characters(), max_size=12)
    long = st.builds(lambda part, times: part * times, piece, st.integers(1, 300))
    return st.lists(st.one_of(piece, piece, piece, long), max_size=12).map("".join)


def reader():
    library = Library(cache_dir())
    here = [e.key for e in catalog.entries() if TOKENIZER in e.roles and e.present]
    tokenizers = {key: library.tokenizer(key) for key in here} | {
        family: builders.tokenizer(family) for family in builders.FAMILIES
    }
    holder, names = SimpleNamespace(tokenizer=tokenizers.__getitem__), list(tokenizers)

    def read(text: str) -> None:
        for k in range(0, len(names), MOST):
            answer = split_answer(holder, text, names[k : k + MOST], "white space", 4)  # type: ignore[arg-type]
            assert json.loads(to_json(answer))["words"] == answer["words"]

    return read


KIND = Kind("texts", "Texts through every tokenizer", 5, 5_000, inputs, reader)
