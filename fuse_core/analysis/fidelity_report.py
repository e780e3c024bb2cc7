"""What fidelity measurements say, averaged over contexts, for the command line and the page alike."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fuse_core.analysis.fidelity import BEST, FIDELITY_PROBE_WORDS, WITHIN, ContextFidelity
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.search.config import PROBE_WORDS

AUTO, MEAN = "auto", "mean"


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


def choose(results: Sequence[ContextFidelity], linearisation: str = AUTO) -> tuple[str, ...]:
    """The linearisation words a choice stands for.

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
    words = results[0].words
    if linearisation == MEAN:
        return PROBE_WORDS
    if linearisation == AUTO:
        table = spearman_by_word(results)
        return (max(words, key=lambda word: table[word]["fuse"]),)
    word = " " + linearisation.strip()
    if word not in words:
        raise UserError(f"The gradient was not taken at '{word.strip()}'.", "Measure again to take it there.")
    return (word,)


def spearman_by_word(results: Sequence[ContextFidelity]) -> dict[str, dict[str, float]]:
    """Mean rank correlation over contexts for every linearisation word: ``{word: {name: mean}}``."""
    return {
        word: pd.DataFrame([result.spearman((word,)) for result in results]).mean().to_dict()
        for word in results[0].words
    }


def summarise(
    results: Sequence[ContextFidelity], at: Sequence[str], within: int = WITHIN
) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and standard deviation over contexts: ``{"spearman" | "recall" | "share": {name: {"mean", "std"}}}``.

    ``share`` is the Spearman correlation of each prediction as a share of ``native``'s in the same context.
    """
    frames = {
        "spearman": pd.DataFrame([result.spearman(at) for result in results]),
        "recall": pd.DataFrame([result.recall(at, within=within) for result in results]),
    }
    frames["share"] = frames["spearman"].div(frames["spearman"]["native"], axis=0)
    return {
        measure: pd.DataFrame({"mean": frame.mean(), "std": frame.std(ddof=0)}).to_dict("index")
        for measure, frame in frames.items()
    }


def report(
    results: Sequence[ContextFidelity], images: Sequence[str], linearisation: str = AUTO, within: int = WITHIN
) -> dict:
    """Everything measured, as plain values for JSON.

    Parameters
    ----------
    results : sequence of ContextFidelity
        At least one.
    images : sequence of str
        Name of the picture of each.
    linearisation : str
        As for ``choose``.
    """
    at = choose(results, linearisation)
    summary = summarise(results, at, within)
    return {
        **{measure: {name: v["mean"] for name, v in values.items()} for measure, values in summary.items()},
        "spread": {measure: {name: v["std"] for name, v in values.items()} for measure, values in summary.items()},
        "linearised_at": list(at),
        "by_word": spearman_by_word(results),
        "candidates": len(results[0].tokens),
        "best": BEST,
        "within": within,
        "contexts": [
            {
                "image": image,
                "context": found.context,
                "spearman": found.spearman(at),
                "recall": found.recall(at, within=within),
            }
            for image, found in zip(images, results, strict=True)
        ],
    }


def points(result: ContextFidelity, image: str, at: Sequence[str]) -> dict:
    """Every candidate of one context as plain values: token, true loss, and the scores by source."""
    return {
        "image": image,
        "context": result.context,
        "tokens": list(result.tokens),
        "losses": result.losses.round(6).tolist(),
        "scores": {name: scores.round(6).tolist() for name, scores in result.scores(at).items()},
    }
