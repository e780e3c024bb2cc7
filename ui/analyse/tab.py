"""The Analyse tab: the views of one pair of models."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from fuse_core.library import Library
from ui.analyse import pair as pairs
from ui.analyse.registry import find_views
from ui.kit import export
from ui.kit.copy_link import CopyLink
from ui.kit.jobs import JobRunner
from ui.kit.late import LatePage, Part
from ui.kit.links import Setting
from ui.kit.texts import text


@dataclass(frozen=True)
class Analyse:
    """What the page needs of the tab: its views by name, and the settings that links carry."""

    tabs: dict[str, gr.Tab]
    settings: dict[str, Setting]


def build(app: LatePage, library: Library, runner: JobRunner) -> Analyse:
    """Lay the pair and the views out.

    Raises
    ------
    ValueError
        When two views give a link's setting the same name.
    """
    gr.Markdown(text("analyse.md"), elem_classes="fx-intro")
    pair = pairs.build()
    settings_of_pair: dict[str, Setting] = {"source": pair.source, "target": pair.target}
    settings, tabs = dict(settings_of_pair), {}
    with gr.Tabs(elem_id="analyse-views", overflow_behavior="wrap"):
        for view in find_views():
            with gr.Tab(view.title, id=view.name, elem_id=f"view-{view.name}") as tab, Part(app, tab) as part:
                tabs[view.name] = tab
                link = CopyLink(view.name)
                with export.collected() as exports:
                    found = view.build(part, library, pair, runner)
                held = {name: state for name, state in found.items() if isinstance(state, gr.State)}
                own = {name: setting for name, setting in found.items() if not isinstance(setting, gr.State)}
                shown = (settings_of_pair if view.of_pair else {}) | own
                exports.wire(*export.by_labels(shown, tuple(settings_of_pair) if view.of_pair else ()))
                link.wire(shown, held)
            if taken := settings.keys() & own.keys():
                raise ValueError(f"The view '{view.name}' names settings that are taken: {', '.join(sorted(taken))}.")
            settings |= own
    return Analyse(tabs, settings)
