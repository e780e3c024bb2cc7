"""The command line's answers as tables for people."""

from __future__ import annotations

from fuse_core.analysis.fidelity_names import gradient_label
from fuse_core.analysis.fidelity_sentence import fidelity_sentence
from fuse_core.cli.adapters_command import adapters_table
from fuse_core.cli.text_table import text_table
from fuse_core.common.devices import Device


def models_table(answer: dict) -> str:
    """Every model of the catalog, and below what they run on."""
    rows = [
        {
            "key": m["key"],
            "here": "yes" if m["present"] else "no",
            "runs on": m["device"] or "",
            "roles": ", ".join(m["roles"]),
            "from": m["origin"],
            "measured": _measured(m["facts"]),
        }
        for m in answer["models"]
    ]
    return f"{text_table(rows)}\n\n{Device(**answer['device']).sentence}; weights in {answer['dtype']}"


def _measured(facts: dict) -> str:
    if "heldout_accuracy" not in facts:
        return ""
    return f"right on {facts['heldout_accuracy']:.1%} of {facts['heldout_words']} held-out words"


def buckets_table(answer: dict) -> str:
    """Counts by bucket, then coverage."""
    size = answer["max_tokens"]
    columns = [f"{j} {answer['target']}" for j in range(1, size + 1)]
    rows = [
        {"": f"{i} {answer['source']} tokens", **dict(zip(columns, counts, strict=True))}
        for i, counts in enumerate(answer["counts"], 1)
    ]
    lines = [text_table(rows), ""]
    for side in ("source", "target"):
        share = answer["coverage"][side]
        lines.append(
            f"{answer[side]}: at most {size} tokens for {share['by_occurrence']:.2%} of occurrences, "
            f"{share['by_word']:.2%} of {answer['words']:,} distinct words"
        )
    if answer["same_tokenizer"]:
        lines.append("Both sides use the same tokenizer, so every word lies on the diagonal.")
    return "\n".join(lines)


def fit_table(answer: dict) -> str:
    """Each bucketing's errors, or each method's."""
    if "kinds" in answer:
        return adapters_table(answer)
    parts = []
    for name, one in answer["by_bucketing"].items():
        explained = f" (explains {one['explained']:.1%} of the variance)" if one["explained"] is not None else ""
        error, size = f"held-out error {one['heldout_error']:.4f}{explained}", f"{one['bytes']:,} bytes"
        parts.append(f"{name} bucketing, {one['features']}: {error}, {size}, {one['path']}")
        parts.append(text_table(one["buckets"]))
    common = answer["common_heldout"]
    if common and common["words"]:
        each = (
            f"{name} {common[name]['error']:.4f}, by occurrence {common[name]['weighted_error']:.4f}"
            for name in answer["by_bucketing"]
        )
        parts.append(f"On the {common['words']:,} words held out of both: {'; '.join(each)}")
    return "\n".join(parts)


def fidelity_table(answer: dict) -> str:
    """Each gradient's rank correlation and recall."""
    rows = [
        {
            "gradient": gradient_label(name),
            "Spearman": _within(answer, "spearman", name),
            "of the target's own": _within(answer, "share", name),
            f"best {answer['best']} among top {answer['within']}": _within(answer, "recall", name),
            "held-out words": _within(answer, "heldout", name),
            "of the target's own there": _within(answer, "heldout_share", name),
        }
        for name in answer["spearman"]
    ]
    head = fidelity_sentence(answer).replace(". ", ".\n")
    if answer["pictures"] > 1:
        head += f"\nTable: means over contexts (95 % intervals, {answer['pictures']} pictures drawn anew)"
    return f"{head}\n{text_table(rows)}"


def _within(answer: dict, measure: str, name: str) -> str:
    low, high = answer["interval"][measure][name]
    ends = "" if low is None else f" ({_known(low)} to {_known(high)})"
    return f"{_known(answer[measure][name])}{ends}"


def _known(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def caption_table(answer: dict) -> str:
    """One row a picture."""
    rows = answer.get("results", [answer])
    keys = ("image", "caption", "objective", "seconds", "error")
    return text_table([{k: row[k] for k in keys if k in row} for row in rows])
