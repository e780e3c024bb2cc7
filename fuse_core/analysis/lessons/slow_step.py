"""One step of AutoDAN (Zhu et al. 2023; guided by a carried gradient, FUSE, arXiv 2408.04816) taken apart.

What the language model proposes, what the gradient proposes, what both do together, and what the exact objective makes
of it; and a person's own word, which is scored beside them and kept if it is good enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.search.gradient_scores import standardise
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.methods.autodan_settings import AutoDANSettings
from fuse_core.search.methods.prompt_scores import score_prompts
from fuse_core.search.presets import load_preset
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam

SOURCE, TARGET, PICTURE, PRESET = "smollm2", "minilm", "cat", "offline-plain"
CANDIDATES = 24  # a prompt: no step is to take two seconds
SHOWN = 8  # of the whole vocabulary's best tokens, under each view
PROPOSERS = ("lm", "gradient", "together")
Slow = dict[str, Any]


def caption_setting(library: Library, picture: str, progress: Progress | None = None) -> Problem:
    """An example picture's problem, by the paper's method: single tokens, a fixed number of steps; set up once."""
    tokens = {"guidance": "fuse", "unit": "token", "ending": "fixed", "repeats": "allowed", "candidates": CANDIDATES}
    config = load_preset(PRESET).changed(source=SOURCE, target=TARGET, **tokens)
    path, key = assets_folder() / "images" / f"{picture}.jpg", ("lesson caption", SOURCE, TARGET, picture)
    report = library.relayed_progress(key, progress)
    return library.once(key, lambda: caption_problem(library, config, open_picture(path), report), progress)


def slow_step(problem: Problem, beams: Sequence[Beam], index: int) -> Slow:
    """Take a step, and say how it came about at the leading prompt.

    Parameters
    ----------
    beams : sequence of Beam
        The prompts before the step, best first.
    index : int
        Number of the step, from 1.

    Returns
    -------
    dict
        Plain values: ``before``, the leading prompt; for each of ``PROPOSERS`` its best tokens, each with ``log_prob``
        in nats, ``score`` in standard deviations and their weighted sum ``together``; ``scored``, every candidate of
        all prompts as ``[text, objective, kept]``; ``best``, the first of them with their losses; and ``beams``.

    Raises
    ------
    UserError
        When all steps are taken.

    Notes
    -----
    The step itself, one forward pass of the language model, and one forward and backward pass of the target more.
    """
    if index > problem.config.steps:
        raise UserError(f"All {problem.config.steps} steps are taken.", "Begin again, or go on in the full view.")
    language, vocabulary, weight = problem.objective.language, problem.vocabulary, _weight(problem)
    log_probs = language.read([beams[0].ids]).next_log_probs[0]
    scores = problem.scores([beams[0].text])
    assert scores is not None  # the guidance has a gradient
    words = vocabulary.allowed & vocabulary.starts_word
    z = standardise(scores, words)[0]
    orders = dict(zip(PROPOSERS, (log_probs, z, log_probs + weight * z), strict=True))

    def rows(order: torch.Tensor) -> list[dict[str, Any]]:
        best = order.masked_fill(~words, float("-inf")).topk(SHOWN).indices.tolist()
        named = [(vocabulary.texts[k].strip(), *(float(o[k]) for o in orders.values())) for k in best]
        return [
            {"token": token, "log_prob": round(lp, 3), "score": round(score, 3), "together": round(both, 3)}
            for token, lp, score, both in named
        ]

    step = autodan_step(problem, beams, index)
    return {
        "index": index,
        "before": beams[0].text,
        "parents": len(beams),
        "weight": weight,
        **{name: rows(order) for name, order in orders.items()},
        "scored": [[c.text, round(c.objective, 4), c.kept] for c in step.candidates],
        "best": [{"text": c.text, "losses": c.losses, "objective": c.objective} for c in step.candidates[:SHOWN]],
        "beams": [asdict(beam) for beam in step.beams],
        "terms": [[t.name, t.weight] for t in (language, *problem.objective.targets)],
        "prefix": problem.config.prefix,
    }


def own_candidate(problem: Problem, slow: Slow, word: str) -> Beam:
    """A person's continuation of the leading prompt, scored like every candidate.

    Raises
    ------
    UserError
        For no word, or one that the models cannot read after the prompt.
    """
    checks.text("word", word, checks.LONGEST_WORD)
    text = own_text(slow, word)
    if text == slow["before"]:
        raise UserError("There is no word yet.", "Type one.")
    ids = tuple(problem.objective.language.model.tokenizer.encode_continuation(text))
    if not (all(problem.objective.language.fits([ids])) and all(problem.fits([text]))):
        raise UserError("The prompt does not fit the models.", "Type a shorter word.")
    return score_prompts(problem, [ids], [text])[0]


def own_text(slow: Slow, word: str) -> str:
    """The leading prompt with a word, or several, after it."""
    return slow["before"] + "".join(f" {part}" for part in word.split())


def place(slow: Slow, objective: float) -> int:
    """Where an objective would stand among the candidates of a step, from 1."""
    return 1 + sum(other < objective for _, other, _ in slow["scored"])


def beams_with(slow: Slow, own: Beam | None) -> list[Beam]:
    """The prompts kept, with a person's own among them if it is good enough; as many as were kept."""
    kept = [Beam(**{**beam, "ids": tuple(beam["ids"])}) for beam in slow["beams"]]
    every = {beam.text: beam for beam in [*([own] if own else []), *kept]}
    return sorted(every.values(), key=lambda beam: (beam.objective or 0.0, beam.text))[: len(kept)]


def _weight(problem: Problem) -> float:
    return problem.config.own(AutoDANSettings).guidance_weight


def _measure(library: Library) -> Slow:
    problem = caption_setting(library, PICTURE)
    return slow_step(problem, beams_with(slow_step(problem, [Beam()], 1), None), 2)


LESSON = RecordedLesson("caption", 10, _measure)
