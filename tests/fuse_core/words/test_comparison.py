"""One text under several tokenizers, and what tells its words."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import given

from fuse_core.common.errors import UserError
from fuse_core.words.comparison import compare
from fuse_core.words.segmenters import SEGMENTERS
from fuse_core.words.segmenters.segmenter import Segmenter
from tests.fuse_core import builders
from tests.fuse_core.builders import FAMILIES, pieces, tokenizer
from tests.fuse_core.words.test_tokenizer import texts

TEXT = " The cats walked,\nnaïve 😀 "


def letters(text: str) -> list[tuple[int, int]]:
    """Every character a word."""
    return [(k, k + 1) for k, c in enumerate(text) if not c.isspace()]


CHARACTERS = Segmenter("characters", "Characters", 9, letters)


@builders.quick
@given(text=texts)
def test_every_tokenizers_tokens_are_all_there_whatever_tells_the_words(text):
    tokenizers = [tokenizer(family) for family in FAMILIES]
    for segmenter in (None, CHARACTERS):
        for cut in compare(text, tokenizers, segmenter):
            assert len({word.span for word in cut.words}) == len(cut.words)
            if cut.words:
                assert [i for word in cut.words for i in word.ids] == cut.tokenizer.encode(text)


def test_figures_are_what_counting_by_hand_gives():
    ours, same, halves = pieces(["cheetah", "naps"], 4), pieces(["cheetah", "naps"], 4), pieces(["cheetah", "naps"], 2)
    cuts = compare("  cheetah naps\n cheetah ", [ours, same, halves])  # chee tah | naps | chee tah
    assert [cut.tokens for cut in cuts] == [5, 5, 10]
    assert cuts[0].characters == len("cheetah naps\n cheetah")
    assert [cut.characters_per_token for cut in cuts] == [21 / 5, 21 / 5, 2.1]
    assert [cut.differs for cut in cuts] == [(False,) * 3, (False,) * 3, (True,) * 3]
    assert [cut.longest for cut in cuts] == [2, 2, 4]
    assert [cut.covered(1) for cut in cuts] == [1 / 3, 1 / 3, 0]
    assert [cut.covered(2) for cut in cuts] == [1, 1, 1 / 3]
    assert [cut.across for cut in cuts] == [0, 0, 0]


def test_what_a_tokenizer_cannot_represent_is_not_covered():
    (cut,) = compare("cheetah dog", [pieces(["cheetah"], 7)])
    assert cut.covered(4) == 0.5


def test_a_text_without_words_has_no_figures():
    (cut,) = compare(" \n", [tokenizer("unigram")])
    assert (cut.words, cut.tokens, cut.characters_per_token, cut.covered(4), cut.longest) == ((), 0, 0, 0, 0)


def test_a_token_with_letters_of_two_words_is_counted():
    (cut,) = compare("cheetah naps", [pieces(["cheetah", "naps"], 4)], CHARACTERS)  # chee tah naps
    assert [len(word.ids) for word in cut.words] == [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    assert cut.across == 3
    assert cut.covered(4) == 3 / 11


def test_white_space_comes_first_and_is_fuses_unit():
    assert next(iter(SEGMENTERS)) == "white space"
    same = compare(TEXT, [tokenizer("gemma")], SEGMENTERS["white space"])
    assert same == compare(TEXT, [tokenizer("gemma")])


def test_icus_words_are_offsets_in_the_text(monkeypatch):
    """ICU counts in units of 16 bits: an emoji is two. Its pieces here are its own, recorded from icu4py 1.2.0."""
    module = ModuleType("icu4py.breakers")
    module.WordBreaker = lambda text, locale: iter(["😀", "我", "喜欢", " ", "散步", "。"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "icu4py", ModuleType("icu4py"))
    monkeypatch.setitem(sys.modules, "icu4py.breakers", module)
    assert SEGMENTERS["icu"].spans("😀我喜欢 散步。") == [(0, 1), (1, 2), (2, 4), (5, 7), (7, 8)]


def test_jiebas_words_are_offsets_in_the_text_without_its_white_space(monkeypatch):
    """Its pieces here are its own, recorded from rjieba 0.2.2."""
    module = ModuleType("rjieba")
    pieces = [("我", 0, 1), ("喜欢", 1, 3), (" ", 3, 4), ("散步", 4, 6), ("。", 6, 7), ("\n", 7, 8), ("😀", 8, 9)]
    module.tokenize = lambda text: pieces  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rjieba", module)
    text = "我喜欢 散步。\n😀"
    assert [text[slice(*span)] for span in SEGMENTERS["jieba"].spans(text)] == ["我", "喜欢", "散步", "。", "😀"]


def test_a_segmenter_that_is_not_installed_says_so():
    absent = Segmenter("x", "Somebody's dictionary", 3, letters, "nowhere_at_all")
    assert not absent.present
    with pytest.raises(UserError, match=r"'nowhere_at_all', which is not installed\. .*requirements-tokenizers\.txt"):
        compare(TEXT, [tokenizer("gemma")], absent)
