"""GCG: replace one token at a time, guided by the gradient (Zou et al. 2023), here carried across tokenizers by FUSE.

Cost of a step with B beams and C candidates: for each beam one forward and backward pass of the language model and of
each target; then B x C prompts scored, by the language model in large batches and by each target once.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field

from fuse_core.search.methods.in_place_search import Change, allowed_at, in_place_step
from fuse_core.search.methods.method import GuidedSettings, InPlaceSettings, Method, SampledSettings
from fuse_core.search.methods.prompt_gradient import replacement_scores
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.start import start_beam


class GCGSettings(InPlaceSettings, GuidedSettings, SampledSettings, frozen=True):
    """What GCG can be told."""

    top_k: int = Field(
        default=64,
        ge=1,
        le=4096,
        title="Top k",
        description="Tokens of a place that one is drawn from, by the gradient.",
    )


def gcg_step(problem: Problem, before: Step, index: int) -> Step:
    """Replace single tokens of every beam, drawn from the gradient's top k at a random position, and keep the best.

    Parameters
    ----------
    before : Step
        Its beams are the prompts to change.
    index : int
        Number of the new step; with the seed it fixes all random choices.
    """
    return in_place_step(problem, before.beams, index, lambda: _changes(problem, before.beams, index))


def _changes(problem: Problem, beams: Sequence[Beam], index: int) -> list[Change]:
    rng, count = problem.generator(index), problem.config.own(GCGSettings).candidates
    found = []
    for k, beam in enumerate(beams):
        options = _options(problem, beam, rng)
        places = torch.randint(len(beam.ids), (count,), generator=rng).tolist()
        picks = torch.randint(options[0].shape[1], (count,), generator=rng).tolist()
        for place, pick in zip(places, picks, strict=True):
            token, score = int(options[0][place, pick]), float(options[1][place, pick])
            ids = (*beam.ids[:place], token, *beam.ids[place + 1 :])
            found.append(Change(k, ids, problem.vocabulary.texts[token], token, score))
    return found


def _options(problem: Problem, beam: Beam, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The top k tokens of every position and their scores, each of shape (tokens, k)."""
    if problem.config.guidance.blind:
        table = problem.objective.language.model.embedding_table
        scores = torch.rand(len(beam.ids), table.shape[0], generator=rng).to(table.device)
    else:
        scores = replacement_scores(problem, beam.ids, beam.text)
    for place, token in enumerate(beam.ids):
        scores[place, ~allowed_at(problem, place)] = float("-inf")
        scores[place, token] = float("-inf")  # a replacement is another token
    top = scores.topk(problem.config.own(GCGSettings).top_k, dim=1)
    return top.indices.cpu(), top.values.cpu()


METHOD = Method(
    name="gcg",
    label="GCG",
    help="replaces tokens",
    note="**GCG** ([Zou et al. 2023](https://arxiv.org/abs/2307.15043)) replaces one token at a random place by one of "
    "the *top k* of the gradient. A step costs a forward and a backward pass a beam, then a language-model pass for "
    "every candidate, in batches.",
    settings=GCGSettings,
    start=start_beam,
    step=gcg_step,
    when_idle="Raise the number of candidates or the top k.",
    order=1,
)
