"""Teaching text, kept in assets/texts apart from code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@cache
def text(name: str) -> str:
    """A file of assets/texts."""
    return (ASSETS / "texts" / name).read_text("utf-8")
