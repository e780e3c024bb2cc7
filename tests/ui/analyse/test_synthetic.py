"""The Synthetic truth view's handler, on a random table in the source's place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import torch

from fuse_core.library import Library
from ui.analyse.synthetic import handlers as module
from ui.analyse.synthetic.handlers import JOB, SOURCE, Components, SyntheticHandlers
from ui.analyse.synthetic.view import results
from ui.kit.jobs import JobRunner

REQUEST = gr.Request(session_hash="a visit")
SETTINGS: dict[str, Any] = {"noise": 0, "truth": "pair", "fit": "pair", "ridge": "0", "seed": 0, "part": "1-2-1-2"}


@pytest.fixture(scope="module")
def components() -> Components:
    with gr.Blocks():
        return results(gr.Dropdown(render=False))


@pytest.fixture(scope="module")
def handlers(components: Components, tmp_path_factory: pytest.TempPathFactory) -> SyntheticHandlers:
    library = Library(tmp_path_factory.mktemp("cache"))
    tokenizer = library.tokenizer("gpt2-tokenizer")
    table = torch.randn(tokenizer.vocab_size, 40, generator=torch.Generator().manual_seed(0))
    library.once(("causal-lm", SOURCE), lambda: SimpleNamespace(tokenizer=tokenizer, embedding_table=table))
    return SyntheticHandlers(components, library, JobRunner())


@pytest.fixture(autouse=True)
def few_noises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NOISES", (0.0, 0.1))


def show(handlers: SyntheticHandlers, **changes: Any) -> list[dict]:
    return list(handlers.show(*(SETTINGS | changes).values(), REQUEST))


def test_fits_show_progress_and_then_everything_changes_together(handlers, components):
    *progress, shown = show(handlers)
    assert any("Noise 0: fitting bucket" in update[components.status] for update in progress)
    assert all(list(update) == [components.status] for update in progress)
    assert set(shown) == set(vars(components).values())
    assert "noise 0. Relative errors: map" in shown[components.status]
    assert shown[components.table]["words"].sum() > 0


def test_a_fit_that_was_made_is_not_made_again(handlers, components, monkeypatch):
    show(handlers)
    monkeypatch.setattr(module, "sweep", None)
    shown = show(handlers, noise=0.1)[-1]
    assert "noise 0.1" in shown[components.status]


@pytest.mark.parametrize("seed", [None, -1, 10_000, 0.5])
def test_a_wrong_seed_gets_a_sentence(handlers, components, seed):
    (update,) = show(handlers, seed=seed)
    assert list(update) == [components.status]
    assert "The seed must be a whole number" in update[components.status]


def test_cancelling_changes_nothing_but_the_status(handlers, components):
    updates = handlers.show(*(SETTINGS | {"seed": 7}).values(), REQUEST)
    next(updates)
    handlers.runner.cancel(JOB)(REQUEST)
    *_, last = updates
    assert list(last) == [components.status]
    assert "Cancelled" in last[components.status]
