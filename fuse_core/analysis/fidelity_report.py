"""What fidelity measurements say, averaged over contexts, for the command line and the page alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from fuse_core.analysis.fidelity import FIDELITY_PROBE_WORDS
from fuse_core.analysis.fidelity_run import MEAN, ContextSummary, FidelityRun, words_at
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
    """Mean and standard deviation over contexts: ``{"spearman" | "recall" | "share": {name: {"mean", "std"}}}``.

    ``share`` is the Spearman correlation of each prediction as a share of ``target``'s in the same context. NaN for
    what is defined in no context.
    """
    frames = {
        "spearman": pd.DataFrame([context.spearman[at] for context in contexts]),
        "recall": pd.DataFrame([_recall(context, at, within) for context in contexts]),
    }
    frames["share"] = frames["spearman"].div(frames["spearman"]["target"], axis=0)
    return {
        measure: pd.DataFrame({"mean": frame.mean(), "std": frame.std(ddof=0)}).to_dict("index")
        for measure, frame in frames.items()
    }


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
            "linearised_at": list(words_at(at)),
            "by_word": spearman_by_word(run),
            "candidates": run.candidates,
            "best": BEST,
            "within": within,
            "contexts": [
                {
                    "image": context.image,
                    "context": context.context,
                    "spearman": dict(context.spearman[at]),
                    "recall": _recall(context, at, within),
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
