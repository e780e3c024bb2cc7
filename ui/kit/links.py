"""Settings of the views in the page's address, so that a link shows what its sender saw."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from ui.kit.guard import Update
from ui.kit.wiring import PRIVATE

LONGEST = 2_000  # characters of a setting that a link may carry
HOME = "optimise"
EARLIER = {("gradient", "native"): "target"}  # values of settings that had another name when a link was made

Setting = gr.Textbox | gr.Dropdown | gr.Number | gr.Slider  # what a link can carry


@dataclass(frozen=True)
class Views:
    """The page's tabs, some of which hold views of their own.

    Attributes
    ----------
    outer : dict
        Name -> tab.
    inner : dict
        Name of an outer tab that holds views -> name of a view inside it -> its tab.
    """

    outer: dict[str, gr.Tab]
    inner: dict[str, dict[str, gr.Tab]]

    @property
    def paths(self) -> dict[str, list[str]]:
        """Name of a view -> the tabs to press, outermost first, to show it."""
        inside = {name: [holder, name] for holder, tabs in self.inner.items() for name in tabs}
        return {name: [name] for name in self.outer} | inside


def wire(app: gr.Blocks, settings: Mapping[str, Setting], views: Views) -> None:
    """Read view and settings from the address when the page opens, and write them back as they change.

    Parameters
    ----------
    settings : mapping
        Name in the address -> component, each with a plain first value; only a value that differs from it is written.
    """

    def restore(search: str) -> Update:
        query = parse_qsl(search.removeprefix("?"), keep_blank_values=True)
        asked = {name: EARLIER.get((name, value), value) for name, value in query}
        return {component: _accepted(component, asked.get(name)) for name, component in settings.items()}

    # The address the page was opened with: by now, tabs and boxes may have written their first values to the bar.
    opened = gr.Textbox(visible=False)
    restored = app.load(restore, opened, list(settings.values()), js="() => window.fxOpened", **PRIVATE)
    # In the browser: were the tabs outputs, Gradio would walk through all that they hold at every later event.
    restored.then(None, None, None, js=f"() => fxShow({json.dumps(views.paths)})")
    for name, component in settings.items():
        arguments = f"{json.dumps(name)}, value, {json.dumps(component.value)}"
        component.change(None, component, None, js=f"(value) => fxRemember({arguments})")
    holders = {name: holder for holder, tabs in views.inner.items() for name in (holder, *tabs)}
    tabs = views.outer | {name: tab for inside in views.inner.values() for name, tab in inside.items()}
    for name, tab in tabs.items():
        arguments = ", ".join(json.dumps(part) for part in (name, holders.get(name, ""), HOME))
        tab.select(None, None, None, js=f"() => fxView({arguments})")


def _accepted(component: Setting, value: str | None) -> Any:
    """A value from the address as the component takes it; what it would not take is ignored."""
    if value is None or len(value) > LONGEST:
        return gr.skip()
    if isinstance(component, gr.Dropdown):
        known = {str(choice): choice for _, choice in component.choices}
        if component.multiselect:
            return [known[part] for part in value.split(",") if part in known] or gr.skip()
        own = value if component.allow_custom_value and value else gr.skip()
        return known.get(value, own)
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
