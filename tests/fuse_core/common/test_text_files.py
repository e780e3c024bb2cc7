"""Text and JSON files: every byte order mark, and a sentence for what is no text."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import parse_json, read_json, read_text, shown_name, shown_path, to_json
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_config

CASES = Path(__file__).parents[2] / "data" / "cases"


def write(folder: Path, content: bytes, name: str = "mine.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_is_obeyed_and_left_out(tmp_path, mark, encoding):
    assert read_text(write(tmp_path, mark + "naïve 🐆\n".encode(encoding))) == "naïve 🐆\n"


@pytest.mark.parametrize("text", ["The quick brown fox", "Das schöne Wetter – é", "x"])
@pytest.mark.parametrize(
    ("encoding", "title"),
    [("utf-16-le", "UTF-16 LE"), ("utf-16-be", "UTF-16 BE"), ("utf-32-le", "UTF-32 LE"), ("utf-32-be", "UTF-32 BE")],
)
def test_wide_text_without_a_mark_is_called_what_it_seems_to_be(tmp_path, text, encoding, title):
    with pytest.raises(UserError, match=f"'mine.txt' is not UTF-8 text; it seems to be {title} without .* Save the fi"):
        read_text(write(tmp_path, text.encode(encoding)))


def test_the_case_of_a_corpus_in_utf16():
    with pytest.raises(UserError, match="it seems to be UTF-16 LE"):
        read_text(CASES / "utf16le_without_bom.txt")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"words and\0one zero", "not UTF-8 text: the byte at offset 9 is zero"),
        (b"\0" * 64, "not UTF-8 text: the byte at offset 0 is zero"),
        (b"caf\xe9 au lait", "not UTF-8 text: the byte at offset 3 is 0xe9"),
        (codecs.BOM_UTF8 + b"caf\xe9", "not UTF-8 text: the byte at offset 6 is 0xe9"),
        (codecs.BOM_UTF16_LE + b"a", "not UTF-16 LE text: the byte at offset 2 is 0x61"),
        ("naïve".encode()[:3], "not UTF-8 text: the byte at offset 2 is 0xc3"),
    ],
)
def test_what_is_no_text_is_said(tmp_path, content, sentence):
    with pytest.raises(UserError, match=sentence):
        read_text(write(tmp_path, content))


def test_a_file_may_have_so_many_bytes_and_no_more(tmp_path):
    assert read_text(write(tmp_path, b"four"), largest=4) == "four"
    with pytest.raises(UserError, match="too large: 4e-06 MB is the most"):
        read_text(write(tmp_path, b"fives"), largest=4)


def test_a_device_without_end_is_too_large():
    with pytest.raises(UserError, match=r"'zero' is too large: 0\.001 MB"):
        read_text(Path("/dev/zero"), largest=1000)


@pytest.mark.parametrize("name", ["absent.txt", "a" * 300, "."])
def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path, name):
    with pytest.raises(UserError, match=r"could not be read \("):
        read_text(tmp_path / name)


class TestNames:
    def test_a_plain_name_stays_as_it_is(self):
        assert shown_name(Path("a/café\u2028.jpg")) == "café\u2028.jpg"

    def test_bytes_that_are_no_utf8_are_escaped(self):
        assert shown_name(Path(os.fsdecode(b"a/caf\xe9.jpg"))) == "caf\\xe9.jpg"

    def test_control_characters_are_escaped(self):
        assert shown_path(Path("a/two\nlines\x1b[31m.jpg")) == "a/two\\x0alines\\x1b[31m.jpg"


class TestJson:
    def test_settings_with_a_byte_order_mark(self):
        assert load_config(CASES / "config_with_bom.json", CaptionConfig()).steps == 1

    def test_settings_with_half_a_character_are_refused(self):
        with pytest.raises(UserError, match=r"config_lone_surrogate.json' is no JSON. Correct config_lone"):
            load_config(CASES / "config_lone_surrogate.json", CaptionConfig())

    @pytest.mark.parametrize("content", [b"", b"{", b"words", b'{"a": NaN}', b"[-Infinity]", b"[" * 100_000])
    def test_what_is_no_json_is_named(self, tmp_path, content):
        with pytest.raises(UserError, match=r"'mine.json' is no JSON\. Correct mine.json"):
            read_json(write(tmp_path, content, "mine.json"))

    @pytest.mark.parametrize("text", [r'{"a": "\ud83d"}', r'{"\udc00": 1}', r'["\ude00\ud83d"]'])
    def test_half_a_character_is_refused_in_values_and_keys(self, text):
        with pytest.raises(ValueError, match="surrogates not allowed"):
            parse_json(text)

    def test_escapes_of_whole_characters_are_read(self):
        assert parse_json(r'["\ud83d\ude00", "\u00e9"]') == ["😀", "é"]

    def test_numbers_that_are_not_finite_become_null(self):
        values = {"a": [1.5, float("nan"), (float("inf"), -float("inf"))], "é": "x"}
        assert json.loads(to_json(values)) == {"a": [1.5, None, [None, None]], "é": "x"}

    def test_other_values_come_back_as_they_were(self):
        values = {"a": [1, 2.5, None, True, "é\u2028"], "b": {}}
        assert json.loads(to_json(values)) == values
