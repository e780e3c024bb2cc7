"""Settings of the views in the page's address, so that a link shows what its sender saw."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from ui.wiring import PRIVATE

LONGEST = 2_000  # characters of a setting that a link may carry
HOME = "optimise"

Setting = gr.Textbox | gr.Dropdown | gr.Number | gr.Slider  # what a link can carry


@dataclass(frozen=True)
class Views:
    """The page's tabs: an outer group, one of whose tabs holds an inner group of views.

    Attributes
    ----------
    outer, inner : gr.Tabs
    holder : str
        Name of the outer tab that holds the inner group.
    tabs : dict
        Name of a view -> its tab, in either group.
    nested : frozenset of str
        Names of the views of the inner group.
    """

    outer: gr.Tabs
    inner: gr.Tabs
    holder: str
    tabs: dict[str, gr.Tab]
    nested: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        # Now, for Gradio sets a component's parent to None at its first event.
        nested = frozenset(name for name, tab in self.tabs.items() if tab.parent is self.inner)
        object.__setattr__(self, "nested", nested)

    def select(self, view: str) -> list:
        """Updates of both groups that show a view; none for an unknown name."""
        if view not in self.tabs:
            return [gr.skip(), gr.skip()]
        if view in self.nested:
            return [gr.Tabs(selected=self.holder), gr.Tabs(selected=view)]
        return [gr.Tabs(selected=view), gr.skip()]


def wire(app: gr.Blocks, settings: Mapping[str, Setting], views: Views) -> None:
    """Read view and settings from the address when the page opens, and write them back as they change.

    Parameters
    ----------
    settings : mapping
        Name in the address -> component, each with a plain first value; only a value that differs from it is written.
    """

    def restore(search: str) -> list:
        asked = dict(parse_qsl(search.removeprefix("?"), keep_blank_values=True))
        values = [_accepted(component, asked.get(name)) for name, component in settings.items()]
        return [*values, *views.select(asked.get("view", ""))]

    # The address the page was opened with: by now, tabs and boxes may have written their first values to the bar.
    opened = gr.Textbox(visible=False)
    outputs = [*settings.values(), views.outer, views.inner]
    app.load(restore, opened, outputs, js="() => window.fxOpened", **PRIVATE)
    for name, component in settings.items():
        arguments = f"{json.dumps(name)}, value, {json.dumps(component.value)}"
        component.change(None, component, None, js=f"(value) => fxRemember({arguments})")
    for name, tab in views.tabs.items():
        tab.select(
            None, None, None, js=f"() => fxView({json.dumps(name)}, {json.dumps(views.holder)}, {json.dumps(HOME)})"
        )


def _accepted(component: Setting, value: str | None) -> Any:
    """A value from the address as the component takes it; what it would not take is ignored."""
    if value is None or len(value) > LONGEST:
        return gr.skip()
    if isinstance(component, gr.Dropdown):
        known = {str(choice): choice for _, choice in component.choices}
        return known.get(value, gr.skip())
    if isinstance(component, (gr.Number, gr.Slider)):
        return _number(value, component.minimum, component.maximum)
    return value


def _number(value: str, low: float | None, high: float | None) -> Any:
    try:
        number = float(value)
    except ValueError:
        return gr.skip()
    inside = math.isfinite(number) and (low is None or number >= low) and (high is None or number <= high)
    return number if inside else gr.skip()
