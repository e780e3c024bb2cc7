"""Chapter 1: a sentence under two tokenizers."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl

from tests.ui.visitor import Visitor
from ui.learn.chapters.cuts import SAMPLE
from ui.learn.lesson import lesson
from ui.learn.tokenizer_menus import SOURCE, TARGET


def test_the_target_stays_hidden_until_it_is_asked_for(visitor: Visitor):
    visitor["lesson-cuts-text"] = "kittens again"
    visitor.do("lesson-cuts-text", "change")
    assert not visitor["lesson-cuts-splits"]
    visitor.do("lesson-cuts-first")
    assert "GPT-2" in visitor.text("lesson-cuts-splits")
    assert "MiniLM" not in visitor.text("lesson-cuts-splits")
    assert not visitor["lesson-cuts-table"]
    visitor.do("lesson-cuts-second")
    assert "MiniLM" in visitor.text("lesson-cuts-splits")
    assert visitor["lesson-cuts-table"]


def test_white_space_is_always_cut_by_both(visitor: Visitor):
    visitor.do("lesson-cuts-second")
    between, inside = visitor.table("lesson-cuts-table").to_numpy().tolist()
    assert between == [lesson("cuts", "en").labels["between"], *[str(len(SAMPLE.split()) - 1)] * 4]
    assert int(inside[-1]) < min(map(int, inside[2:4]))
    visitor["lesson-cuts-text"] = ""
    visitor.do("lesson-cuts-text", "change")
    assert [row[1:] for row in visitor.table("lesson-cuts-table").to_numpy().tolist()] == [["0"] * 4] * 2


def test_a_tokenizer_that_is_none_is_refused_in_a_sentence(visitor: Visitor, notices):
    visitor["lesson-cuts-source"] = "nonsense"
    visitor.do("lesson-cuts-first")
    assert notices
    assert not visitor["lesson-cuts-splits"]


def test_the_link_to_the_full_view_takes_the_sentence_along(visitor: Visitor):
    query = re.findall(r'href="\?([^"]*)" data-chapter="lesson-cuts"', visitor["links-cuts"])
    found = dict(parse_qsl(html.unescape(query[0])))
    assert found == {"view": "tokenizers", "text": SAMPLE, "source": SOURCE, "target": TARGET}
