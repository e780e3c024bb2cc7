"""Reading a GGUF file: a tiny one, written here with the format's own writer."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.models.gguf import WholeFile, _read, load_gguf

TOKENS = ["<|endoftext|>", "a", "b", "ab", "Ġ", "Ġa"]
WIDTH, HIDDEN = 8, 16
SHAPES = {
    "attn_norm": (WIDTH,), "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH),
    "attn_output": (WIDTH, WIDTH), "ffn_norm": (WIDTH,), "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH),
    "ffn_down": (WIDTH, HIDDEN),
}  # fmt: skip


@pytest.fixture
def path(tmp_path) -> Path:
    """A one-layer Llama with a byte-level tokenizer of six tokens."""
    writer = gguf.GGUFWriter(tmp_path / "tiny.gguf", "llama")
    writer.add_name("tiny")
    writer.add_context_length(32)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(TOKENS)
    writer.add_token_merges(["a b", "Ġ a"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    draw = np.random.default_rng(0)
    writer.add_tensor("token_embd.weight", draw.normal(size=(len(TOKENS), WIDTH)).astype(np.float32))
    writer.add_tensor("output_norm.weight", draw.normal(size=WIDTH).astype(np.float32))
    for name, shape in SHAPES.items():
        writer.add_tensor(f"blk.0.{name}.weight", draw.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "tiny.gguf"


@pytest.fixture
def parsed(monkeypatch) -> list[str]:
    """Files that the format's reader was made for."""
    done: list[str] = []

    class Counted(gguf.GGUFReader):
        def __init__(self, path, *others):
            done.append(str(path))
            super().__init__(path, *others)

    monkeypatch.setattr(gguf, "GGUFReader", Counted)
    return done


def test_a_file_is_parsed_once_for_tokenizer_settings_and_weights(path, parsed):
    reader = gguf.GGUFReader
    network, tokenizer = _read(path)
    assert parsed == [str(path)]
    assert gguf.GGUFReader is reader
    assert tokenizer.get_vocab() == {token: k for k, token in enumerate(TOKENS)}
    written = {tensor.name: torch.tensor(tensor.data) for tensor in reader(path).tensors}
    found = network.state_dict()
    assert torch.equal(found["model.embed_tokens.weight"], written["token_embd.weight"])
    assert torch.equal(found["model.layers.0.mlp.down_proj.weight"], written["blk.0.ffn_down.weight"])
    assert torch.equal(found["lm_head.weight"], written["token_embd.weight"])


def test_a_file_that_cannot_be_read_leaves_the_reader_as_it_was(tmp_path):
    reader = gguf.GGUFReader
    (tmp_path / "torn.gguf").write_bytes(b"GGUF")
    with pytest.raises(Exception):  # noqa: B017, PT011 (transformers and gguf raise whatever they like)
        _read(tmp_path / "torn.gguf")
    assert gguf.GGUFReader is reader


def test_what_was_read_is_kept_and_read_again_to_the_bit(path, tmp_path):
    store = ArtefactStore(tmp_path / "cache")
    first, _ = load_gguf("tiny", WholeFile(path), store)
    again, _ = load_gguf("tiny", WholeFile(path), store)
    assert first.state_dict().keys() == again.state_dict().keys()
    assert all(torch.equal(x, again.state_dict()[name]) for name, x in first.state_dict().items())
