"""The button of a view that copies a link to what it shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from fuse_core.common.errors import UserError
from ui.kit.link_values import Setting, address
from ui.kit.messages import notice, told
from ui.kit.wiring import PRIVATE

Link = tuple[str, list[str]]  # the search part of an address, and what it leaves out
SAID = ("Copied.", "Press Ctrl+C, or ⌘C, to copy:")


class CopyLink:
    """Laid out where it is made, small and at the side; wired once the view's settings are there."""

    def __init__(self, view: str) -> None:
        self.view = view
        with gr.Row(elem_classes="fx-buttons fx-link", elem_id=f"{view}-link"):
            gr.HTML('<span role="status"></span>', padding=False, elem_classes="fx-link-said")
            self.button = gr.Button("Copy link", size="sm", scale=0, min_width=100, elem_id=f"{view}-copy-link")
            self._link, self._words = gr.Textbox(visible=False), gr.Textbox(visible=False)

    def wire(self, settings: Mapping[str, Setting], own: Mapping[str, Component] | None = None) -> None:
        """A link of settings, by their names in the address.

        Parameters
        ----------
        own : mapping, optional
            What no link can carry, told where it is there: "Your text" -> the component that holds it.
        """
        settings, others = dict(settings), own or {}  # a copy: whoever built the view may go on with theirs
        names = [*settings]

        def made(*values: Any) -> Link:
            link, left_out = address(self.view, settings, dict(zip(names, values[: len(names)], strict=True)))
            held = zip(others, values[len(names) :], strict=True)
            return link, [*left_out, *(what for what, value in held if value)]

        self.wire_to([*settings.values(), *others.values()], made)

    def wire_to(
        self,
        inputs: Sequence[Component],
        made: Callable[..., Link],
        said: Callable[..., tuple[str, str]] = lambda *_: SAID,
    ) -> None:
        """A link that ``made`` makes of the values of ``inputs``, as ``said`` makes what is said of it."""

        def handler(*values: Any) -> list[str]:
            try:
                link, left_out = made(*values)
            except UserError as error:
                notice(told(error))
                return ["", ""]
            note = f"Not in the link: {'; '.join(left_out)}." if left_out else ""
            return [link, json.dumps([*said(*values), note])]

        done = self.button.click(handler, [*inputs], [self._link, self._words], **PRIVATE)
        view = json.dumps(self.view)
        done.success(None, [self._link, self._words], None, js=f"(link, words) => fxCopyLink({view}, link, words)")
