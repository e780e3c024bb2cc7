"""Tables and sentences of the Adapter view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.bucket_analysis import BucketAnalysis
from fuse_core.analysis.common_words import CommonErrors
from fuse_core.analysis.mapped_word import MappedWord
from fuse_core.analysis.retrieval import RetrievalReport, mean_accuracy
from fuse_core.analysis.word_errors import WordError
from fuse_core.words.tokenizer import WordTokenizer
from ui.kit.templates import render


def bucket_name(bucket: tuple[int, int]) -> str:
    """``(i, j)`` for people; any source length is ``any``."""
    i, j = bucket
    return f"({i or 'any'}, {j})"


def summary(adapters: Mapping[Bucketing, Adapter], common: CommonErrors) -> str:
    """Both maps on the same words, and their sizes, as Markdown."""
    sizes = ", ".join(f"*{name}* {adapter.bytes / 1e6:,.1f} MB" for name, adapter in adapters.items())
    if not common.words:
        return f"No word was held out of both fits, so there is none to compare them on. Size of the maps: {sizes}."
    pair, target = (common.errors[name].error for name in ("pair", "target"))
    lower = f"{abs(1 - pair / target):.1%} {'lower' if pair < target else 'higher'}"
    often = ", ".join(f"{name} {common.errors[name].weighted:.3f}" for name in ("pair", "target"))
    return (
        f"Relative error on the {common.words:,} words held out of both fits: **pair {pair:.3f}**, "
        f"**target {target:.3f}**, so pair is {lower}; with every word counting as often as it occurs, {often}. "
        f"Size of the maps: {sizes}."
    )


def errors(adapters: Mapping[Bucketing, Adapter]) -> pd.DataFrame:
    """One row a bucket of either map."""
    rows = [
        [
            name,
            bucket_name((r.i, r.j)),
            r.words,
            r.heldout_words,
            round(r.train_error, 3),
            round(r.heldout_error, 3),
            round(r.weighted_error, 3),
            round(100 * r.explained, 1),
            round(r.ridge, 2),
            round(r.seconds, 1),
        ]
        for name, adapter in adapters.items()
        for r in adapter.reports
    ]
    columns = [
        "map",
        "bucket (i, j)",
        "words",
        "held out",
        "training error",
        "held-out error",
        "by occurrence",
        "explained, %",
        "ridge λ",
        "seconds",
    ]
    return pd.DataFrame(rows, columns=columns)


def storage(sizes: Mapping[Bucketing, Sequence[int]]) -> pd.DataFrame:
    """Megabytes by L for both maps."""
    columns = {f"{name}, MB": [round(value / 1e6, 2) for value in values] for name, values in sizes.items()}
    return pd.DataFrame({"L": range(1, len(next(iter(sizes.values()))) + 1), **columns})


def bucket_facts(name: str, found: BucketAnalysis, report: BucketReport) -> str:
    """What was fitted in a bucket and what its ridge is worth, as Markdown."""
    plain, i, j = found.curve.plain[1], *found.bucket
    fit = (
        f"ridge λ = {report.ridge:.3g}, chosen by cross-validation"
        if report.ridge
        else "no ridge, the plain pseudoinverse"
    )
    without = f"Without a ridge the held-out curve would stand at {plain:.3g}." if report.ridge else ""
    slots = (
        " The curves also count the slots beyond the target's own, which the map should leave empty." if i > j else ""
    )
    held = (
        f"{report.heldout_error:.3f} on {report.heldout_words:,} held-out words"
        if report.heldout_words
        else "unknown, without held-out words"
    )
    return (
        f"**{name} {bucket_name(found.bucket)}**: fitted on {found.words:,} words, {fit}; relative error {held}. "
        f"{without}{slots}"
    )


def frequencies(found: BucketAnalysis) -> pd.DataFrame:
    """Largest and smallest singular value, condition number and rank of each frequency."""
    rows = [
        [
            s.frequency,
            f"{s.values[0]:.4g}",
            f"{s.values[-1]:.4g}",
            f"{s.condition:,.0f}" if math.isfinite(s.condition) else "infinite",
            f"{s.rank:,} of {len(s.values):,}",
        ]
        for s in found.spectra
    ]
    return pd.DataFrame(rows, columns=["frequency", "largest σ", "smallest σ", "condition number", "rank"])


def penrose(found: BucketAnalysis) -> pd.DataFrame:
    """The four identities and how far, relatively, the computed pseudoinverse is from them."""
    p = found.penrose
    named = (("A * P * A = A", p.apa), ("P * A * P = P", p.pap), ("(A * P)ᵀ = A * P", p.ap), ("(P * A)ᵀ = P * A", p.pa))
    return pd.DataFrame([[name, f"{value:.1e}"] for name, value in named], columns=["identity", "relative residual"])


def retrieval(reports: Mapping[Bucketing, Iterable[RetrievalReport]]) -> pd.DataFrame:
    """Accuracy at 1 and 10 of every bucket of either map, in per cent."""
    rows = [
        [
            name,
            bucket_name(r.bucket),
            r.words,
            r.tokens,
            *(round(100 * share, digits) for share, digits in ((r.top1, 1), (r.top10, 1), (r.chance10, 3))),
        ]
        for name, found in reports.items()
        for r in found
    ]
    columns = ["map", "bucket (i, j)", "words", "tokens", "nearest, %", "among 10 nearest, %", "chance for 10, %"]
    return pd.DataFrame(rows, columns=columns)


def retrieval_summary(reports: Mapping[Bucketing, Sequence[RetrievalReport]]) -> str:
    """Means over all tokens measured, in a sentence."""
    parts = []
    for name, found in reports.items():
        top1, top10 = mean_accuracy(found)
        if math.isnan(top1):
            return "No word of this pair was held out of the fit, so there is none to measure on."
        parts.append(f"{name}: {top1:.1%} are the nearest, {top10:.1%} among the 10 nearest")
    return f"Held-out tokens, all buckets weighted by how many they have. {'; '.join(parts)}."


def words(found: Sequence[WordError], source: WordTokenizer, target: WordTokenizer) -> pd.DataFrame:
    """Held-out words with their errors and how both tokenizers cut them."""
    rows = [
        [
            w.row.word,
            round(w.error, 3),
            _cut(source, w.row.source),
            _cut(target, w.row.target),
        ]
        for w in found
    ]
    return pd.DataFrame(rows, columns=["word", "relative error", f"{source.key} tokens", f"{target.key} tokens"])


def word_facts(word: MappedWord, source: WordTokenizer, target: WordTokenizer, known: str) -> str:
    """How a word was cut and mapped, and where its true tokens came in, as HTML."""
    return render(
        "mapped_word",
        source=_cut(source, word.source),
        target=_cut(target, word.target),
        bucket=f"({len(word.source)}, {len(word.target)})",
        known=known,
        error=f"{word.error:.3f}",
        slots=[
            {"token": _token(target, slot.token), "cosine": f"{slot.cosine:.2f}", "rank": f"{slot.rank:,}"}
            for slot in word.slots
        ],
        vocabulary=f"{target.vocab_size:,}",
    )


def neighbours(word: MappedWord, target: WordTokenizer) -> pd.DataFrame:
    """The nearest tokens of every slot; a tick marks the true one."""
    columns: dict[str, list] = {"rank": list(range(1, len(word.slots[0].nearest) + 1))}
    for k, slot in enumerate(word.slots, start=1):
        columns[f"slot {k}"] = [
            _token(target, token) + (" ✓" if token == slot.token else "") for token, _ in slot.nearest
        ]
        columns[f"cosine {k}"] = [round(cosine, 3) for _, cosine in slot.nearest]
    return pd.DataFrame(columns)


def _cut(tokenizer: WordTokenizer, ids: Sequence[int]) -> str:
    return " | ".join(_token(tokenizer, token) for token in ids)


def _token(tokenizer: WordTokenizer, token: int) -> str:
    """A token as text, a dot for its space; as the vocabulary spells it where it is but a part of a character."""
    shown = tokenizer.decode([token]).replace(" ", "·")
    return tokenizer.token_name(token) if not shown or "\ufffd" in shown else shown
