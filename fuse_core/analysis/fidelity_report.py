"""What fidelity measurements say, averaged over contexts, for the command line and the page alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fuse_core.analysis.fidelity import FIDELITY_PROBE_WORDS
from fuse_core.analysis.fidelity_run import MEAN, ContextSummary, FidelityRun, words_at
from fuse_core.analysis.picture_bootstrap import picture_intervals
from fuse_core.analysis.rank_measures import BEST, WITHIN, recall
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.json_values import finite

AUTO = "auto"

Table = dict[str, dict[str, float]]


def words_for(linearisation: str) -> tuple[str, ...]:
    """The words to take the gradient at, so that ``choose`` can answer: the known ones, and the one asked for.

    Raises
    ------
    UserError
        When it is not one word, or a very long one.
    """
    checks.text("linearisation word", linearisation, checks.LONGEST_WORD)
    word = " " + linearisation.strip()
    if len(word.split()) != 1:
        raise UserError(f"The linearisation word must be one word, got '{linearisation}'.", "Type one, such as 'tool'.")
    if linearisation in (AUTO, MEAN) or word in FIDELITY_PROBE_WORDS:
        return FIDELITY_PROBE_WORDS
    return (*FIDELITY_PROBE_WORDS, word)


def choose(run: FidelityRun, linearisation: str = AUTO) -> str:
    """The linearisation that a choice stands for: ``mean``, or one word with its leading space.

    Parameters
    ----------
    linearisation : str
        ``auto``: the one word at which ``fuse`` has the highest mean Spearman correlation over the contexts.
        ``mean``: the average over the words a search uses. Else a word that was measured.

    Raises
    ------
    UserError
        For a word that was not measured.
    """
    if linearisation == MEAN:
        return MEAN
    if linearisation == AUTO:
        table = spearman_by_word(run)
        return max(run.words, key=lambda word: -math.inf if math.isnan(table[word]["fuse"]) else table[word]["fuse"])
    word = " " + linearisation.strip()
    if word not in run.words:
        raise UserError(f"The gradient was not taken at '{word.strip()}'.", "Measure again to take it there.")
    return word


def spearman_by_word(run: FidelityRun) -> Table:
    """Mean rank correlation over contexts for every linearisation word: ``{word: {name: mean}}``."""
    return {word: pd.DataFrame([c.spearman[word] for c in run.contexts]).mean().to_dict() for word in run.words}


def summarise(contexts: Sequence[ContextSummary], at: str, within: int = WITHIN) -> dict[str, Table]:
    """Mean and standard deviation over contexts, and the 95 % interval of the mean: ``{measure: {name: {...}}}``.

    The measures are ``spearman``, ``recall``, ``heldout`` (Spearman among the words held out of every fit), and
    ``share`` and ``heldout_share``: the mean of these correlations as a share of ``target``'s mean; their standard
    deviation is that of the share in every context. ``mean``, ``std``, and ``low`` and ``high``, for which pictures are
    drawn anew (``picture_intervals``). NaN for what is defined in no context, and for the spread of a single one.
    """
    images = [context.image for context in contexts]
    ranked = pd.DataFrame([context.spearman[at] for context in contexts])
    heldout = pd.DataFrame([context.heldout_spearman[at] for context in contexts])
    recalled = pd.DataFrame([_recall(context, at, within) for context in contexts])
    found = {
        name: _spread(frame, frame.mean(), picture_intervals(frame, images))
        for name, frame in (("spearman", ranked), ("recall", recalled), ("heldout", heldout))
    }
    for name, frame in (("share", ranked), ("heldout_share", heldout)):
        own = frame["target"].where(frame["target"] != 0)  # a share of nothing is none
        mean, shares = frame.mean() / own.fillna(0.0).mean(), frame.div(own, axis=0)
        found[name] = _spread(shares, mean, picture_intervals(frame, images, share_of="target"))
    return found


def _spread(frame: pd.DataFrame, mean: pd.Series, intervals: Mapping[str, tuple[float, float]]) -> Table:
    ends = pd.DataFrame(intervals, index=["low", "high"]).T
    between = frame.std(ddof=0).where(frame.count() > 1)  # one context has no spread, rather than one of zero
    return pd.DataFrame({"mean": mean, "std": between, **ends}).to_dict("index")


def report(run: FidelityRun, linearisation: str = AUTO, within: int = WITHIN) -> dict[str, Any]:
    """Everything measured, as plain values for JSON; None for what is not defined.

    Parameters
    ----------
    linearisation : str
        As for ``choose``.
    within : int
        K: of a prediction's K best, the share of the truly best is told.
    """
    at = choose(run, linearisation)
    summary = summarise(run.contexts, at, within)
    return finite(
        {
            **{measure: {name: v["mean"] for name, v in values.items()} for measure, values in summary.items()},
            "spread": {measure: {name: v["std"] for name, v in values.items()} for measure, values in summary.items()},
            "interval": {
                measure: {name: [v["low"], v["high"]] for name, v in values.items()}
                for measure, values in summary.items()
            },
            "pictures": len({context.image for context in run.contexts}),
            "linearised_at": list(words_at(at)),
            "chosen_by_truth": linearisation == AUTO,
            "by_word": spearman_by_word(run),
            "candidates": run.candidates,
            "heldout_candidates": run.contexts[0].heldout,
            "best": BEST,
            "within": within,
            "contexts": [
                {
                    "image": context.image,
                    "context": context.context,
                    "spearman": dict(context.spearman[at]),
                    "recall": _recall(context, at, within),
                    "heldout": dict(context.heldout_spearman[at]),
                }
                for context in run.contexts
            ],
        }
    )


def points(run: FidelityRun, linearisation: str = AUTO) -> dict[str, Any]:
    """Every candidate of the context to be drawn as plain values: token, true loss, and the scores by source.

    None for the scores of a source that are not defined.
    """
    at = words_at(choose(run, linearisation))
    return {
        "image": run.image,
        "context": run.drawn.context,
        "tokens": list(run.drawn.tokens),
        "losses": run.drawn.losses.round(6).tolist(),
        "scores": {name: finite(scores.round(6).tolist()) for name, scores in run.drawn.scores(at).items()},
    }


def _recall(context: ContextSummary, at: str, within: int) -> dict[str, float]:
    return {name: recall(ranks, within) for name, ranks in context.ranks[at].items()}
