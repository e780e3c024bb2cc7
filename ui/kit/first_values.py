"""What the page shows as it opens, sent with it: no handler has to bring it, and the browser draws it once."""

from __future__ import annotations

from typing import Any

from gradio.blocks import Block
from gradio.components import Component

from ui.kit.guard import Update


def begin_with(update: Update) -> None:
    """Lay out components as an update of a handler would leave them; call it while the page is built."""
    for component, told in update.items():
        props: dict[str, Any] = dict(told.constructor_args) if isinstance(told, Block) else {"value": told}
        if isinstance(component, Component):
            # Gradio makes the browser's form of a value where a component is made.
            anew = type(component)(**{**component.constructor_args, **props, "render": False})
            props = {name: getattr(anew, name) for name in props}
        for name, value in props.items():
            setattr(component, name, value)
