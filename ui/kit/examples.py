"""The example pictures every tab may offer."""

from __future__ import annotations

from ui.kit.texts import ASSETS

OWN = "your own picture"  # in a menu of the examples: what was uploaded
EXAMPLES = sorted((ASSETS / "images").glob("*.jpg"))


def example(name: str) -> str:
    """Where the example picture of that name, without its ending, is."""
    return next(str(path) for path in EXAMPLES if path.stem == name)
