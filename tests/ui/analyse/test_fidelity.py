"""The Fidelity view's handlers: the recorded run at any K and word, and measurements with tiny models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pandas as pd
import pytest
import torch

from fuse_core.analysis.fidelity_report import AUTO
from fuse_core.analysis.fidelity_run import MEAN, ContextSummary, FidelityRun
from fuse_core.analysis.other_adapters import OtherAdapters
from tests.fuse_core import tiny_models
from tests.fuse_core.dense import normal
from tests.ui.visitor import read_link
from ui.analyse.fidelity import handlers as module
from ui.analyse.fidelity.handlers import OWN, RECORDED, Components, FidelityHandlers, recorded
from ui.analyse.fidelity.view import results
from ui.kit.jobs import JobRunner

REQUEST = gr.Request(session_hash="a visit")
PAIR = (tiny_models.CONFIG.source, tiny_models.CONFIG.target)


@pytest.fixture(scope="module")
def components() -> Components:
    with gr.Blocks():
        return results(gr.HTML())


@pytest.fixture
def handlers(components: Components) -> FidelityHandlers:
    return FidelityHandlers(components, tiny_models.shared_library(), JobRunner())


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "picture.png"
    tiny_models.picture().save(path)
    return str(path)


def last(updates: Iterator[dict]) -> dict[Any, Any]:
    return list(updates)[-1]


def recall_column(update: dict, components: Components) -> list[str]:
    return update[components.summary].iloc[:, -1].tolist()


def test_the_recorded_run_follows_k(handlers: FidelityHandlers, components: Components):
    some, more = (handlers.show(None, AUTO, "fuse", k) for k in (100, 256))
    assert some[components.summary].columns[-1] == "best 16 in the top 100"
    assert recall_column(some, components) != recall_column(more, components)
    cuts = [update[components.scatter].layout.shapes[0].x0 for update in (some, more)]
    assert cuts[0] > cuts[1]
    assert "2,000 candidates each" in some[components.status]


def test_the_recorded_run_follows_the_linearisation_word(handlers: FidelityHandlers, components: Components):
    best, place, mean = (handlers.show(None, at, "fuse", 256) for at in (AUTO, " place", MEAN))
    assert "gradient at “place”" in place[components.status]
    assert "food, place, vehicle”" in mean[components.status]
    tables = [update[components.summary].to_csv() for update in (best, place, mean)]
    assert len(set(tables)) == 3
    dots = [tuple(update[components.scatter].data[0].x) for update in (best, place, mean)]
    assert len(set(dots)) == 3


def test_a_word_that_was_not_measured_leaves_the_best_one_on_show_with_a_sentence(
    handlers: FidelityHandlers, components: Components
):
    update = handlers.show(None, "spoon", "fuse", 256)
    assert "not taken at &#39;spoon&#39;: measure to take it there" in update[components.status]
    pd.testing.assert_frame_equal(
        update[components.summary], handlers.show(None, AUTO, "fuse", 256)[components.summary]
    )


def test_a_word_where_no_gradient_is_carried_is_shown_as_such(handlers: FidelityHandlers, components: Components):
    run = recorded()
    scores = run.drawn.predicted["fuse"].copy()
    scores[run.words.index(" place")] = np.nan
    drawn = replace(run.drawn, predicted=run.drawn.predicted | {"fuse": scores})
    known = ContextSummary.of("cat.jpg", drawn)
    update = handlers.show(replace(run, drawn=drawn, contexts=(known,)), " place", "fuse", 256)
    assert "Spearman: FUSE undefined" in update[components.status]
    assert update[components.summary].iloc[0, 1:].tolist() == ["undefined"] * 5
    assert "No bucket" in update[components.scatter].layout.annotations[0].text


def test_the_targets_own_gradient_is_not_called_as_the_papers_buckets_are(
    handlers: FidelityHandlers, components: Components
):
    update = handlers.show(None, AUTO, "target", 256)
    assert update[components.summary]["gradient"].tolist()[2:4] == [
        "FUSE, target buckets (the paper's)",
        "target's own gradient",
    ]
    assert list(update[components.spearman].data[0].y)[2:4] == ["FUSE, target<br>buckets", "target's<br>own"]
    assert list(update[components.candidates].columns)[4:6] == [
        "predicted gain, FUSE, target buckets",
        "predicted gain, target's own",
    ]


@pytest.mark.parametrize("k", [None, 15, 2000, 100.5])
def test_a_k_out_of_range_gets_a_sentence_and_changes_nothing(handlers, components, k):
    update = handlers.show(None, AUTO, "fuse", k)
    assert list(update) == [components.status]
    assert "K must be a whole number from 16 to 1,999" in update[components.status]


def test_the_recording_is_small():
    assert RECORDED.stat().st_size < 700_000
    assert len(recorded().contexts) == 24


def test_a_measurement_shows_progress_and_answers_at_a_word_of_ones_own(handlers, components, picture):
    handler = handlers.one(REQUEST, *PAIR, OWN, picture, "a small", 300, [], "spoon", "target", 20)
    *progress, shown = list(handler)
    assert any("scoring 300 candidates" in update[components.status] for update in progress)
    run = shown[components.measured]
    assert isinstance(run, FidelityRun)
    assert run.candidates == 300
    assert "gradient at “spoon”" in shown[components.status]
    assert "±" not in shown[components.status]
    assert shown[components.spearman].data[0].error_x.array is None  # Plotly would write "± 0.000"
    assert shown[components.summary].columns[-1] == "best 16 in the top 20"
    again = handlers.show(run, MEAN, "fuse", 50)
    assert again[components.summary].columns[-1] == "best 16 in the top 50"
    assert "your picture, context “a small”" in again[components.status]


def test_every_picture_is_measured_in_every_context(handlers, components, picture, monkeypatch):
    monkeypatch.setattr(module, "EXAMPLES", [Path(picture)])
    shown = last(handlers.every(REQUEST, *PAIR, 300, [], AUTO, "fuse", 256))
    assert shown[components.contexts]["context"].tolist() == ["(empty)", "a", "a photograph of the", "a person with a"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"candidates": 10}, "number of candidates must be a whole number from 300 to 10,000"),
        ({"candidates": 400.5}, "number of candidates must be a whole number from 300 to 10,000"),
        ({"within": 300}, "K must be a whole number from 16 to 299"),
        ({"at": "two words"}, "must be one word"),
        ({"at": "antidisestablishmentarianism"}, "No gradient is carried at"),
        ({"context": "a" * 1_000_000}, "has 1,000,000 characters"),
        ({"path": None}, "There is no picture yet"),
        ({"source": "gpt2-tokenizer"}, "gpt2-tokenizer"),
        ({"adapters": ["magic"]}, "got &#39;magic&#39;"),
    ],
)
def test_wrong_settings_get_a_sentence_and_change_nothing(handlers, components, picture, change, sentence):
    settings = {
        "source": PAIR[0],
        "target": PAIR[1],
        "picture": OWN,
        "path": picture,
        "context": "a",
        "candidates": 300,
        "adapters": [],
        "at": AUTO,
        "name": "fuse",
        "within": 50,
    }
    update = last(handlers.one(REQUEST, *(settings | change).values()))
    assert list(update) == [components.status]
    assert sentence in update[components.status]


def test_cancelling_leaves_what_is_shown(handlers, components, picture):
    updates = handlers.one(REQUEST, *PAIR, OWN, picture, "a", 300, [], AUTO, "fuse", 50)
    next(updates)
    handlers.runner.cancel(module.JOB)(REQUEST)
    update = last(updates)
    assert list(update) == [components.status]
    assert "Cancelled" in update[components.status]


def test_a_word_of_ones_own_comes_back_from_a_link(page: gr.Blocks):
    restored = read_link(page, "?view=fidelity&at=spoon&k=100&source=nobody")
    by_label = {component.label: value for component, value in restored.items()}
    assert by_label["Linearisation word"] == "spoon"
    assert by_label["K"] == 100
    assert by_label["Source model (i)"] == "nobody"  # as one types it: what cannot be had is said when it is used


def test_other_adapters_stand_beside_in_tables_and_figures(handlers, components, picture, monkeypatch):
    places = normal(300, 16, seed=3, dtype=torch.float32)
    monkeypatch.setattr(OtherAdapters, "places", lambda self, ids, progress: dict.fromkeys(self.kinds, places))
    shown = last(handlers.one(REQUEST, *PAIR, OWN, picture, "a", 300, ["fvt", "procrustes"], AUTO, "fvt", 50))
    labels = ["other adapter: Procrustes", "other adapter: FVT"]
    assert shown[components.summary]["gradient"].tolist()[4:6] == labels
    assert list(shown[components.spearman].data[0].y)[4:6] == ["Procrustes", "FVT"]
    assert "predicted gain, FVT" in shown[components.candidates]
    assert "Spearman, FVT" in shown[components.contexts]
    assert len(shown[components.scatter].data[0].x) == 300 - 16
    again = handlers.show(shown[components.measured], AUTO, "omp", 50)
    assert "This adapter was not measured" in again[components.scatter].layout.annotations[0].text


def test_other_adapters_come_back_from_a_link(page: gr.Blocks):
    for query, expected in (("fvt,procrustes", ["fvt", "procrustes"]), ("fvt,nothing", None)):
        by_label = {
            component.label: value for component, value in read_link(page, f"?adapters={query}&gradient=fvt").items()
        }
        found = by_label["Other adapters"]
        assert isinstance(found, dict) if expected is None else found == expected  # a dict: left as it is
        assert by_label["Gradient"] == "fvt"
