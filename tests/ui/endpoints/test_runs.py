"""``caption`` and ``step``: the runs of a session, in answers and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fuse_core.common.limits import Limits
from fuse_core.common.pictures import open_picture
from fuse_core.search.presets import load_preset
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from ui.kit.uploads import EXAMPLES

CAT = {"path": str(EXAMPLES / "cat.jpg")}
FEW = {"steps": 2, "beams": 2, "candidates": 6}


@pytest.fixture(scope="module")
def sent(answers) -> list[Any]:
    """All that a call of ``caption`` sends."""
    return answers("caption", picture=CAT, settings=FEW)


def test_caption_is_the_run_of_a_session_step_by_step(sent):
    *sent, (answer, file) = sent
    config = load_preset("paper-caption").changed(**FEW)
    session = Session.start(tiny_models.shared_library(), config, open_picture(EXAMPLES / "cat.jpg"))
    leaders = [step.beams[0].text.strip() for step in session.run()]
    assert [part["text"] for part, _ in sent if "step" in part] == leaders
    assert all(nothing is None for _, nothing in sent)
    assert answer["caption"] == session.caption
    assert answer["config"] == config.as_dict()
    assert file["orig_name"] == "run.json"


def test_step_goes_on_where_the_run_stands(answers, sent):
    _, short = answers("caption", picture=CAT, settings={**FEW, "steps": 1})[-1]
    whole, _ = sent[-1]
    more, _ = answers("step", run=short, steps=5, settings={"steps": 2})[-1]
    texts = [[step["text"] for step in answer["steps"]] for answer in (whole, more)]
    assert texts[0] == texts[1]


def test_a_run_needs_no_picture_where_no_term_looks_at_one(answers):
    answer, _ = answers("caption", settings={**FEW, "target": "none", "further": []})[-1]
    assert len(answer["steps"]) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "There is no picture."),
        ({"picture": {"path": "/etc/hostname"}}, "This file was not uploaded"),
        ({"picture": {"url": "somewhere"}}, "'picture' cannot be"),
        ({"picture": "cat.jpg"}, "'picture' cannot be 'cat.jpg'"),
        ({"picture": CAT, "preset": "mine"}, "There is no preset 'mine'"),
        ({"picture": CAT, "settings": {"speed": 1}}, "'speed'"),
        ({"picture": CAT, "settings": {"steps": "many"}}, "'steps'"),
        ({"picture": CAT, "settings": {"steps": 17}}, "'steps' would be 17; 16 is the most here"),
        ({"picture": CAT, "settings": FEW, "more_pictures": [CAT, CAT]}, "The number of pictures would be 3; 2 is"),
        ({"picture": CAT, "settings": {**FEW, "target": "none"}}, "No term of these settings looks at a picture"),
        ({"picture": CAT, "settings": {**FEW, "source": "nobody"}}, "There is no model 'nobody'"),
        ({"picture": CAT, "sentiment": "angry"}, "'sentiment' cannot be 'angry'"),
    ],
)
def test_what_cannot_be_captioned_is_told_in_a_sentence(answers, given: dict[str, Any], sentence):
    with pytest.raises(gr.Error) as refused:
        answers("caption", Limits(steps=16, pictures=2), **given)
    assert sentence in refused.value.message


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "All 2 steps are taken."),
        ({"steps": 0}, "'steps' must be 1 or more"),
        ({"settings": {"steps": 9}}, "'steps' would be 9; 8 is the most here"),
        (
            {"settings": {"steps": 3, "target": "minilm-word-sentiment"}},
            "Models, prefix, suffix or weights have changed",
        ),
        ({"settings": {"steps": 3, "weight": 3}}, "weight"),
        ({"run": CAT}, "The run is not UTF-8 text"),
    ],
)
def test_what_cannot_be_gone_on_with_is_told_in_a_sentence(answers, sent, given: dict[str, Any], sentence):
    _, run = sent[-1]
    before = Path(run["path"]).read_text("utf-8")
    with pytest.raises(gr.Error) as refused:
        answers("step", Limits(steps=8), **{"run": run, **given})
    assert sentence in refused.value.message
    assert Path(run["path"]).read_text("utf-8") == before
