"""GCG: replace tokens, guided by the gradient (Zou et al. 2023), here carried across tokenizers by FUSE.

Cost of a step with B beams and C candidates: for each beam one forward and backward pass of the language model and of
each target; then B x C prompts scored, by the language model in large batches and by each target once. Under probe
sampling fewer are scored, in two rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from fuse_core.search.methods.gcg_settings import GCGSettings
from fuse_core.search.methods.in_place_search import Change, Judged, allowed_at, in_place_step, judge_all
from fuse_core.search.methods.method import Method
from fuse_core.search.methods.probe_sampling import judge_probe
from fuse_core.search.methods.prompt_gradient import replacement_scores
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.start import start_beam


def gcg_step(problem: Problem, before: Step, index: int) -> Step:
    """Replace tokens of every beam, drawn from the gradient's top k or the best of them, and keep the best prompts.

    Parameters
    ----------
    before : Step
        Its beams are the prompts to change, and those of a buffer besides.
    index : int
        Number of the new step; with the seed it fixes all random choices.
    """
    settings, rng = problem.config.own(GCGSettings), problem.generator(index)
    changes = partial(_changes, problem, before, rng)

    def judge(problem: Problem, beams: Sequence[Beam], fresh: Sequence[Change]) -> Judged:
        chosen = _first_of_each(fresh, settings.candidates) if settings.sampling == "greedy" else fresh
        if settings.probe_share:
            return judge_probe(problem, beams, chosen, settings.probe_share, rng)
        return judge_all(problem, beams, chosen)

    told = {"room": settings.buffer_size, "judged_before": before.judged}
    step = in_place_step(problem, before.beams, index, changes, judge=judge, **told)
    if settings.early_stop == "off":
        return step
    language, passes_before = problem.objective.language, problem.objective.language.n_forward_passes
    reached = language.predicts(step.beams[0].ids)
    passes = step.n_forward_passes + language.n_forward_passes - passes_before
    return replace(step, target_reached=reached, n_forward_passes=passes)


def _changes(problem: Problem, before: Step, rng: torch.Generator) -> list[Change]:
    settings = problem.config.own(GCGSettings)
    propose = _in_order if settings.sampling == "greedy" else _drawn
    beams = before.beams[: problem.config.width] if settings.buffer_size else before.beams
    return [change for k, beam in enumerate(beams) for change in propose(problem, before, k, beam, rng)]


def _drawn(problem: Problem, before: Step, parent: int, beam: Beam, rng: torch.Generator) -> Iterator[Change]:
    """Tokens of the top k at places drawn by chance, or for a share of the candidates at the most promising place."""
    settings, (tokens, gains) = problem.config.own(GCGSettings), _options(problem, beam, rng)
    count, length, k = settings.candidates, *tokens.shape
    n = min(settings.n_replace, length)
    if n == 1 and settings.epsilon == 1:
        places = torch.randint(length, (count, 1), generator=rng)
    else:
        order = torch.rand(count, length, generator=rng)
        order[torch.rand(count, generator=rng) >= settings.epsilon, int(gains[:, 0].argmax())] = -1.0
        places = order.argsort(1)[:, :n]
    picks = torch.randint(k, (count, n), generator=rng)
    for row, pick in zip(places.tolist(), picks.tolist(), strict=True):
        yield _change(problem, parent, beam, row, tokens[row, pick].tolist(), float(gains[row, pick].sum()))


def _in_order(problem: Problem, before: Step, parent: int, beam: Beam, rng: torch.Generator) -> Iterator[Change]:
    """Of the top k of all places together the most promising, but for what the run has judged.

    Half as many again as there are candidates: some do not survive re-tokenisation.
    """
    tokens, gains = _options(problem, beam, rng)
    decode, k = problem.objective.language.model.tokenizer.decode_continuation, tokens.shape[1]
    wanted = problem.config.own(GCGSettings).candidates * 3 // 2
    for option in gains.flatten().argsort(descending=True, stable=True).tolist():
        place, pick = divmod(option, k)
        change = _change(problem, parent, beam, [place], [int(tokens[place, pick])], float(gains[place, pick]))
        if change.score == float("-inf") or not wanted:
            return
        if decode(change.ids) not in before.judged:
            wanted -= 1
            yield change


def _first_of_each(changes: Sequence[Change], count: int) -> list[Change]:
    """The first ``count`` changes of every parent."""
    taken: Counter[int] = Counter()
    found = []
    for change in changes:
        taken[change.parent] += 1
        found += [change] * (taken[change.parent] <= count)
    return found


def _change(
    problem: Problem, parent: int, beam: Beam, places: Sequence[int], tokens: Sequence[int], gain: float
) -> Change:
    put = dict(zip(places, tokens, strict=True))
    ids = tuple(put.get(place, token) for place, token in enumerate(beam.ids))
    return Change(parent, ids, "".join(problem.vocabulary.texts[put[p]] for p in sorted(put)), tokens[0], gain)


def _options(problem: Problem, beam: Beam, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The top k tokens of every position and what each gains over the one there, each of shape (tokens, k)."""
    settings, table = problem.config.own(GCGSettings), problem.objective.language.model.embedding_table
    if problem.config.guidance.blind:
        scores = torch.rand(len(beam.ids), table.shape[0], generator=rng).to(table.device)
    else:
        scores = replacement_scores(problem, beam.ids, beam.text)
    ids = torch.tensor(beam.ids, device=scores.device)
    gains = scores - scores.gather(1, ids[:, None])
    if settings.distance_weight:
        gains = gains - settings.distance_weight * torch.cdist(table[ids].to(gains.dtype), table.to(gains.dtype))
    for place, token in enumerate(beam.ids):
        gains[place, ~allowed_at(problem, place)] = float("-inf")
        gains[place, token] = float("-inf")  # a replacement is another token
    top = gains.topk(settings.top_k, dim=1)
    return top.indices.cpu(), top.values.cpu()


METHOD = Method(
    name="gcg",
    label="GCG",
    help="replaces tokens",
    note="**GCG** ([Zou et al. 2023](https://arxiv.org/abs/2307.15043)) replaces one token at a random place by one of "
    "the *top k* of the gradient. A step costs a forward and a backward pass a beam, then a language-model pass for "
    "every candidate, in batches. *More options* are those of nanoGCG, "
    "[Faster-GCG](https://arxiv.org/abs/2410.15362) and [probe sampling](https://arxiv.org/abs/2403.01251).",
    settings=GCGSettings,
    start=start_beam,
    step=gcg_step,
    when_idle="Raise the number of candidates or the top k.",
    order=1,
)
