"""What the page says of an error: settings by the labels of their fields."""

from __future__ import annotations

from fuse_core.common.errors import UserError
from fuse_core.search.field_labels import field_label


def told(error: UserError) -> str:
    """Problem and remedy in the page's words."""
    return error.told(lambda name: f"'{field_label(name)}'")
