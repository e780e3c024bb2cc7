"""What chapter 10 shows of a step, and of a recorded comparison: figures, and the same as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from ui.kit.figures import ACCENT, INK, SECOND, TERMS, THIRD, layout
from ui.learn.tables import table, unbroken
from ui.learn.tokenizer_menus import short_title, title

Labels = Mapping[str, str]
PROPOSING = ("lm", "gradient", "together")
ROOM = 18  # letters of a name beside a bar, and of the axis that is left on a phone
STAGES = (*PROPOSING, "scored", "beams")
VALUES = {"lm": "log_prob", "gradient": "score", "together": "together"}
COLOURS = {"lm": SECOND, "gradient": ACCENT, "together": THIRD}


def rows_of(slow: Mapping[str, Any], stage: str, own: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The prompts of the two last stages, best first: a person's own is among them, or last of those shown."""
    if stage == "beams":
        return slow["beams"]
    others = [row for row in slow["best"] if own is None or row["text"] != own["text"]]  # it may be proposed, too
    return sorted([*others, *([own] if own else [])], key=lambda row: row["objective"])


def stage_table(slow: Mapping[str, Any], stage: str, own: Mapping[str, Any] | None, labels: Labels) -> str:
    """A stage as a table, under a sentence that says what happens in it."""
    if stage in PROPOSING:
        names = ("log_prob", "score", "together")
        headers = [labels[name] for name in ("token", *names)]
        rows = [[row["token"], *(f"{row[name]:.2f}" for name in names)] for row in slow[stage]]
    else:
        terms = [short_title(name) for name, _ in slow["terms"]]
        headers = [labels["prompt"], *terms, labels["objective"]]
        rows = [
            [
                _prompt(row, own, labels),
                *(f"{weight * row['losses'][name]:.2f}" for name, weight in slow["terms"]),
                f"{row['objective']:.2f}",
            ]
            for row in rows_of(slow, stage, own)
        ]
    said = labels[f"stage_{stage}"].format(
        weight=slow["weight"], all=len(slow["scored"]), parents=slow["parents"], kept=len(slow["beams"])
    )
    return table(headers, rows, [said])


def figure(slow: Mapping[str, Any], stage: str, own: Mapping[str, Any] | None, labels: Labels) -> go.Figure:
    """A stage as bars: scores of tokens, or objectives of prompts by their terms."""
    drawn = go.Figure()
    if stage in PROPOSING:
        rows = slow[stage]
        drawn.add_trace(_bars([row["token"] for row in rows], [row[VALUES[stage]] for row in rows], COLOURS[stage]))
        drawn.update_xaxes(title=labels[VALUES[stage]])
    else:
        rows = rows_of(slow, stage, own)
        names = [_prompt(row, own, labels) for row in rows]
        for (name, weight), colour in zip(slow["terms"], TERMS, strict=False):
            bars = _bars(names, [weight * row["losses"][name] for row in rows], colour)
            drawn.add_trace(bars.update(name=short_title(name), showlegend=True))
        drawn.update_xaxes(title=labels["objective_axis"])
    drawn.update_yaxes(autorange="reversed")
    return layout(drawn, 110 + 30 * len(rows), barmode="stack")


def worth_figure(record: Mapping[str, Any], labels: Labels) -> go.Figure:
    """Every arm's mean objective with its interval."""
    arms = record["arms"]
    values, ends = [arm["objective"] for arm in arms.values()], [arm["interval"] for arm in arms.values()]
    names = [wrap(unbroken(labels[name]), ROOM) for name in arms]
    bars = _bars(["<br>".join(lines) for lines in names], values, ACCENT)
    bars.update(marker_color=[THIRD if "words" in name else ACCENT for name in arms])
    above = [high - value for value, (_, high) in zip(values, ends, strict=True)]
    below = [value - low for value, (low, _) in zip(values, ends, strict=True)]
    drawn = go.Figure(bars.update(error_x={"array": above, "arrayminus": below, "color": INK, "thickness": 1.5}))
    drawn.update_xaxes(title="<br>".join(wrap(labels["mean_axis"], ROOM)))
    drawn.update_yaxes(autorange="reversed")
    return layout(drawn, 120 + (8 + 17 * max(len(lines) for lines in names)) * len(arms))


def worth_table(record: Mapping[str, Any], labels: Labels) -> str:
    """Arm against arm over the same pictures: the difference, its interval, and whether it is one."""
    rows = []
    for pair in record["pairs"]:
        low, high = pair["interval"]
        verdict = labels["lower" if high < 0 else "higher" if low > 0 else "same"].format(first=labels[pair["first"]])
        names = labels["minus"].format(first=labels[pair["first"]], second=labels[pair["second"]])
        rows.append([names, f"{pair['difference']:+.2f}", f"{low:+.2f} … {high:+.2f}", verdict])
    headers = [labels["pair"], labels["difference"], f"{100 * record['level']:.0f} %", labels["verdict"]]
    evaluations = {f"{arm['evaluations']:,.0f}" for arm in record["arms"].values()}
    said = labels["worth"].format(
        day=record["created"],
        pictures=record["pictures"],
        source=title(record["config"]["source"]),
        target=title(record["config"]["target"]),
        evaluations=", ".join(sorted(evaluations)),
    )
    means = [[labels[name], f"{arm['objective']:.2f}"] for name, arm in record["arms"].items()]
    return table([labels["arm"], labels["mean_axis"]], means, [said]) + table(headers, rows)


def _bars(names: Sequence[str], values: Sequence[float], colour: str) -> go.Bar:
    return go.Bar(
        x=values,
        y=names,
        orientation="h",
        marker={"color": colour},
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        showlegend=False,
    )


def _prompt(row: Mapping[str, Any], own: Mapping[str, Any] | None, labels: Labels) -> str:
    mine = own is not None and row["text"] == own["text"]
    return row["text"].strip() + (f" ({labels['yours']})" if mine else "")
