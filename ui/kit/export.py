"""Downloads beside a view: its table as CSV or LaTeX, its figure as PNG or SVG, each with its settings inside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import pandas as pd
from gradio.components import Component

from fuse_core.common.errors import UserError
from ui.kit.about import About
from ui.kit.figures import INK
from ui.kit.messages import notice, told
from ui.kit.wiring import PRIVATE

TABLES = {"csv": About.csv, "tex": About.latex}
LABELS = {"csv": "CSV", "tex": "LaTeX", "png": "PNG", "svg": "SVG"}


@dataclass
class Exports:
    """The rows of buttons that are laid out inside ``collected``, until they are told what they are about."""

    rows: list[tuple[str, gr.Dataframe | None, gr.Plot | None, dict[str, gr.Button], gr.Textbox]] = field(
        default_factory=list
    )

    def wire(self, inputs: list[Component], about: Callable[..., About]) -> None:
        """Wire the buttons; ``about`` takes the values of ``inputs`` and tells the settings of what is on show."""
        for name, table, plot, buttons, box in self.rows:
            for kind, button in buttons.items():
                if table is not None and kind in TABLES:
                    made = button.click(_table_file(name, kind, about), [table, *inputs], box, **PRIVATE)
                    made.success(None, box, None, js="(file) => fxFile(file)")
                elif plot is not None:
                    made = button.click(_figure_text(name, about), inputs, box, **PRIVATE)
                    arguments = ", ".join(json.dumps(part) for part in (plot.elem_id, kind, INK))
                    made.success(None, box, None, js=f"(about) => fxFigure(about, {arguments})")
        self.rows.clear()


_collecting: ContextVar[Exports | None] = ContextVar("exports", default=None)


@contextmanager
def collected() -> Iterator[Exports]:
    """While a view is laid out: its buttons, to be wired once its settings are there, as Gradio's blocks gather too.

    An inner scope keeps its own.
    """
    exports = Exports()
    token = _collecting.set(exports)
    try:
        yield exports
    finally:
        _collecting.reset(token)


def buttons(name: str, table: gr.Dataframe | None = None, plot: gr.Plot | None = None) -> None:
    """A row of small download buttons; outside a scope of ``collected`` they do nothing.

    Parameters
    ----------
    name : str
        What is saved, in the file's name; also begins the buttons' element ids: ``<name>-csv``, ``-tex``, ``-png``,
        ``-svg``.
    table : Dataframe, optional
        The data to save; saved as a whole, whatever search is set.
    plot : Plot, optional
        A Plotly figure with an ``elem_id``.
    """
    kinds = [*(TABLES if table is not None else ()), *(("png", "svg") if plot is not None else ())]
    with gr.Row(elem_classes="fx-buttons fx-export"):
        made = {kind: gr.Button(LABELS[kind], size="sm", elem_id=f"{name}-{kind}", min_width=60) for kind in kinds}
        box = gr.Textbox(visible=False)
    if (exports := _collecting.get()) is not None:
        exports.rows.append((name, table, plot, made, box))


def by_labels(settings: Mapping[str, Any], marks: tuple[str, ...] = ()) -> tuple[list[Component], Callable[..., About]]:
    """What ``wire`` takes for a view whose controls say what is on show.

    Parameters
    ----------
    settings : mapping
        Name -> component, told by its label.
    marks : tuple of str
        Names of the settings whose values stand in a file's name.
    """
    labels = [str(component.label) for component in settings.values()]

    def about(*values: object) -> About:
        named = dict(zip(settings, values, strict=True))
        return About(dict(zip(labels, values, strict=True)), [str(named[mark]) for mark in marks])

    return [*settings.values()], about


def of_state(state: gr.State, problem: str, remedy: str = "") -> tuple[list[Component], Callable[..., About]]:
    """What ``wire`` takes where handlers put what they show into a state; while it holds None, that is said."""

    def about(told: About | None) -> About:
        if told is None:
            raise UserError(problem, remedy)
        return told

    return [state], about


def file_of(name: str, text: str) -> str:
    """A file for the page's scripts to save; for ``fxFigure`` the name is without its ending, the text its settings."""
    return json.dumps({"name": name, "text": text})


def _table_file(name: str, kind: str, about: Callable[..., About]) -> Callable[..., str]:
    def made(table: pd.DataFrame, *values: object) -> str:
        told = about(*values)
        return file_of(f"{told.file_name(name)}.{kind}", TABLES[kind](told, table, name))

    return _warned(made)


def _figure_text(name: str, about: Callable[..., About]) -> Callable[..., str]:
    def made(*values: object) -> str:
        told = about(*values)
        return file_of(told.file_name(name), json.dumps(told.lines(name), ensure_ascii=False, default=str))

    return _warned(made)


def _warned(made: Callable[..., str]) -> Callable[..., str]:
    """Where there is nothing to save, a notice and no file."""

    def handler(*values: object) -> str:
        try:
            return made(*values)
        except UserError as error:
            notice(told(error))
            return ""

    return handler
