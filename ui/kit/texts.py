"""Teaching text, kept in assets/texts apart from code."""

from __future__ import annotations

from functools import cache

from fuse_core.common.storage import assets_folder

ASSETS = assets_folder()


@cache
def text(name: str) -> str:
    """A file of assets/texts."""
    return (ASSETS / "texts" / name).read_text("utf-8")
