"""What a comparison of arms over a set of pictures came to: means, intervals, and what they say in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from fuse_core.analysis.arm_runs import ArmRun
from fuse_core.analysis.arms import ARMS, PAIRS, Pair
from fuse_core.analysis.paired import LEVEL, PairedDifference, bootstrap_mean, paired_difference

FEWEST = 5  # pictures that a bootstrap interval is given for
COSTS = ("evaluations", "n_forward_passes", "cpu_seconds")


def picture_result(image: str, seed: int, runs: Sequence[ArmRun]) -> dict[str, Any]:
    """One picture's runs with one seed as JSON values, by arm."""
    return {"image": image, "seed": seed, "arms": {run.arm: {"objective": run.objective, **_told(run)} for run in runs}}


def _told(run: ArmRun) -> dict[str, Any]:
    told = {name: value for name, value in asdict(run).items() if name != "arm"}
    return told | {"objectives": list(run.objectives)}


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means by arm and differences by pair of arms, as JSON values.

    Parameters
    ----------
    results : sequence
        Of ``picture_result``, at least one; the arms are those of the first, which all have to have. A picture with
        several seeds counts once, by its mean over them: intervals are over pictures.

    Returns
    -------
    dict
        ``arms``: name -> mean ``objective``, its ``interval`` (None for fewer than five pictures), and mean costs a
        run. ``pairs``: first minus second, with ``interval``, the number of pictures on which the first is
        ``lower`` and ``higher``, the ``sign_test`` and what that ``says``.
    """
    names = [name for name in ARMS if name in results[0]["arms"]]
    pictures: dict[str, list[Mapping[str, Any]]] = {}
    for row in results:
        pictures.setdefault(row["image"], []).append(row["arms"])
    objectives = {
        name: [fmean(arms[name]["objective"] for arms in seeds) for seeds in pictures.values()] for name in names
    }
    arms = {
        name: {
            "objective": fmean(objectives[name]),
            "interval": _ends(bootstrap_mean(objectives[name]), len(pictures)),
            **{cost: _mean([row["arms"][name][cost] for row in results]) for cost in COSTS},
        }
        for name in names
    }
    known = [pair for pair in PAIRS if pair.first in objectives and pair.second in objectives]
    pairs = [_pair(pair, paired_difference(objectives[pair.first], objectives[pair.second])) for pair in known]
    return {"pictures": len(pictures), "level": LEVEL, "arms": arms, "pairs": pairs}


def _mean(values: Sequence[float | None]) -> float | None:
    """None where a value is not known."""
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def _ends(interval: tuple[float, float, float], n: int) -> list[float] | None:
    return None if n < FEWEST else list(interval[1:])


def _pair(pair: Pair, found: PairedDifference) -> dict[str, Any]:
    return {
        **pair._asdict(),
        "difference": found.difference.mean,
        "interval": _ends(found.difference, found.n),
        "lower": found.lower,
        "higher": found.higher,
        "sign_test": found.sign_test,
        "says": _says(pair, found),
    }


def _says(pair: Pair, found: PairedDifference) -> str:
    """The difference in plain words; lower is better."""
    size, low, high = found.difference
    split = f"lower on {found.lower} of {found.n}, higher on {found.higher}"
    if found.n < FEWEST:
        return f"{pair.first} minus {pair.second} is {size:+.2f}: {split}. So few pictures show nothing."
    tests = f"{100 * LEVEL:.0f} % interval {low:+.2f} to {high:+.2f}; {split}; sign test p = {found.sign_test:.2g}"
    if not found.shown:
        return f"No difference between {pair.first} and {pair.second} is shown: {size:+.2f}, and 0 is in the {tests}."
    better, worse = (pair.first, pair.second) if size < 0 else (pair.second, pair.first)
    return f"{better} is better than {worse}: {pair.first} minus {pair.second} is {size:+.2f}, {tests}."
