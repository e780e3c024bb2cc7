"""Adjectives, told by the forms that English has of them: happy by happily, ugly by uglier and ugliest."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def adjectives(words: Iterable[str], known: Collection[str]) -> list[str]:
    """Those of the words that have an adverb in -ly, or both comparative and superlative, in their order.

    A few nouns pass for one, such as "friend" by "friendly".

    Parameters
    ----------
    words : iterable of str
        Lower-case.
    known : collection of str
        English words, rare ones, too: "delightfully" is among the first 70,000.
    """
    listed = set(known)
    return [
        word for word in words if _has(word, "ly", listed) or (_has(word, "er", listed) and _has(word, "est", listed))
    ]


def _has(word: str, ending: str, listed: set[str]) -> bool:
    return not _forms(word, ending).isdisjoint(listed)


def _forms(word: str, ending: str) -> set[str]:
    """How a word may be spelt with an ending."""
    stem = word[:-1] + "i" if word.endswith("y") else word
    if ending == "ly":
        if word.endswith("le"):
            return {word[:-1] + "y"}
        return {word + "ally", word + "ly"} if word.endswith("ic") else {stem + "ly"}
    return {stem[:-1] + ending} if stem.endswith("e") else {stem + ending, stem + stem[-1] + ending}
