"""Links: what a view shows goes into an address, and comes back from it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import pytest

from tests.ui.visitor import Visitor
from ui.kit.examples import OWN
from ui.kit.link_values import LONGEST, accepted, address
from ui.learn.chapter import CHAPTERS

# View -> element id or label of a setting -> a value that is not its first. Where ids are missing, labels serve.
SET: dict[str, dict[str, Any]] = {
    "tokenizers": {
        "pair-source": "gpt2-medium",
        "tok-text": "zwei Wörter & mehr + 100 %",
        "tok-others": ["gpt2-tokenizer", "clip-tokenizer"],
        "bucket-size": 20_000,
        "bucket-limit": 6,
        "bucket-rows": "clip-tokenizer",
        "bucket-choice": "2,3",
    },
    "adapter": {"pair-target": "clip-vit-b32", "ad-word": "ocean", "ad-map": "target", "ad-bucket": "0,2"},
    "fidelity": {
        "fid-picture": "officer",
        "fid-context": "",
        "fid-at": " animal",
        "fid-gradient": "target",
        "fid-adapters": ["residual"],
    },
    "baselines": {"base-ours": ["coffee", "tuning"], "base-method": "gcg", "base-steps": 3},
    "batch": {"batch-preset": "offline-plain", "batch-candidates": 16, "batch-ending": "fixed"},
    "synthetic": {"Noise": 0.3, "True maps": "target", "truth-part": "2-2-1-2"},
    "evidence": {"evidence-experiment": "storage"},
    "evaluate": {"evaluate-way": "top-class", "evaluate-preset": "offline-plain", "evaluate-steps": 3},
}


@pytest.fixture
def fresh(page: gr.Blocks) -> Visitor:
    return Visitor(page, "somebody else")


@pytest.mark.parametrize("view", SET)
def test_a_link_restores_what_was_on_show(page, fresh, notices, view):
    visitor = Visitor(page, "sender")
    for name, value in SET[view].items():
        visitor[name] = value
    link = copied(visitor, view)
    assert parse_qs(link.removeprefix("?"))["view"] == [view]
    fresh.open(link)
    assert {name: fresh[name] for name in SET[view]} == SET[view]
    assert notices == []


def copied(visitor: Visitor, view: str) -> str:
    """The link that the view's button copies."""
    visitor.do(f"{view}-copy-link")
    link, _ = outputs(visitor, view)
    return visitor._value(link)


def note(visitor: Visitor, view: str) -> str:
    """What is said of what the link leaves out."""
    return json.loads(visitor._value(outputs(visitor, view)[1]))[-1]


def outputs(visitor: Visitor, view: str) -> list:
    button = visitor.component(f"{view}-copy-link")
    return next([*fn.outputs] for fn in visitor.page.fns.values() if (button._id, "click") in fn.targets)


def test_every_view_has_a_button(page):
    ids = {block.elem_id for block in page.blocks.values()}
    views = {"how", *SET, *(chapter.link for chapter in CHAPTERS.values())}
    assert {f"{view}-copy-link" for view in views} <= ids


def test_a_chapter_is_linked_in_its_language(page):
    visitor = Visitor(page, "reader")
    visitor.open()
    visitor["lesson-language"] = "de"
    visitor.do("lesson-language", "input")
    assert visitor["lesson-fit-copy-link"] == "Link kopieren"
    assert copied(visitor, "lesson-fit") == "?view=lesson-fit&language=de"
    assert json.loads(visitor._value(outputs(visitor, "lesson-fit")[1]))[0] == "Kopiert."


def test_first_values_are_left_out(page):
    assert copied(Visitor(page, "sender"), "adapter") == "?view=adapter"


def test_what_is_a_visitors_own_is_left_out_and_told(page):
    visitor = Visitor(page, "sender")
    visitor["fid-picture"], visitor["fid-context"] = OWN, "a dog"
    visitor["bucket-rows"] = "own: mine.json"
    assert copied(visitor, "fidelity") == "?view=fidelity&context=a+dog"
    assert note(visitor, "fidelity") == "Not in the link: The picture is your own."
    assert copied(visitor, "tokenizers") == "?view=tokenizers"
    assert "own: mine.json" in note(visitor, "tokenizers")


def test_links_of_earlier_versions_mean_the_same(fresh, notices):
    fresh.open("?view=fidelity&source=smollm2&gradient=native&context=x&at=+animal&candidates=500&k=64")
    assert (fresh["fid-gradient"], fresh["fid-context"], fresh["fid-at"]) == ("target", "x", " animal")
    assert notices == []


def test_one_sentence_tells_all_that_is_impossible_and_the_rest_is_done(fresh, notices):
    fresh.open("?view=nowhere&words=-5&tokens=many&segmenter=guesses&bucket=x&unheard=of&text=hello")
    (told,) = notices
    for part in (
        "no view 'nowhere'",
        "'Most frequent English words' cannot be '-5': it goes from 1000 to",
        "'Longest word L (tokens)' cannot be 'many': it is no number",
        "'What tells the words' cannot be 'guesses'",
        "'Bucket (i, j)' cannot be 'x'",
        "The rest of it is done.",
    ):
        assert part in told
    assert fresh["tok-text"] == "hello"


def test_a_long_text_is_left_out():
    with gr.Blocks():
        box = gr.Textbox("", label="Text")
    link, left_out = address("x", {"text": box}, {"text": "a" * (LONGEST + 1)})
    assert link == "?view=x"
    assert "2,000 characters" in left_out[0]


@pytest.mark.parametrize(("value", "written"), [(3.0, "3"), (0.1, "0.1"), (7, "7")])
def test_numbers_are_written_plainly(value, written):
    with gr.Blocks():
        number = gr.Number(0, label="N")
    assert address("x", {"n": number}, {"n": value})[0] == f"?view=x&n={written}"
    assert accepted(number, written) == value
