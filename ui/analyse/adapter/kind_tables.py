"""The comparison of adapter kinds as a table, its sentences, and the kinds' formulas."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis.adapter_comparison import AdapterComparison, KindReport
from fuse_core.analysis.carried_order import Order


def formulas() -> str:
    """Every kind, what it does and where it carries a token, as Markdown."""
    return "\n\n".join(f"**{kind.label}.** {kind.help}\n$$ c(v) = {kind.formula} $$" for kind in KINDS.values())


def comparison(found: AdapterComparison) -> pd.DataFrame:
    """One row a kind."""
    rows = []
    for r in found.kinds:
        row = {
            "adapter": KINDS[r.kind].label,
            "held-out error": round(r.landing.error, 3),
            "explained, %": round(100 * r.landing.explained_variance, 1),
            "nearest, %": round(100 * r.landing.top1, 1),
            "among 10 nearest, %": round(100 * r.landing.top10, 1),
        }
        for part, name in (("heldout", "held-out"), ("every", "random")):
            if order := r.orders.get(part):
                row[f"Spearman, {name} tokens"] = round(order.spearman, 3)
                row[f"share of own, {name}"] = round(order.share, 3)
                row[f"95 % interval, {name}"] = f"{order.low:.3f} to {order.high:.3f}"
        facts = ", ".join(f"{name} {value:.4g}" for name, value in r.facts.items())
        rows.append(row | {"seconds": round(r.seconds, 1), "MB": round(r.bytes / 1e6, 2), "of the fit": facts})
    return pd.DataFrame(rows)


def summary(found: AdapterComparison) -> str:
    """What the comparison shows, as Markdown."""
    head = (
        f"**{found.source} → {found.target}**: {found.words:,} words of one token to fit on, {found.heldout:,} held "
        f"out to judge by. Linear CKA of the two tables: {found.cka:.3f}. "
    )
    predicted = [r for r in found.kinds if not KINDS[r.kind].reads_answer]
    nearest = min(predicted, key=lambda r: r.landing.error)
    if not found.own:
        return (
            f"{head}{_named(nearest)} lands nearest, with an error of {nearest.landing.error:.3f}. "
            f"{found.target} reads no pictures, so there is no gradient to compare orders by."
        )
    best = max(predicted, key=lambda r: r.orders["heldout"].share)
    measured = f"{found.pictures} pictures, {found.contexts} contexts each"
    sentences = [
        f"On tokens that no fit has seen ({measured}), {_named(best)} orders best: {_share(best.orders)} of what the "
        f"target's own gradient reaches (Spearman {found.own['heldout'].spearman:.3f}).",
        f"{_named(nearest)} lands nearest, too." if nearest is best else f"{_named(nearest)} lands nearest.",
    ]
    by_name = {r.kind: r for r in found.kinds}
    if {"pseudoinverse", "paper", "trained"} <= by_name.keys():
        ours, paper, trained = (by_name[name].orders for name in ("pseudoinverse", "paper", "trained"))
        sentences.append(
            f"The closed form reaches {_share(ours)}, a map trained to convergence {_share(trained)}, "
            f"the paper's recipe {_share(paper)}."
        )
    return (
        f"{head}\n\n{' '.join(sentences)} A search uses the order alone: an adapter is worth what its order is worth."
    )


def _named(report: KindReport) -> str:
    return f"*{KINDS[report.kind].label}*"


def _share(orders: Mapping[str, Order]) -> str:
    order = orders["heldout"]
    return f"{order.share:.1%} (95 % interval {order.low:.1%} to {order.high:.1%})"
