"""Words that every prompt has to hold, and words that none may."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def bare(word: str) -> str:
    """A word as it is pinned or banned: lower case, without the marks around it."""
    return word.strip().lower().strip(".,;:!?'\"-")


def is_wanted(prompt: str, pinned: Collection[str], banned: Collection[str]) -> bool:
    """Whether a prompt holds all words that are pinned and none that is banned."""
    return not missing(prompt, pinned) and _held(prompt).isdisjoint(banned)


def missing(prompt: str, pinned: Iterable[str]) -> list[str]:
    """The pinned words that a prompt does not hold, in their order."""
    held = _held(prompt)
    return [word for word in pinned if word not in held]


def _held(prompt: str) -> set[str]:
    return {bare(word) for word in prompt.split()}
