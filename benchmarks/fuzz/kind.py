"""What a kind of input is, and the registry of those there are: a file of ``kinds/`` each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy

from fuse_core.common.registry import Registry


@dataclass(frozen=True)
class Kind:
    """What strangers may hand over.

    Attributes
    ----------
    name, title : str
    order : int
    count : int
        Inputs that the whole harness tries.
    inputs : callable
        The strategy that draws them.
    reader : callable
        Loads what reading takes, and returns what reads an input: it may raise ``UserError``, and nothing else.
    """

    name: str
    title: str
    order: int
    count: int
    inputs: Callable[[], SearchStrategy[Any]] = field(repr=False)
    reader: Callable[[], Callable[[Any], object]] = field(repr=False)


KINDS: Registry[Kind] = Registry("benchmarks.fuzz.kinds", "KIND")
