"""Models of one's own, named by folder: adapters are fitted and captions found, with no key in any file but theirs."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from fuse_core import library
from fuse_core.cli.parser import main
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import llama_backend
from tests.fuse_core.models import checkpoints

WORDS = tuple(w for w in english(3000).words if w.isalpha() and w.isascii())
PAIRS = [("gpt2", "clip"), ("llama", "siglip"), pytest.param("opt", "clip", marks=pytest.mark.full)]
SHARED = ["--steps", "2", "--examples", "", "--json"]
METHODS = {
    "autodan": ["--unit", "token", "--candidates", "8", "--beams", "2"],
    "gcg": ["--candidates", "8", "--beams", "1"],
    "pez": [],
}


def unigram() -> Tokenizer:
    """SentencePiece's Unigram with whole words, ends of others, and letters."""
    special = ["<s>", "</s>", "<unk>"]
    pieces = dict.fromkeys(("▁", *map(chr, range(32, 127))), -12.0)
    pieces |= {w[k:]: -8.0 for w in WORDS for k in (2, 3) if w[k:]} | {f"▁{word}": -5.0 for word in WORDS[:400]}
    backend = Tokenizer(models.Unigram([*((token, 0.0) for token in special), *pieces.items()], unk_id=2))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()  # type: ignore[assignment]
    backend.decoder = decoders.Metaspace()  # type: ignore[assignment]
    backend.add_special_tokens(special)
    return backend


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five tiny models with vocabularies of real words, and a picture."""
    root = tmp_path_factory.mktemp("own")
    byte_level = checkpoints.first_merges("gpt2-tokenizer")
    words = MappingProxyType({"gpt2": byte_level, "opt": byte_level, "llama": llama_backend(WORDS[:300])})
    for source in ("gpt2", "llama", "opt"):
        checkpoints.save_causal(source, root / source, words)
    checkpoints.save_clip(root / "clip", MappingProxyType({"clip": checkpoints.first_merges("clip-tokenizer")}))
    checkpoints.save_siglip("siglip", root / "siglip", MappingProxyType({"siglip": unigram()}))
    tiny_models.picture().save(root / "picture.png")
    return root


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_caption_by_models_that_are_named_by_their_folders(source, target, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FUSE_CACHE", str(folder / "cache"))
    monkeypatch.setattr(library, "english", lambda n: english(3000))
    pair = ["--source", f"./{source}", "--target", f"./{target}"]
    for method, own in METHODS.items():
        file = f"{source}-{method}.json"
        assert main(["caption", "picture.png", *pair, "--method", method, *own, *SHARED, "--out", file]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["caption"]
        assert answer["losses"].keys() == {f"./{source}", f"./{target}"}
        saved = json.loads(Path(file).read_text("utf-8"))["config"]
        assert (saved["source"], saved["target"]) == (f"./{source}", f"./{target}")
    kept = [path.name for path in Path("cache", "adapters").iterdir() if path.is_dir()]
    assert [name for name in kept if name.startswith(f"{source}--.-{target}--pair")]


def test_two_language_models_alone(folder, monkeypatch, capsys):
    """One writes, the other judges, too; its adapter is fitted from the one to the other, and no picture is needed."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FUSE_CACHE", str(folder / "cache"))
    monkeypatch.setattr(library, "english", lambda n: english(3000))
    judged = ["--target", "none", "--term", "fluency", "model=./llama", "weight=2"]
    assert main(["caption", "--source", "./gpt2", *METHODS["autodan"], *SHARED, *judged]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["caption"]
    assert answer["losses"].keys() == {"./gpt2", "./llama"}
    expected = answer["losses"]["./gpt2"] + 2 * answer["losses"]["./llama"]
    assert answer["objective"] == pytest.approx(expected, rel=1e-5)
    assert [path for path in Path("cache", "adapters").iterdir() if path.name.startswith("gpt2--.-llama--pair")]
