"""A run in the page's address: its link, and what opening one does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from fuse_core.common.pictures import open_picture
from fuse_core.search.config import CaptionConfig
from ui.kit.examples import example
from ui.kit.guard import Update
from ui.kit.link_values import asked
from ui.kit.links import warn
from ui.optimise import link, settings
from ui.optimise.run_handlers import RunHandlers
from ui.optimise.turn import in_turn
from ui.optimise.visit_state import VisitState

# What was on show comes back: a reload shows what the browser keeps, not what the address once said.
OPENED = "(_, __, visit) => [window.fxOpened, performance.getEntriesByType('navigation')[0]?.type, visit]"


class LinkHandlers(RunHandlers):
    """Copy link, and the page's opening."""

    def link(self, visit: VisitState, base: CaptionConfig, *values) -> tuple[str, list[str]]:
        """The link to what is on show, and what it leaves out."""
        config = settings.read(base, *values)
        return link.written(visit, config, settings.preset_of(config) or self._default)

    @in_turn("The link")
    def open(self, request: gr.Request, search: str, how: str, visit: VisitState) -> Iterator[Update]:
        """What a link asks for: its picture and settings, and the run that they give, as far as it was taken.

        Parameters
        ----------
        search : str
            Of the address the page was opened with.
        how : str
            The page was opened: "navigate", "reload", "back_forward".
        """
        wanted = link.read(asked(search), self._default)
        if wanted is None or (visit.runs and how in ("reload", "back_forward")):
            return
        warn(list(wanted.refused))
        path = Path(example(wanted.picture)) if wanted.picture else None
        if path is not None or visit.runs:  # what the browser kept for this tab is left to Undo
            visit.begin("the link", (open_picture(path),) if path else None, path.name if path else "")
        filled = self.components.panel.filled(wanted.config)
        if wanted.taken:
            yield self.view.everything(visit, "Opening the link: its run is taken anew …") | filled
            session = yield from self.sessions.load_with_settings(request, visit, wanted.config)
            steps = (session.step() for _ in range(wanted.taken - session.position))
            yield from self.shown_as_taken(request, visit, session, steps, wanted.taken)
        if wanted.shown is not None:
            visit.show_step(wanted.shown)
        yield self.view.everything(visit) | filled

    @property
    def _default(self) -> str:
        return str(self.components.panel.preset.value)
