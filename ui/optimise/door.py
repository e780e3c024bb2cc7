"""How another tab opens something here: a kept run, or a picture with settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from fuse_core.search.config import CaptionConfig
from ui.kit.guard import Update
from ui.kit.wiring import PRIVATE
from ui.optimise.components import Components
from ui.optimise.file_handlers import FileHandlers
from ui.optimise.run_handlers import RunHandlers

SHOW = "() => fxGo('optimise', true)"


@dataclass(frozen=True)
class Door:
    """Wires what follows once a visitor has asked for something; the paths are of files of the visit's own."""

    components: Components
    files: FileHandlers
    runs: RunHandlers

    def open_run(self, asked: Dependency, path: gr.State) -> None:
        """A session file takes the visit over, as one that is loaded does."""
        shown = self.components.shown
        asked.then(None, None, None, js=SHOW)
        asked.then(self.files.load, [path, shown.visit], self._outputs, **PRIVATE, concurrency_id="optimise")

    def open_picture(self, asked: Dependency, path: gr.State, config: gr.State) -> None:
        """A picture is chosen, and the panel is filled with the settings."""
        shown = self.components.shown
        asked.then(None, None, None, js=SHOW)
        asked.then(self.runs.choose_picture, [path, shown.visit], self._outputs, **PRIVATE)
        asked.then(self._filled, config, self.components.panel.outputs, **PRIVATE)

    def _filled(self, config: CaptionConfig | None) -> Update:
        panel = self.components.panel
        return panel.filled(config) if config else {panel.preset: gr.skip()}

    @property
    def _outputs(self) -> list[Any]:
        return [*self.components.shown, *self.components.panel.outputs]
