"""What the page shows as it opens, sent with it: no handler has to bring it, and the browser draws it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from ui.kit.guard import Update


def begin_with(page: gr.Blocks, told: Callable[[], Update]) -> None:
    """Lay out components as an update of a handler would leave them; call it while the page is built."""
    own = set(page.blocks)
    update = told()
    for made in set(page.blocks) - own:  # for the update: it would stand on the page, too
        page.blocks[made].unrender()
    for component, change in update.items():
        props: dict[str, Any] = dict(change.constructor_args) if isinstance(change, Block) else {"value": change}
        if isinstance(component, Component):
            # Gradio makes the browser's form of a value where a component is made.
            anew = type(component)(**{**component.constructor_args, **props, "render": False})
            props = {name: getattr(anew, name) for name in props}
        for name, value in props.items():
            setattr(component, name, value)
