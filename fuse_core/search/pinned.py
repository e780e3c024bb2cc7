"""Words that every prompt has to hold, and words that none may."""

from __future__ import annotations

from collections.abc import Collection


def bare(word: str) -> str:
    """A word as it is pinned or banned: lower case, without the marks around it."""
    return word.strip().lower().strip(".,;:!?'\"-")


def is_wanted(prompt: str, pinned: Collection[str], banned: Collection[str]) -> bool:
    """Whether a prompt holds all words that are pinned and none that is banned."""
    held = {bare(word) for word in prompt.split()}
    return held.issuperset(pinned) and held.isdisjoint(banned)
