"""What a chapter of the lesson is, and which there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuse_core.common.registry import Registry

if TYPE_CHECKING:
    from ui.learn.page import Page


@dataclass(frozen=True)
class Chapter:
    """One chapter, declared as ``CHAPTER`` in a module of ``ui.learn.chapters``.

    Attributes
    ----------
    name : str
        Of its texts; in links ``lesson-<name>``.
    order : int
        Its number.
    view : str
        Name of the view that shows the same in full.
    build : callable
        Lays the chapter's widget out inside its tab, between the idea and the question, and wires it.
    """

    name: str
    order: int
    view: str
    build: Callable[[Page], None]

    @property
    def link(self) -> str:
        """Name of its tab in links."""
        return f"lesson-{self.name}"


CHAPTERS: Registry[Chapter] = Registry("ui.learn.chapters", "CHAPTER")
