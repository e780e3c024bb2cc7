"""Counting real calls without changing what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch import nn


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
