"""What the image model sees, on the page: read when the part is opened."""

from __future__ import annotations

import gradio as gr

from fuse_core.analysis.picture_reading import PictureReading
from fuse_core.search.objective_config import NO_MODEL
from tests.fuse_core import tiny_models
from ui.kit.jobs import JobRunner
from ui.optimise import seen_picture
from ui.optimise.seen_picture import SeenPicture
from ui.optimise.visit_state import VisitState

REQUEST = gr.Request(session_hash="a visit")


def test_it_is_read_when_opened_by_the_model_of_the_settings(monkeypatch):
    asked = []

    def reading(library, key, picture, progress) -> PictureReading:
        asked.append(key)
        return PictureReading(key, (("wolf <b>", 0.12), ("ox", 0.1)), (("wolf", 0.31),))

    monkeypatch.setattr(seen_picture, "read_picture", reading)
    with gr.Blocks():
        seen = SeenPicture()
    seen.library, seen.runner = tiny_models.shared_library(), JobRunner()
    visit = VisitState((tiny_models.picture(),))

    def shown(opened: bool, target: str) -> str:
        *_, update = seen.see(REQUEST, visit, opened, target)
        return str(update[seen.status])

    shown(False, "minilm")
    assert "No picture is read" in shown(True, NO_MODEL)
    assert not asked
    html = shown(True, "minilm")
    assert asked == ["minilm"]
    assert "EfficientNet-Lite0" in html
    assert "wolf &lt;b&gt;" in html
    assert "12%" in html
    assert "Unsure." in html
    assert "wolf (0.31)" in html
