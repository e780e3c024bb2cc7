"""Counting real calls without changing what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from torch import nn

from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step


def record_calls(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[tuple[Any, ...]]:
    """Positional arguments of every call of ``owner.name`` from now on."""
    original: Callable = getattr(owner, name)
    calls: list[tuple[Any, ...]] = []

    def recorded(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, recorded)
    return calls


def record_forwards(network: nn.Module, request: pytest.FixtureRequest) -> list[int]:
    """Batch size of every forward pass of a network until the test ends."""
    sizes: list[int] = []

    def note(module, args, kwargs):
        inputs = [*args, *(kwargs[k] for k in ("input_ids", "inputs_embeds") if kwargs.get(k) is not None)]
        sizes.append(inputs[0].shape[0])

    handle = network.register_forward_pre_hook(note, with_kwargs=True)
    request.addfinalizer(handle.remove)
    return sizes


def check_second_step(
    problem: Problem, beams: Sequence[Beam], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Step:
    """Take step 2: one batched language-model forward, and each distinct candidate text encoded exactly once."""
    term = problem.objective.targets[0]
    forwards = record_forwards(problem.objective.language.model.network, request)
    encoded = record_calls(monkeypatch, term.model, "encode_ids")
    step = autodan_step(problem, beams, 2)
    assert forwards == [len(beams)]
    assert step.n_forward_passes == 1
    texts = [c.text for c in step.candidates]
    assert len(set(texts)) == len(texts) == step.evaluations
    scored = Counter(tuple(ids) for (batch,) in encoded for ids in batch)
    assert scored == Counter(map(tuple, term.tokenizer.encode_batch([term.text(text) for text in texts])))
    return step
