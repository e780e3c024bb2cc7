"""The components of the Optimise tab, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from ui.kit.copy_link import CopyLink
from ui.kit.uploads import FileButton, FilesInput, PictureInput
from ui.optimise.seen_picture import SeenPicture
from ui.optimise.settings import SettingsPanel


class Shown(NamedTuple):
    """What shows a visit; some of it can also be set by the visitor.

    Attributes
    ----------
    stored : Textbox
        What the browser is to keep over a reload, as JSON.
    earlier : BrowserState
        What the browser kept by an earlier version.
    still : HTML
        The curve as the page opens, until it can be drawn.
    """

    visit: gr.State
    stored: gr.Textbox
    earlier: gr.BrowserState
    status: gr.HTML
    pending: gr.Markdown
    picture: PictureInput
    more: gr.Gallery
    caption: gr.HTML
    timeline: gr.Slider
    latest: gr.Button
    branch: gr.Button
    switch: gr.Radio
    undo: gr.Button
    facts: gr.Markdown
    still: gr.HTML
    curve: gr.Plot
    beams: gr.Dataframe
    making: gr.Column
    comparison: gr.Column
    captions: gr.HTML
    curves: gr.Plot
    costs: gr.Dataframe
    below: gr.Column
    tree: gr.Plot
    shares: gr.Plot
    pull: gr.Plot
    candidates: gr.Dataframe
    finished: gr.Column
    front: gr.Plot
    finished_table: gr.Dataframe
    diff_first: gr.Dropdown
    diff_second: gr.Dropdown
    diff: gr.HTML


@dataclass(frozen=True)
class Controls:
    """What only takes a visitor's wishes, and what single handlers fill."""

    examples: gr.Gallery
    more_files: FilesInput
    step: gr.Button
    run: gr.Button
    pause: gr.Button
    back: gr.Button
    reset: gr.Button
    pressed: gr.Number
    curve_click: gr.Textbox
    tree_click: gr.Textbox
    prompt: gr.Textbox
    copy_caption: gr.Button
    use_prompt: gr.Button
    make_picture: gr.Button
    cancel_picture: gr.Button
    made: gr.Gallery
    save: gr.Button
    load: FileButton
    load_second: FileButton
    link: CopyLink
    export: gr.Button
    export_page: gr.Button
    kept: gr.Textbox
    open_kept: gr.Button
    keep_again: gr.Button
    replay: gr.Button
    cancel_replay: gr.Button
    file: gr.DownloadButton
    replayed: gr.Dataframe


@dataclass(frozen=True)
class Components:
    """The whole tab."""

    shown: Shown
    controls: Controls
    panel: SettingsPanel
    seen: SeenPicture

    @property
    def run_inputs(self) -> list[Component]:
        """What a handler takes that may start a run: the visit and the settings."""
        return [self.shown.visit, *self.panel.inputs]

    @property
    def press_inputs(self) -> list[Component]:
        """The same for a button that Pause ends, with when it was pressed (``ui.optimise.turn``)."""
        visit, base, *fields = self.run_inputs
        return [visit, base, self.controls.pressed, *fields]

    @property
    def turn_outputs(self) -> list[Any]:
        """The outputs of all handlers that follow one another (``ui.optimise.turn``), which do each other's work."""
        return [*self.shown, *self.panel.outputs, self.controls.prompt]
