"""The example pictures every tab may offer."""

from __future__ import annotations

from fuse_core.common.errors import UserError
from ui.kit.texts import ASSETS

OWN = "your own picture"  # in a menu of the examples: what was uploaded
EXAMPLES = sorted((ASSETS / "images").glob("*.jpg"))


def example(name: str | None) -> str:
    """Where the example picture of that name, without its ending, is.

    Raises
    ------
    UserError
        When there is none: a program may send any name.
    """
    found = next((str(path) for path in EXAMPLES if path.stem == name), None)
    if found is None:
        names = ", ".join(path.stem for path in EXAMPLES)
        raise UserError("There is no example picture of that name.", f"Choose one of {names}.")
    return found
