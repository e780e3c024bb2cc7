"""The Evidence tab: recorded results, results of one's own, and files that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from fuse_core.analysis.experiments.experiment import EXPERIMENTS
from fuse_core.analysis.experiments.record import RECORDED, read_record
from ui.evidence.handlers import Components, EvidenceHandlers, Place
from ui.evidence.tab import PLACES


@pytest.fixture
def tab() -> EvidenceHandlers:
    with gr.Blocks():
        places = tuple(Place(gr.Column(), gr.Markdown(), gr.Plot()) for _ in range(PLACES))
        texts = gr.Markdown(), gr.Markdown()
        return EvidenceHandlers(Components(gr.HTML(), *texts, places, gr.Dataframe(), gr.State(), gr.File()))


def visible(tab: EvidenceHandlers, update: dict[Any, Any]) -> list[bool]:
    return [update[place.column].visible for place in tab.components.places]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_recorded_result_is_shown_with_its_command_and_figures(tab, name):
    update, record = tab.recorded(name), read_record(RECORDED / f"{name}.json")
    experiment, parts = EXPERIMENTS[name], tab.components
    assert experiment.title in update[parts.asked]
    assert f"`{record['command']}`" in update[parts.made]
    assert experiment.says(record["rows"]) in update[parts.made]
    assert len(update[parts.rows]) == len(record["rows"])
    assert list(update[parts.rows].columns) == [column.title for column in experiment.columns]
    assert visible(tab, update) == [k < len(experiment.figures) for k in range(PLACES)]
    for place, figure in zip(parts.places, experiment.figures, strict=False):
        drawn = update[place.plot]
        assert drawn.label == f"{experiment.title} {figure.title}"  # what screen readers say
    assert "[None" not in update[parts.about].csv(update[parts.rows], name)


def test_a_result_of_ones_own_is_shown_and_named(tab):
    update = tab.opened(str(RECORDED / "storage.json"))
    assert "Your result, storage.json." in update[tab.status]
    assert EXPERIMENTS["storage"].title in update[tab.components.asked]
    assert tab.recorded("storage")[tab.components.file] is None  # put away


@pytest.mark.parametrize(("text", "sentence"), [("[]", "is no record of an experiment"), ("{", "is no JSON")])
def test_a_file_that_is_none_is_a_sentence_and_changes_nothing_else(tab, tmp_path, text, sentence):
    path: Path = tmp_path / "mine.json"
    path.write_text(text)
    update = tab.opened(str(path))
    assert sentence in update[tab.status]
    assert set(update) == {tab.status}
