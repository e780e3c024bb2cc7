"""How handlers are attached."""

from __future__ import annotations

from typing import Any

# Handlers belong to the page: no public API of their own, and progress is shown in our own words.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]
