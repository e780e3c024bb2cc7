"""What a visitor has put into a settings field, as the configuration takes it."""

from __future__ import annotations

import re
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.options import Option


def entered(option: Option, value: Any) -> Any:
    """What a visitor has put into a component, as the configuration takes it.

    Raises
    ------
    UserError
        When the component is empty and that means nothing, or holds no number where one is wanted.
    """
    if option.kind == "words":
        return [word for word in re.split(r"[,\s]+", value or "") if word]
    if option.kind == "text" and not option.role:
        return value or ""
    if value is None or value == "":
        if option.optional:
            return None
        raise UserError(f"'{option.label}' is empty.", "Fill it in, or choose the preset again.")
    if option.kind in ("whole", "number") and isinstance(value, str):
        value = _number(option, value)
    if option.kind == "whole" and float(value).is_integer():
        return int(value)
    return value


def _number(option: Option, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UserError(f"'{option.label}' must be {option.may_be}, got '{text}'.", "Or leave it empty.") from error
