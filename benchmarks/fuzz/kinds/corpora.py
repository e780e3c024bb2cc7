"""Text files whose words are counted, and files of reference captions."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutations import changed_bytes, changed_json
from fuse_core.analysis.captions.coco import read_captions
from fuse_core.common.storage import assets_folder
from fuse_core.words.buckets import token_lengths
from fuse_core.words.corpus import read_text_corpus
from tests.fuse_core import builders

CASES = Path(__file__).parents[3] / "tests" / "data" / "cases"
ENCODINGS = ("utf-8", "utf-16", "utf-32", "latin-1")
PART = 4_000  # characters
CAPTIONS = {
    "images": [{"id": 1, "file_name": "a/cat.jpg"}, {"id": "2", "file_name": "dog.jpg"}],
    "annotations": [{"image_id": 1, "caption": "a cat"}, {"image_id": "2", "caption": "A dog, running."}],
}


def inputs() -> st.SearchStrategy[bytes]:
    texts = [path.read_text("utf-8", "replace")[:PART] for path in sorted(CASES.glob("*.txt"))]
    texts += [builders.TEXT, (assets_folder() / "sentiment" / "found.txt").read_text("utf-8")[:PART]]
    seeds = [text.encode(encoding, "replace") for text in texts for encoding in ENCODINGS]
    return changed_bytes([*seeds, b"", b"\0" * 9, b"a" * 50_000]) | changed_json([CAPTIONS])


def reader():
    tokenizer = builders.tokenizer("byte-level")
    path = Path(tempfile.mkdtemp(prefix="fuse-fuzz-")) / "file"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        try:
            if content.startswith(b"{"):
                assert read_captions(path).captions
            else:
                words = read_text_corpus(path).words
                token_lengths(tokenizer, words[:500])
        finally:
            path.unlink()

    return read


KIND = Kind("corpora", "Corpora", 4, 2_000, inputs, reader)
