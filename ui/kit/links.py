"""Settings of the views in the page's address, so that a link shows what its sender saw."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import gradio as gr

from fuse_core.common.errors import UserError
from ui.kit.guard import Update
from ui.kit.late import LatePage, Part
from ui.kit.link_values import Setting, accepted, asked, is_late
from ui.kit.messages import notice, told
from ui.kit.wiring import PRIVATE

HOME = "optimise"


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


# The address the page was opened with: by now, tabs and boxes may have written their first values to the bar.
OPENED = "() => window.fxOpened"


def wire(app: LatePage, settings: Mapping[str, Setting], views: Views) -> None:
    """Read view and settings from the address as the page and its parts open, and write them back as they change.

    Parameters
    ----------
    settings : mapping
        Name in the address -> component, each with a plain first value; only a value that differs from it is written.
    """
    by_part: dict[Part | None, dict[str, Setting]] = {None: {}}
    for name, component in settings.items():
        by_part.setdefault(app.part_of(component), {})[name] = component
    opened, at_once = gr.Textbox(visible=False), by_part.pop(None)

    def restore(search: str) -> Update:
        query = asked(search)
        found, refused = _read(query, settings)
        if query.get("view", HOME) not in views.paths:
            refused.insert(0, f"There is no view '{query['view'][:40]}'.")
        warn(refused)
        return {component: found[component] for component in at_once.values()}

    restored = app.load(restore, opened, [*at_once.values()], js=OPENED, **PRIVATE)
    # In the browser: were the tabs outputs, Gradio would walk through all that they hold at every later event.
    restored.then(None, None, None, js=f"() => fxShow({json.dumps(views.paths)})")
    for own in by_part.values():
        read = partial(_restored, own)
        app.load(read, opened, [*own.values()], js=OPENED, **PRIVATE)
    for name, component in settings.items():
        arguments = f"{json.dumps(name)}, value, {json.dumps(component.value)}"
        # A menu that is filled late changes by itself, and only a visitor's choice is worth an address.
        written = component.input if is_late(component) else component.change
        written(None, component, None, js=f"(value) => fxRemember({arguments})")
    holders = {name: holder for holder, tabs in views.inner.items() for name in (holder, *tabs)}
    tabs = views.outer | {name: tab for inside in views.inner.values() for name, tab in inside.items()}
    for name, tab in tabs.items():
        arguments = ", ".join(json.dumps(part) for part in (name, holders.get(name, ""), HOME))
        tab.select(None, None, None, js=f"() => fxView({arguments})")


def _restored(settings: Mapping[str, Setting], search: str) -> Update:
    """Those of a part that comes later; what of them is impossible was said when the page opened."""
    return _read(asked(search), settings)[0]


def _read(query: Mapping[str, str], settings: Mapping[str, Setting]) -> tuple[Update, list[str]]:
    """Each setting as the address has it, or left as it is, and what is impossible."""
    found, refused = {}, []
    for name, component in settings.items():
        try:
            found[component] = accepted(component, query[name]) if name in query else gr.skip()
        except UserError as error:
            found[component] = gr.skip()
            refused.append(told(error))
    return found, refused


def warn(refused: list[str]) -> None:
    """Say in one notice what of a link could not be done."""
    if refused:
        notice(f"This link asks for something that is not possible. {' '.join(refused)} The rest of it is done.")
