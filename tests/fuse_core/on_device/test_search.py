"""Runs on a device: the same prompts and candidates as on the processor, and no tensor of the other one."""

from __future__ import annotations

import pytest

from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.session import Session
from fuse_core.tensor import precision
from tests.fuse_core import tiny_models
from tests.fuse_core.on_device.shadow_device import DEVICE, shadow_device

WITH_SENTIMENT = {"classifiers": ({"model": "roberta-sentiment", "label": "positive"},)}
RUNS = {
    "words and layers": ("autodan", {"unit": "both", "features": "layers", "ending": "free", **WITH_SENTIMENT}),
    "a loss of the last token": ("autodan", {"guidance": "target", "lm_loss": "kl_reference", "lm_text": " a cat"}),
    "a probe": ("autodan", {"budget": "probed", "unit": "word", "bucketing": "target"}),
    "chance": ("autodan", {"guidance": "random", "unit": "both"}),
    "gcg": ("gcg", {"guidance": "target", "lm_loss": "kl_prompt"}),
    "pez": ("pez", {}),
    "random": ("random", {"norm": "l2"}),
}


@pytest.fixture(scope="module")
def on_device() -> Library:
    """As ``shared_library``, on the device, but for its adapters: these serve a device with float64 and one without."""
    with shadow_device():
        return tiny_models.library(device=DEVICE)


def found(library: Library, config: CaptionConfig) -> Session:
    """A run that begins, and goes on from its file."""
    session = Session.start(library, config, tiny_models.picture())
    again = Session.from_json(session.to_json(), library)
    again.step()
    return again


def compare(run: Session, expected: Session) -> None:
    for step, on_processor in zip(run.steps, expected.steps, strict=True):
        assert [beam.text for beam in step.beams] == [beam.text for beam in on_processor.beams]
        assert [c.text for c in step.candidates] == [c.text for c in on_processor.candidates]
        for one, other in zip(step.candidates, on_processor.candidates, strict=True):
            assert one.objective == pytest.approx(other.objective, rel=1e-5)
            assert one.losses == pytest.approx(other.losses, rel=1e-5)
        assert [w.strength for w in step.words] == pytest.approx([w.strength for w in on_processor.words], rel=1e-4)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_that_of_the_processor(name, on_device):
    method, settings = RUNS[name]
    config = tiny_models.settings_for(method, **settings).changed(beams=2)
    with shadow_device():
        run = found(on_device, config)
    compare(run, found(tiny_models.shared_library(), config))


@pytest.mark.parametrize("name", ["words and layers", "gcg"])
def test_a_device_without_float64_needs_none(name, on_device, monkeypatch):
    method, settings = RUNS[name]
    config = tiny_models.settings_for(method, **settings).changed(beams=2)
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {DEVICE.type})
    with shadow_device(float64=False):
        run = found(on_device, config)
    compare(run, found(tiny_models.shared_library(), config))
