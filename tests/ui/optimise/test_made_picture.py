"""The picture that a diffusion model makes of the caption: the handler, over a model that paints one colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from ui.kit.jobs import JobRunner
from ui.optimise import made_picture
from ui.optimise.made_picture import MadePictureHandlers
from ui.optimise.run import Run
from ui.optimise.view import VisitView
from ui.optimise.visit_state import VisitState, recorded_run

TERM = {"kind": "denoising", "model": "painter", "prefix": "painted: ", "suffix": "."}


class Painter:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def picture(self, text: str, seed: int, progress: Callable[[float], None]) -> Image.Image:
        self.asked.append((text, seed))
        progress(0.5)
        return Image.new("RGB", (8, 8), "red")


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def handlers(painter: Painter) -> MadePictureHandlers:
    library: Any = SimpleNamespace(device=SimpleNamespace(type="cuda"), diffusion=lambda key: painter)
    controls = SimpleNamespace(cancel_picture="cancel", made="made")
    components: Any = SimpleNamespace(shown=SimpleNamespace(status="status"), controls=controls)
    return MadePictureHandlers(components, library, JobRunner(), None)  # type: ignore[arg-type]


@pytest.fixture
def visit() -> VisitState:
    saved = recorded_run()
    config = saved.config.changed(seed=7, further=[TERM])
    return VisitState(saved.pictures, runs={"A": Run(None, "", replace(saved, config=config))})


def made(handlers: MadePictureHandlers, visit: VisitState) -> list[dict]:
    return list(handlers.make(gr.Request(session_hash="somebody"), visit))


def test_the_picture_of_the_caption_stands_beside_the_one_asked_for(handlers, painter, visit):
    updates = made(handlers, visit)
    text = f"painted: {visit.leading.text}."
    assert painter.asked == [(text, 7)]
    assert any(f"Making the picture of “{text}”" in str(update.get("status")) for update in updates)
    shown = updates[-1]["made"].constructor_args["value"]
    assert [about for _, about in shown] == ["asked for", f"made of “{text}”"]
    assert [picture.size for picture, _ in shown] == [visit.current_pictures[0].size, (8, 8)]


def test_the_button_is_there_for_runs_with_a_diffusion_model_alone(visit):
    class Names:
        def __getattr__(self, name: str) -> str:
            return name

    view = VisitView(Names())  # type: ignore[arg-type]
    without = VisitState(visit.pictures, runs={"A": Run(None, "", recorded_run())})
    shown = [view.text_on_show(one)["making"].visible for one in (visit, without, VisitState(visit.pictures))]
    assert shown == [True, False, False]


def test_on_a_processor_it_says_why_not(handlers, painter, visit):
    handlers.library.device.type = "cpu"
    (update,) = made(handlers, visit)
    assert "On a processor painter takes many minutes a picture. Start the app on a GPU." in update["status"]
    assert painter.asked == []


def test_without_a_caption_or_a_diffusion_model_there_is_nothing_to_make(handlers, visit):
    for other in (VisitState(visit.pictures), VisitState()):
        (update,) = made(handlers, other)
        assert "There is no caption of yours yet" in update["status"]


def test_cancelling_ends_it(handlers, painter, visit, monkeypatch):
    request = gr.Request(session_hash="somebody")

    def paint(text: str, seed: int, progress: Callable[[float], None]) -> Image.Image:
        handlers.runner.cancel(made_picture.JOB)(request)
        progress(0.5)
        raise AssertionError("it went on")

    monkeypatch.setattr(painter, "picture", paint)
    assert "Cancelled" in made(handlers, visit)[-1]["status"]
