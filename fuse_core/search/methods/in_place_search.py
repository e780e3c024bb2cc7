"""What the methods that change a prompt in place have in common: how candidates are judged and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fuse_core.search.methods.pinned_proposals import pinned_replacements
from fuse_core.search.methods.prompt_scores import score_prompts
from fuse_core.search.methods.proposal import exact_prompts
from fuse_core.search.pinned import missing
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Candidate, Step


@dataclass(frozen=True)
class Change:
    """A prompt that differs from its parent, before it is judged.

    Attributes
    ----------
    parent : int
        Index of the beam it comes from.
    ids : tuple of int
    changed : str
        What was put in, for people.
    token_id : int
        The token put in; the first one where there are several.
    score : float
        What the gradient promised; 0 without one.
    """

    parent: int
    ids: tuple[int, ...]
    changed: str
    token_id: int
    score: float = 0.0


Judged = tuple[list[Change], list[Beam]]  # what was judged and what it came to, in one order


def judge_all(problem: Problem, beams: Sequence[Beam], changes: Sequence[Change]) -> Judged:
    """Every change of beams with its new beam. One batched evaluation by every model."""
    rows = [change.ids for change in changes]
    texts = problem.objective.language.model.tokenizer.decode_continuations(rows)
    parents = [beams[change.parent].ids for change in changes]
    return list(changes), score_prompts(problem, rows, texts, parents)


def in_place_step(
    problem: Problem,
    beams: Sequence[Beam],
    index: int,
    changes: Callable[[], Sequence[Change]],
    memory: Callable[[], Mapping[str, Any]] = dict,
    judge: Callable[[Problem, Sequence[Beam], Sequence[Change]], Judged] = judge_all,
    room: int | None = None,
    judged_before: frozenset[str] = frozenset(),
) -> Step:
    """Score changed prompts by their true objective and keep the best of them and of the old ones.

    Keeping the old ones is what makes every method here descend: GCG as published may go up. Where no old one holds
    the pinned words, nor any changed one, those words are put in at every place, and no old one is kept.

    Parameters
    ----------
    beams : sequence of Beam
        The old prompts.
    changes : callable
        Makes the changed prompts; called inside the step's time and cost account.
    memory : callable
        Fields of the step that the next one goes on from; called after ``changes``.
    judge : callable
        Chooses which of the usable changes are judged, and judges them.
    room : int, optional
        Prompts kept; as many as there are beams unless given. 0: so many, and no old one where there is a new one.
    judged_before : frozenset of str
        Prompts that are not to be judged.
    """
    started, known = time.perf_counter(), {beam.text for beam in beams} | judged_before
    passes_before = problem.objective.language.n_forward_passes
    fresh = usable(problem, known, changes())
    held = any(not missing(beam.text, problem.config.pinned) for beam in beams)
    pinning = not fresh and not held
    if pinning:
        fresh = usable(problem, known, _with_pinned(problem, beams))
    fresh, judged = judge(problem, beams, fresh)
    old = () if judged and (not held or room == 0) else beams
    pool = {beam.text: beam for beam in old} | {beam.text: beam for beam in judged}
    kept = sorted(pool.values(), key=_order)[: room or problem.config.width]
    leading = {beam.text for beam in kept}
    ranked = sorted(zip(judged, fresh, strict=True), key=lambda pair: _order(pair[0]))
    candidates = tuple(_candidate(beam, change, beam.text in leading) for beam, change in ranked)
    return Step(
        index=index,
        beams=tuple(kept),
        candidates=candidates,
        words=problem.word_strengths(kept[0].text),
        evaluations=len(judged),
        n_forward_passes=problem.objective.language.n_forward_passes - passes_before,
        seconds=time.perf_counter() - started,
        **({} if pinning else memory()),
    )


def _with_pinned(problem: Problem, beams: Sequence[Beam]) -> list[Change]:
    decode = problem.objective.language.model.tokenizer.decode_continuation
    return [
        Change(k, ids, decode(piece).strip(), piece[0])
        for k, beam in enumerate(beams)
        for ids, piece in pinned_replacements(problem, beam)
    ]


def usable(problem: Problem, known: Collection[str], changes: Sequence[Change]) -> list[Change]:
    """Distinct new prompts that fit every model and whose text is cut back into the same ids."""
    seen, kept = set(known), []
    for k, text in exact_prompts(problem, [change.ids for change in changes]):
        if text not in seen:
            seen.add(text)
            kept.append(changes[k])
    return kept


def allowed_at(problem: Problem, position: int) -> Tensor:
    """Tokens that may stand at a position, shape = (vocabulary,): the first one has to begin a word."""
    vocabulary = problem.vocabulary
    return vocabulary.allowed if position else vocabulary.allowed & vocabulary.starts_word


def _order(beam: Beam) -> tuple[float, str]:
    assert beam.objective is not None
    return beam.objective, beam.text


def _candidate(beam: Beam, change: Change, kept: bool) -> Candidate:
    assert beam.objective is not None
    assert beam.losses is not None
    return Candidate(
        text=beam.text,
        token=change.changed,
        token_id=change.token_id,
        parent=change.parent,
        objective=beam.objective,
        losses=beam.losses,
        log_prob=0.0,
        score=change.score,
        kept=kept,
    )
