"""What hosts that watch the program are told."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import psutil
import torch
from gradio.state_holder import StateHolder
from starlette.applications import Starlette
from starlette.testclient import TestClient

import fuse_core
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from ui import warm_up
from ui.health import Health
from ui.kit.jobs import JobRunner
from ui.warm_up import WarmUp


def asked(library: Library, runner: JobRunner, sentence: str = "") -> TestClient:
    with gr.Blocks() as page:
        pass
    page.state_holder = StateHolder()
    page.state_holder.set_blocks(page)
    assert page.state_holder["somebody"]
    return TestClient(Starlette(routes=Health(library, page, runner, lambda: sentence).routes))


def test_health_says_what_runs_and_nothing_of_visitors(tmp_path):
    library, runner = Library(tmp_path / "cache"), JobRunner()
    for key in ("gpt2-medium", str(tmp_path / "theirs")):  # the second as somebody who named a folder
        library.once(("causal-lm", key), object)
    library.once(("tokenizer", "smollm2"), object)  # without its model
    library.once(("adapter", "gpt2-medium", "minilm"), object)
    work = runner.run(gr.Request(session_hash="somebody"), "fit", lambda report: report(0.5, "a secret prompt"))
    next(work)
    answer = asked(library, runner).get("/healthz")
    work.close()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    facts = answer.json()
    used = facts["memory_bytes"].pop("used")
    assert abs(used - psutil.Process().memory_info().rss) < 2e8
    assert 0 < facts["memory_bytes"].pop("free") < psutil.virtual_memory().total
    assert facts["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert facts["versions"]["fuse-explorer"] == fuse_core.__version__
    assert facts["tools"] is False
    assert {name: facts[name] for name in ("status", "ready", "loaded", "visits", "queue")} == {
        "status": "ok",
        "ready": True,
        "loaded": ["gpt2-medium"],
        "visits": 1,
        "queue": {"waiting": 0, "running": 1},
    }
    assert "(cpu)" in facts["device"]
    assert not any(word in answer.text for word in (str(tmp_path), "somebody", "secret", str(Path.home())))


def test_it_is_ready_once_the_first_step_would_not_wait(tmp_path):
    library = Library(tmp_path)
    not_yet = asked(library, JobRunner(), "The first models are being loaded.").get("/readyz")
    assert (not_yet.status_code, not_yet.json()) == (503, {"status": "The first models are being loaded."})
    ready = asked(library, JobRunner()).get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert asked(library, JobRunner()).post("/readyz").status_code == 405


class Models:
    """Stands in for a library; every question is kept."""

    device = torch.device("cpu")

    def __init__(self, wrong: Exception | None = None) -> None:
        self.wrong, self.asked = wrong, []

    def causal(self, key: str) -> None:
        self.asked.append(key)
        if self.wrong:
            raise self.wrong

    def image_text(self, key: str) -> None:
        self.asked.append(key)

    def adapter(self, source, target, options, report) -> None:
        report(0.5, "fit")


def warmed(monkeypatch, models: Models, stopped: bool = False) -> tuple[WarmUp, list[str]]:
    """A warm-up that has run, and what it said when the other adapter was asked for, which the first Step needs not."""
    said: list[str] = []
    found = WarmUp(models, "offline-caption")  # type: ignore[arg-type]
    monkeypatch.setattr(warm_up, "word_table", lambda library, key, report: report(0.5, "words"))
    monkeypatch.setattr(warm_up, "FittedPair", lambda *_: said.append(found.sentence))
    assert found.sentence == "The first models are being loaded."
    if stopped:
        found.stop()
    found.run()
    return found, said


def test_the_models_of_the_preset_are_loaded_and_then_it_is_ready(monkeypatch):
    models = Models()
    found, said = warmed(monkeypatch, models)
    assert sorted(models.asked) == ["minilm-centred", "smollm2"]
    assert (found.sentence, said) == ("", [""])


def test_what_cannot_be_loaded_or_was_stopped_is_never_ready(monkeypatch, caplog):
    for wrong in (UserError("No /such/folder."), MemoryError("out of it")):
        found, _ = warmed(monkeypatch, Models(wrong))
        assert found.sentence == "The first models could not be loaded. The log says why."
    assert "No /such/folder." in caplog.text
    found, said = warmed(monkeypatch, Models(), stopped=True)
    assert found.sentence
    assert said == []
