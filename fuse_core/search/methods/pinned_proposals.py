"""Pinned words that no proposal holds: they are proposed themselves, so that a search with pins never ends for them.

Only where a method has found nothing else to try, so that runs whose proposals hold the pinned words stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations

from fuse_core.common.errors import UserError
from fuse_core.search.methods.proposal import Proposal, usable_continuations
from fuse_core.search.pinned import missing
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam

ORDERED = 3  # missing words up to which all their orders are tried: 6 prompts a beam


def pinned_continuations(problem: Problem, beams: Sequence[Beam]) -> list[Proposal]:
    """Every beam with the pinned words it lacks after it, in every order of up to three; texts are distinct.

    Their ``log_prob`` is 0, still to be replaced by the model's.
    """
    found: dict[str, Proposal] = {}
    for k, beam in enumerate(beams):
        pieces = list(_pieces(problem, beam))
        for n, ids, text in usable_continuations(problem, beam, pieces):
            found.setdefault(text, Proposal(k, pieces[n], ids, text, 0.0, 0.0, True))
    return list(found.values())


def pinned_replacements(problem: Problem, beam: Beam) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """A beam with the pinned words it lacks at every place, over as many of its tokens: (ids, tokens put in).

    Where they need more tokens than it has, the prompt is the words alone.
    """
    for piece in _pieces(problem, beam):
        for place in range(max(1, len(beam.ids) - len(piece) + 1)):
            yield (*beam.ids[:place], *piece, *beam.ids[place + len(piece) :]), piece


def nothing_to_append(problem: Problem, beams: Sequence[Beam]) -> UserError:
    """Why no proposal was left, pinned words included, and what to do."""
    lacking = missing(beams[0].text, problem.config.pinned)
    if not problem.passes(beams[0].text):
        return UserError("The prompt holds a word that the word filter removes.", "Go back a step, or turn it off.")
    if not lacking:
        return UserError(
            "No token can continue this prompt.",
            "Go back a step, raise the number of candidates, shorten the prefix, or ban fewer words.",
        )
    unread = [word for word in lacking if not _is_exact(problem, word)]
    if unread:
        return UserError(
            f"The pinned word '{unread[0]}' cannot be in a prompt: too long, vulgar, or not to be spelled.",
            "Pin another form of it, or take it off the list.",
        )
    return UserError(
        f"The pinned {_listed(lacking)} cannot follow this prompt.",
        "Go back a step, pin fewer words, allow repeats, or write a prompt of your own that holds them.",
    )


def _pieces(problem: Problem, beam: Beam) -> Iterator[tuple[int, ...]]:
    """The tokens of what a prompt lacks; nothing for one that holds all pinned words."""
    lacking = missing(beam.text, problem.config.pinned)
    orders = permutations(lacking) if len(lacking) <= ORDERED else [lacking]
    encode = problem.objective.language.model.tokenizer.encode_continuation
    for words in orders if lacking else ():
        yield tuple(encode("".join(f" {word}" for word in words)))


def _is_exact(problem: Problem, word: str) -> bool:
    """Whether a prompt of this word alone may be judged, whatever else is pinned."""
    alone = problem.config.changed(pinned=())
    ids = tuple(problem.objective.language.model.tokenizer.encode_continuation(f" {word}"))
    return any(usable_continuations(replace(problem, config=alone), Beam(), [ids]))


def _listed(words: Sequence[str]) -> str:
    named = ", ".join(f"'{word}'" for word in words)
    return f"word {named}" if len(words) == 1 else f"words {named}"
