"""Teaching text, kept in assets/texts apart from code."""

from __future__ import annotations

from functools import cache

from fuse_core.common.storage import assets_folder

ASSETS = assets_folder()
ANY_MODEL = "Or type a folder, or a hub's OWNER/NAME."


@cache
def text(name: str) -> str:
    """A file of assets/texts."""
    return (ASSETS / "texts" / name).read_text("utf-8")
