"""Settings as they stand in an address, and read from one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from fuse_core.common.errors import UserError
from ui.kit.examples import OWN
from ui.kit.messages import told

LONGEST = 2_000  # characters of a setting that a link may carry
EARLIER = {("gradient", "native"): "target"}  # values of settings that had another name when a link was made
BUCKET = re.compile(r"[0-8],[1-8]|outside")  # of a menu whose choices are known only once its view is filled

Setting = gr.Textbox | gr.Dropdown | gr.Number | gr.Slider  # what a link can carry


def asked(search: str | None) -> dict[str, str]:
    """Name -> value in the search part of an address, under today's names."""
    query = parse_qsl((search or "").removeprefix("?"), keep_blank_values=True)
    return {name: EARLIER.get((name, value), value) for name, value in query}


def is_late(component: Setting) -> bool:
    """Whether a menu gets its choices only when its view is filled."""
    return isinstance(component, gr.Dropdown) and not component.choices


def accepted(component: Setting, value: str) -> Any:
    """A value from an address as the component takes it.

    Raises
    ------
    UserError
        When it takes no such value.
    """
    if len(value) > LONGEST:
        raise _refused(component, value, f"a link carries {LONGEST:,} characters at most")
    if isinstance(component, gr.Dropdown):
        if is_late(component):
            if not BUCKET.fullmatch(value):
                raise _refused(component, value, "it names no bucket")
            return gr.Dropdown([value], value=value)
        known = {str(choice): choice for _, choice in component.choices}
        if component.multiselect:
            parts = [part for part in value.split(",") if part]
            if others := [part for part in parts if part not in known]:
                raise _refused(component, others[0], "it is no choice here")
            return [known[part] for part in parts]
        if value in known:
            return known[value]
        if component.allow_custom_value and value:
            return value
        raise _refused(component, value, "it is no choice here")
    if isinstance(component, (gr.Number, gr.Slider)):
        return _number(component, value)
    return value


def _number(component: gr.Number | gr.Slider, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _refused(component, value, "it is no number")
    low, high = component.minimum, component.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise _refused(component, value, f"it goes from {low:g} to {high:g}")
    return number


def _refused(component: Setting, value: str, why: str) -> UserError:
    shown = value if len(value) <= 40 else value[:39] + "…"
    return UserError(f"'{component.label}' cannot be '{shown}': {why}.")


def address(view: str, settings: Mapping[str, Setting], values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The search part of an address that shows a view with these values, and what it leaves out.

    A value is left out that is the component's first, or that a page newly opened would not take: a visitor's own.
    """
    found, left_out = {"view": view}, []
    for name, component in settings.items():
        value, first = _written(values[name]), _written(component.value)
        if value is None or value == first:
            continue
        if value == OWN:
            left_out.append("The picture is your own")
            continue
        try:
            accepted(component, value)
        except UserError as error:
            left_out.append(told(error).rstrip("."))
        else:
            found[name] = value
    return f"?{urlencode(found)}", left_out


def _written(value: Any) -> str | None:
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.12g}"
    return None if value is None else str(value)
