"""What a comparison of arms came to, as a table of runs and in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fuse_core.analysis.comparison_record import differences, means
from ui.kit.picture_choice import OWN

COLUMNS = ["picture", "arm", "objective", "of lm's", "caption", "candidates", "LM passes", "CPU-seconds", "note"]
SETTINGS = ("steps", "beams", "candidates")


def runs(record: Mapping[str, Any]) -> pd.DataFrame:
    """One row a run, picture by picture, lowest objective first; pictures without a result say why."""
    several = len(record.get("seeds", [0])) > 1
    rows: list[list[object]] = []
    for row in record["results"]:
        arms, lm = row["arms"], row["arms"].get("lm", {}).get("objective")
        name = f"{row['image']}, seed {row['seed']}" if several else row["image"]
        for arm, run in sorted(arms.items(), key=lambda item: item[1]["objective"]):
            spent = run["cpu_seconds"]
            rows.append(
                [
                    name,
                    arm,
                    round(run["objective"], 3),
                    f"{run['objective'] / lm:.3f}" if lm else "",
                    run["caption"],
                    run["evaluations"],
                    run["n_forward_passes"],
                    None if spent is None else round(spent, 1),
                    "",
                ]
            )
    for row in record.get("skipped", ()):
        rows.append([row["image"], "", None, "", "", None, None, None, row["error"]])
    shown = pd.DataFrame(rows, columns=COLUMNS)
    return shown if record.get("skipped") else shown.drop(columns="note")


def mean_table(record: Mapping[str, Any] | None) -> pd.DataFrame:
    """Means by arm."""
    return pd.DataFrame(means(record)) if record else pd.DataFrame(columns=["arm", "mean objective"])


def difference_table(record: Mapping[str, Any] | None) -> pd.DataFrame:
    """Differences by pair of arms."""
    rows = differences(record) if record else []
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["first minus second", "difference"])


def verdict(record: Mapping[str, Any]) -> str:
    """The objectives in a sentence, best first, and what so many pictures are worth."""
    n, arms = record["pictures"], record["arms"]
    ranked = ", ".join(
        f"{arm} {arms[arm]['objective']:.3f}" for arm in sorted(arms, key=lambda a: arms[a]["objective"])
    )
    if n == 1:
        return f"{ranked}. Lower is better. One picture shows little: choose several, or a whole set."
    return f"Means over {n} pictures: {ranked}. Lower is better."


def about(record: Mapping[str, Any]) -> str:
    """Pictures and settings of a comparison, in a sentence."""
    config, n = record["config"], record["pictures"]
    counts = ", ".join(f"{config[name]} {name}" for name in SETTINGS if name in config)
    seeds = record.get("seeds", [config["seed"]])
    told = f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
    pictures = f"{n} picture{'s' * (n != 1)}"
    where = "" if record["folder"] == OWN else f" of `assets/{record['folder']}`"
    return f"{pictures}{where}; preset {record['preset']}, method {config['method']}, {counts}, {told}."


def says(record: Mapping[str, Any]) -> str:
    """What the differences say, as a Markdown list."""
    return "\n".join(f"- **{pair['question']}** {pair['says']}" for pair in record["pairs"])


def marks(record: Mapping[str, Any]) -> Sequence[str]:
    """What tells files of a comparison apart."""
    first = record["results"][0]["image"].rpartition(".")[0]
    return [record["folder"] if record["pictures"] > 1 else first, record["config"]["method"]]
