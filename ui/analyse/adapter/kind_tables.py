"""The comparison of adapter kinds as a table, its sentences, and the kinds' formulas."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis.adapter_comparison import AdapterComparison, KindReport
from fuse_core.analysis.carried_order import Order


def formulas() -> str:
    """Every kind, what it does and where it carries a token, as Markdown."""
    lines = {name: r" \cr ".join(kind.formula) for name, kind in KINDS.items()}
    return "\n\n".join(
        f"**{kind.label}.** {kind.help}\n$$ \\begin{{gathered}} c(v) = {lines[name]} \\end{{gathered}} $$"
        for name, kind in KINDS.items()
    )


def comparison(found: AdapterComparison) -> pd.DataFrame:
    """One row a kind."""
    return pd.DataFrame([_row(report) for report in found.kinds])


def _row(r: KindReport) -> dict[str, object]:
    row: dict[str, object] = {
        "adapter": KINDS[r.kind].label,
        "held-out error": round(r.landing.error, 3),
        "explained, %": round(100 * r.landing.explained_variance, 1),
        "nearest, %": round(100 * r.landing.top1, 1),
        "among 10, %": round(100 * r.landing.top10, 1),
    }
    parts = [
        (order, name) for part, name in (("heldout", "held-out"), ("every", "random")) if (order := r.orders.get(part))
    ]
    for order, name in parts:
        row |= {f"share, {name}": round(order.share, 3), f"95 %, {name}": f"{order.low:.3f} to {order.high:.3f}"}
    row |= {"seconds": round(r.seconds, 1), "MB": round(r.bytes / 1e6, 2)}
    row |= {f"Spearman, {name}": round(order.spearman, 3) for order, name in parts}
    return row | {"of the fit": ", ".join(f"{name} {_number(value)}" for name, value in r.facts.items())}


def _number(value: float) -> str:
    return f"{value:,}" if value == int(value) else f"{value:.2g}"


def summary(found: AdapterComparison) -> str:
    """What the comparison shows, as Markdown."""
    by_name = {r.kind: r for r in found.kinds}
    nearest = min((r for r in found.kinds if not KINDS[r.kind].reads_answer), key=lambda r: r.landing.error)
    head = (
        f"**{found.source} → {found.target}**: {found.words:,} words of one token to fit on, {found.heldout:,} held "
        f"out to judge by. Linear CKA of the two tables: {found.cka:.3f}."
    )
    lands = f"Of those that do not look the answer up, *{KINDS[nearest.kind].label}* lands nearest"
    if not found.own:
        return (
            f"{head}\n\n{lands}, with an error of {nearest.landing.error:.3f}. {found.target} reads no pictures, so "
            "there is no gradient to compare orders by."
        )
    reached = "; ".join(f"{said} {_share(by_name[name].orders)}" for name, said in SAID.items() if name in by_name)
    return (
        f"{head}\n\nOn tokens that no fit has seen ({found.pictures} pictures, {found.contexts} contexts each), the "
        f"target's own gradient has a Spearman correlation of {found.own['heldout'].spearman:.3f} with the true gain. "
        f"Of that, {reached} (in brackets 95 % intervals over pictures). {lands}, with an error of "
        f"{nearest.landing.error:.3f}, and reaches {nearest.orders['heldout'].share:.1%}: what a search reads of an "
        "adapter is the order alone."
    )


SAID = {
    "pseudoinverse": "the closed form reaches",
    "residual": "with a correction by the words nearby",
    "layers": "with the source's first layers beside the embedding",
    "trained": "trained to convergence by gradient descent",
    "paper": "by the paper's own recipe",
}


def _share(orders: Mapping[str, Order]) -> str:
    order = orders["heldout"]
    return f"**{order.share:.1%}** ({order.low:.1%} to {order.high:.1%})"
