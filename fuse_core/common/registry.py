"""Registries: what a package offers, one module an item, found by looking through its modules.

A new item is a new file; nothing lists them. Looking happens when a registry is first asked, not when it is imported,
so a module may ask a registry whose items import that module.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """An item: what it is called, and its place among the others (lower comes first)."""

    @property
    def name(self) -> str: ...

    @property
    def order(self) -> int: ...


Item = TypeVar("Item", bound=Named)


class Registry(Mapping[str, Item], Generic[Item]):
    """Items by name, in their order.

    Parameters
    ----------
    package : str
        Dotted name of the package whose modules are looked through.
    attribute : str
        Module-level name of an item, such as ``METHOD``; modules without it are helpers and passed over.
    """

    def __init__(self, package: str, attribute: str) -> None:
        self._package, self._attribute = package, attribute
        self._searched: tuple[str, ...] = ()
        self._items: dict[str, Item] = {}

    def _found(self) -> dict[str, Item]:
        """The items; folders added to the package's path since the last look are looked through as well."""
        package = importlib.import_module(self._package)
        folders = tuple(package.__path__)
        if folders != self._searched:
            names = [info.name for info in pkgutil.iter_modules(folders)]
            modules = [importlib.import_module(f"{self._package}.{name}") for name in names]
            items: list[Item] = [getattr(m, self._attribute) for m in modules if hasattr(m, self._attribute)]
            self._items = {item.name: item for item in sorted(items, key=lambda item: (item.order, item.name))}
            self._searched = folders
        return self._items

    def __getitem__(self, name: str) -> Item:
        return self._found()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())
