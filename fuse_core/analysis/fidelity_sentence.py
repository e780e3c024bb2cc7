"""What a fidelity report comes to, in words: both measures, with spread, beside the ceiling and chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def fidelity_sentence(report: Mapping[str, Any]) -> str:
    """Where the gradient was taken and how that word was chosen, then Spearman and recall of ``fuse``.

    One measure can be near the ceiling while the other is at the bottom, so both always stand together, with those of
    the target's own gradient and of chance.

    Parameters
    ----------
    report : mapping
        As ``fidelity_report.report`` gives it.
    """
    own = report["spearman"]["target"]
    parts = [
        _where(report),
        f"Spearman: FUSE {_value(report, 'spearman', 'fuse')}, the target's own gradient "
        f"{_value(report, 'spearman', 'target')}, chance 0{_share(report) if own is not None else ''}.",
        f"Recall of the best {report['best']} in the top {report['within']}: FUSE {_value(report, 'recall', 'fuse')}, "
        f"the target's own {_value(report, 'recall', 'target')}, "
        f"chance {report['within'] / report['candidates']:.0%}{_interval(report, 'recall', '; FUSE ')}.",
    ]
    held = report["heldout_share"]["fuse"]
    if held is not None:
        count = report["heldout_candidates"]
        parts.append(f"Among the {count} candidates held out of its fit: {held:.1%} of the target's own correlation.")
    several = len(report["contexts"]) > 1
    parts.append("± is one standard deviation between contexts." if several else "One context has no spread.")
    return " ".join(parts)


def _where(report: Mapping[str, Any]) -> str:
    contexts, pictures = len(report["contexts"]), report["pictures"]
    words = ", ".join(word.strip() for word in report["linearised_at"])
    counted = (
        f"{contexts} context{'s' * (contexts > 1)} of {pictures} picture{'s' * (pictures > 1)}, "
        f"{report['candidates']:,} candidates each, gradient at “{words}”"
    )
    if not report["chosen_by_truth"]:
        return f"{counted}."
    among = len(report["by_word"])
    return f"{counted}: of {among} words the one chosen afterwards by the true losses, so FUSE is shown at its best."


def _share(report: Mapping[str, Any]) -> str:
    share = report["share"]["fuse"]
    return "" if share is None else f"; FUSE reaches {share:.1%} of the target's own{_interval(report, 'share', ', ')}"


def _value(report: Mapping[str, Any], measure: str, name: str) -> str:
    style = ".0%" if measure == "recall" else ".3f"
    value, spread = report[measure][name], report["spread"][measure][name]
    if value is None:
        return "undefined"
    return f"{value:{style}}" + ("" if spread is None else f" ± {spread:{style}}")


def _interval(report: Mapping[str, Any], measure: str, before: str) -> str:
    low, high = report["interval"][measure]["fuse"]
    if low is None:
        return ""
    return f"{before}95 % interval over {report['pictures']} pictures: {low:.1%} to {high:.1%}"
