"""What a view of the Analyse tab is, and how the tab finds its views: each module of this package may declare one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

import ui.analyse
from fuse_core.library import Library
from ui.analyse.pair import Pair
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting

Build = Callable[[Part, Library, Pair, JobRunner], dict[str, Setting | gr.State]]


@dataclass(frozen=True)
class AnalyseView:
    """One view, declared as ``VIEW`` in a module or package of ``ui.analyse``.

    Attributes
    ----------
    name : str
        In links, and in the tab's element id ``view-<name>``.
    title : str
        On its tab.
    order : float
        Views stand from the least to the greatest.
    build : callable
        Lays the view out inside its part and wires it; returns the settings that links carry, by name, and the states
        that none can carry, by what people call them.
    of_pair : bool
        Whether it shows the tab's pair of models.
    """

    name: str
    title: str
    order: float
    build: Build
    of_pair: bool = True


def find_views() -> list[AnalyseView]:
    """The views that the package's modules declare, in order; modules without ``VIEW`` are what views share.

    Raises
    ------
    ValueError
        When two views have the same name.
    """
    modules = [importlib.import_module(f"ui.analyse.{m.name}") for m in pkgutil.iter_modules(ui.analyse.__path__)]
    views = sorted((m.VIEW for m in modules if hasattr(m, "VIEW")), key=lambda view: view.order)
    if len({view.name for view in views}) < len(views):
        raise ValueError(f"Two views of the Analyse tab share a name: {', '.join(view.name for view in views)}.")
    return views
