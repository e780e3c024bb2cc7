"""The settings of the methods side by side: which there are, whose they are, and their names in earlier files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.options import Option, options_of
from fuse_core.search.methods.registry import METHODS

# Version 1 wrote the settings of every method side by side, whichever method the run had.
VERSION_1 = frozenset({"start", "length", "top_k", "rate", "moves", "ball", "radius"})


def own_options(method: str) -> dict[str, Option]:
    """The fields that a method has besides those of all."""
    return options_of(METHODS[method].settings)


def method_options() -> dict[str, Option]:
    """The fields of all methods. One that several have is the same to them, but for choices: here are those of all."""
    found: dict[str, Option] = {}
    for method in METHODS:
        for name, option in own_options(method).items():
            first = found.setdefault(name, option)
            if more := tuple(choice for choice in option.choices if choice not in first.choices):
                found[name] = replace(first, choice=first.choices + more)
    return found


def methods_with(field: str) -> list[str]:
    """The methods that have a field."""
    return [method for method in METHODS if field in own_options(method)]


def current_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under today's names.

    Of what version 1 wrote, the fields of other methods than the run's are left out: nobody gave them.

    Raises
    ------
    UserError
        When a field is given by two of its names.
    """
    names = {old: option.name for option in method_options().values() for old in option.earlier}
    found: dict[str, Any] = {}
    for given, value in values.items():
        name = names.get(given, given)
        if name in found:
            raise UserError(
                f"'{name}' is given twice, the second time as '{given}'.", "Leave one of them out.", (name, given)
            )
        found[name] = value
    method = found.get("method")
    if values.keys() >= VERSION_1 and isinstance(method, str) and method in METHODS:
        others = method_options().keys() - own_options(method).keys()
        found = {name: value for name, value in found.items() if name not in others}
    return found
