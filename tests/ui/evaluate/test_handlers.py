"""The Evaluate tab's button, called without a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fuse_core.analysis.captions import evaluation
from fuse_core.analysis.captions.metrics.metric import METRICS
from tests.fuse_core import tiny_models
from ui.evaluate.handlers import RECORDED, SEARCH, SET, Components, EvaluateHandlers
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders

REQUEST = gr.Request(session_hash="visit")
BUDGET = ("preset", 1, 1, 1)


@pytest.fixture
def tab(monkeypatch) -> EvaluateHandlers:
    """The tab on tiny models and two measures."""
    short = tiny_models.CONFIG.changed(steps=1)
    monkeypatch.setattr(evaluation, "METRICS", {name: METRICS[name] for name in ("BLEU", "CIDEr-D")})
    with gr.Blocks():
        buttons = (gr.DownloadButton(), gr.DownloadButton())
        components = Components(gr.HTML(), gr.Dataframe(), gr.HTML(), *buttons, gr.State())
    return EvaluateHandlers(
        components, tiny_models.shared_library(), JobRunner(), VisitFolders(), lambda *budget: short
    )


@pytest.fixture
def uploads(tmp_path) -> tuple[str, list[str]]:
    """A caption file and its pictures, one of them damaged."""
    images = [{"id": k, "file_name": f"{name}.png"} for k, name in enumerate("abc")]
    texts = enumerate(("a cat on a mat", "two <b>dogs</b>", "a rocket"))
    captions = tmp_path / "set.json"
    annotations = [{"image_id": k, "caption": text} for k, text in texts]
    captions.write_text(json.dumps({"images": images, "annotations": annotations}))
    files = [tmp_path / image["file_name"] for image in images]
    for seed, path in enumerate(files[:2]):
        tiny_models.picture(seed).save(path)
    files[2].write_bytes(b"no picture")
    return str(captions), [str(path) for path in files]


def outcome(tab: EvaluateHandlers, *arguments: Any) -> dict[str, Any]:
    shown: dict = {}
    for update in tab.run(REQUEST, *arguments, *BUDGET):
        shown |= update
    return {
        "status": str(shown[tab.status]),
        "rows": shown.get(tab.components.rows),
        "gallery": shown.get(tab.components.gallery, ""),
        "lines": shown.get(tab.components.lines),
    }


def test_captions_are_made_judged_and_compared_with_those_of_before(tab, uploads, tmp_path):
    captions, files = uploads
    first = outcome(tab, captions, files, SEARCH, None)
    assert "2 of the 3 pictures of set.json judged. 1 picture got no caption; &#39;c.png&#39;: " in first["status"]
    assert list(first["rows"]["measure"])[-1] == "CIDEr-D"
    assert first["gallery"].count("<img") == 2
    assert "&lt;b&gt;dogs" in first["gallery"]
    journal = Path(first["lines"].constructor_args["value"])
    assert len(journal.read_text().splitlines()) == 4
    kept = journal.rename(tmp_path / "before.jsonl")
    second = outcome(tab, captions, files, "retrieval", [str(kept)])
    assert {"retrieval", "theirs", "difference"} <= set(second["rows"].columns)
    assert set(second["rows"]["compared with"]) == {"before"}
    assert second["gallery"].count('<span class="fx-tag">before') == 2


@pytest.mark.parametrize(
    ("captions", "files", "sentence"),
    [
        (False, True, "There are pictures, but no captions of them."),
        (True, False, "The pictures of &#39;set.json&#39; are missing."),
        (True, "other", "None of the pictures is called as"),
    ],
)
def test_what_is_missing_is_said(tab, uploads, tmp_path, captions, files, sentence):
    other = tmp_path / "other.png"
    tiny_models.picture().save(other)
    given = {True: uploads[1], False: None, "other": [str(other)]}[files]
    assert sentence in outcome(tab, uploads[0] if captions else None, given, SEARCH, None)["status"]


def test_the_recorded_run_is_of_the_set_that_is_here(monkeypatch, tab):
    monkeypatch.undo()
    answer = json.loads(RECORDED.read_text("utf-8"))
    images = [image["file_name"] for image in json.loads((SET / "captions.json").read_text())["images"]]
    shown = [row["image"] for row in answer["results"]]
    assert shown == [image for image in images if image in shown]
    assert (len(shown), len(images)) == (answer["pictures"], answer["of"])
    update = tab.recorded()
    assert answer["created"] in update[tab.status]
    assert update[tab.components.gallery].count("<img") == len(shown)
    rows = update[tab.components.rows]
    assert set(rows["measure"]) == {*answer["metrics"]}
    assert set(rows["compared with"]) == {other["name"] for other in answer["against"]}


def test_what_the_word_filter_removed_is_counted(tab, uploads, half_listed):
    tab.read = lambda *budget: tiny_models.CONFIG.changed(steps=1, word_filter="on")
    status = outcome(tab, *uploads, SEARCH, None)["status"]
    assert f"The word filter removed {half_listed.removed:,} proposals." in status
