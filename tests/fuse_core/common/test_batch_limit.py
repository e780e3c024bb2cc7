"""Batches as large as memory allows, and half as large when it runs out all the same."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter import normal_equations
from fuse_core.adapter.fit import FitOptions, fit_adapter
from fuse_core.adapter.slots import slots
from fuse_core.common import batch_limit
from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import synthetic_pair
from tests.fuse_core.memory import LittleMemory

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


@pytest.mark.parametrize(
    ("device", "free", "size"),
    [(CPU, 10**12, 100), (CPU, 400, 20), (CPU, 3, 1), (GPU, 10**12, 1600), (GPU, 4000, 200)],
)
def test_a_batch_takes_what_memory_allows_and_on_a_gpu_more(monkeypatch, device, free, size):
    monkeypatch.setattr(batch_limit, "free_memory", lambda name: free)
    assert BatchLimit(100, 10).size(device) == size


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.9 GB)."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 40000000000 bytes."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_the_size_is_halved_until_it_fits_and_kept(error):
    limit, tried = BatchLimit(100, 1), []

    def work(size: int) -> int:
        tried.append(size)
        if size > 30:
            raise error
        return size

    assert limit.attempt(CPU, 1000, work) == 25
    assert tried == [100, 50, 25]
    assert limit.attempt(CPU, 1000, work) == 25
    assert limit.attempt(CPU, 7, work) == 7
    assert tried[3:] == [25, 7]


def test_memory_for_nothing_at_all_is_one_sentence():
    def work(size: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(UserError, match=r"Memory ran out \(cpu\)\. Close other programs"):
        BatchLimit(8, 1).attempt(CPU, 8, work)


def test_other_errors_are_what_they_are():
    def work(size: int) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        BatchLimit(8, 1).attempt(CPU, 8, work)


def test_a_fit_that_runs_out_of_memory_finds_the_same_maps(monkeypatch):
    pair = synthetic_pair(words=40)
    expected = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(ridge=0.1))
    memory = LittleMemory(slots, room=20, size=lambda table, words, l: len(words))
    monkeypatch.setattr(normal_equations, "slots", memory)
    found = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(ridge=0.1))
    assert memory.refused
    for key, m in expected.maps.items():
        torch.testing.assert_close(found.maps[key], m)


def test_gradients_that_run_out_of_memory_are_the_same_in_parts(monkeypatch):
    model = tiny_models.clip()
    term = ImageTerm(model, model.encode_image(tiny_models.picture()))
    prompts = ["a cat", "two dogs on a mat", "rockets"]
    expected = term.gradients(prompts)
    memory = LittleMemory(model.encode_embeddings, room=1, size=len)
    monkeypatch.setattr(model, "encode_embeddings", memory)
    found = term.gradients(prompts)
    assert memory.refused == [3]
    for one, other in zip(found, expected, strict=True):
        assert one.loss == pytest.approx(other.loss, abs=1e-6)
        for g, h in zip(one.grads, other.grads, strict=True):
            torch.testing.assert_close(g, h, rtol=1e-4, atol=1e-6)
