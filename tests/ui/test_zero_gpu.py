"""Steps that a lent GPU takes, with a stand-in for the host's package: a forked process, and pickles either way."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import settings_for
from ui import zero_gpu

PICTURE = tiny_models.picture()


def stand_in(told: list[float]) -> Callable[..., Any]:
    """As ``spaces.GPU``: the task runs in a copy of this process, which arguments and results reach as pickles."""

    def gpu(task: Callable[..., Any], *, duration: Callable[..., float]) -> Callable[..., Any]:
        context = multiprocessing.get_context("fork")

        def marked(*given: Any) -> Any:
            told.append(duration(*given))
            sent, (ours, theirs) = pickle.dumps(given), context.Pipe()
            worker = context.Process(target=lambda: theirs.send_bytes(pickle.dumps(task(*pickle.loads(sent)))))
            worker.start()
            assert ours.poll(60), "the worker does not answer"
            answer = pickle.loads(ours.recv_bytes())
            worker.join()
            return answer

        return marked

    return gpu


@pytest.fixture
def told() -> list[float]:
    """The seconds that the host was told of, step by step."""
    return []


@pytest.fixture
def library(told) -> Library:
    """Of the page, whose own models take no step."""
    library = tiny_models.library()
    library.elsewhere = zero_gpu.steps_elsewhere(stand_in(told), tiny_models.shared_library)
    return library


def untimed(session: Session) -> list:
    return [replace(step, seconds=0.0) for step in session.steps]


@pytest.mark.parametrize("method", ["autodan", "gcg", "pez", "random"])
def test_a_run_is_what_it_is_without(library, told, method):
    config = settings_for(method=method, length=4, candidates=6, beams=2, steps=2)
    runs = [Session.start(where, config, PICTURE) for where in (library, tiny_models.shared_library())]
    for run in runs:
        list(run.run())
    assert untimed(runs[0]) == untimed(runs[1])
    assert len(told) == 2
    assert runs[0].problem.objective.language.n_forward_passes <= 1  # the start's


def test_a_saved_run_is_gone_on_with(library, told):
    config = settings_for(candidates=6, steps=2)
    run = Session.start(tiny_models.shared_library(), config, PICTURE)
    run.step()
    again = Session.from_json(run.to_json(), library)
    assert replace(again.step(), seconds=0.0) == replace(run.step(), seconds=0.0)
    assert len(told) == 1


def test_what_cannot_be_done_is_told_in_its_sentence(library, told):
    def nothing_there() -> Library:
        raise UserError("There is no model.", "Fetch it.")

    library.elsewhere = zero_gpu.steps_elsewhere(stand_in(told), nothing_there)
    with pytest.raises(UserError) as refused:
        Session.start(library, settings_for(), PICTURE).step()
    assert (refused.value.problem, refused.value.remedy) == ("There is no model.", "Fetch it.")


def test_more_work_is_more_time():
    small, large = (settings_for(candidates=count, beams=4).as_dict() for count in (8, 4096))
    asked = [zero_gpu.seconds(config, *[None] * 3) for config in (small, large)]  # type: ignore[arg-type]
    assert zero_gpu.LOADING < asked[0] < asked[1]


def test_the_page_computes_on_the_processor_and_the_host_is_asked_before(monkeypatch):
    marked: list[Callable] = []
    gpu = lambda task, duration: marked.append(task) or task  # noqa: E731
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))  # type: ignore[arg-type]
    library = zero_gpu.zero_gpu_library(None)
    assert str(library.device) == "cpu"
    assert len(marked) == 1
    assert library.elsewhere is not None


@pytest.mark.parametrize(("cuda", "built"), [(None, "processors alone"), ("11.8", "CUDA 11.8")])
def test_a_torch_that_the_host_lends_no_gpu_to_is_refused_at_the_start(cuda, built):
    with pytest.raises(
        UserError, match=f"PyTorch 2.8.0 is built for {built}; ZeroGPU lends GPUs to builds for CUDA 12"
    ):
        zero_gpu.check_torch("2.8.0", cuda)


@pytest.mark.parametrize(("version", "warned"), [("2.8.0+cu128", False), ("2.5.1", False), ("2.13.0+cu130", True)])
def test_a_torch_newer_than_the_hosts_list_is_told_in_the_log(version, warned, caplog):
    zero_gpu.check_torch(version, "12.8")
    assert ("newer than 2.8.0" in caplog.text) is warned
