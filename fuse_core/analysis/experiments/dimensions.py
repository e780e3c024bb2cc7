"""``dimensions``: what the longest word L, the width d and the number of words n cost and bring.

The second open question of arXiv 2408.04816 asks for L; its third next check for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow, sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, adapter_info
from fuse_core.adapter.map import Bucketing, has_first_token_block
from fuse_core.analysis.experiments.bucket_sweep import FittedBucket, Key, facts_of, fit_buckets, judge_maps
from fuse_core.analysis.experiments.caption_objective import caption_objective
from fuse_core.analysis.experiments.experiment import Cell, Column, Experiment, Figure, Row, Settings
from fuse_core.analysis.experiments.judged_pair import agreement
from fuse_core.analysis.experiments.picture_cells import picture_cells, picture_of, with_interval
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.presets import load_preset
from fuse_core.words.corpus import english

LONGEST, USUAL, ALL = 8, 4, 100_000  # L at most and by default; more words than a bucket has
COMMON = {"source": "smollm2", "target": "minilm", "corpus": 50_000, "folder": "evaluation", "method": "gcg"}
COMMON |= {"steps": 4, "beams": 1, "candidates": 24}
SIZES = {
    "small": {**COMMON, "examples": 4096, "d": [64, 128], "n": [512, 4096], "lengths": [1, 4], "pictures": 2},
    "large": {
        **COMMON,
        "examples": 32_768,
        "d": [32, 64, 128, 256, 384],
        "n": [256, 1024, 4096, 16_384, 32_768],
        "lengths": [1, 2, 4],
        "pictures": 8,
    },
}
TOKENS = "longest word L, tokens"
PAIR, TARGET, CAPTION, NONE = "pair", "target", "caption", 0


def cells(settings: Settings) -> list[Cell]:
    """A fit of all lengths by bucketing, fits of other widths and of fewer words, and captions picture by picture."""
    swept: list[Cell] = [{"swept": "L", "bucketing": bucketing} for bucketing in (PAIR, TARGET)]
    swept += [{"swept": "d", "value": d} for d in settings["d"]]
    swept += [{"swept": "n", "value": n} for n in settings["n"]]
    return [*swept, *({"swept": CAPTION, **cell} for cell in picture_cells(settings))]


class _Words:
    """The words of a pair, whose held-out ones judge every fit."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self.source, self.target = (library.vocabulary_side(settings[side]) for side in ("source", "target"))
        self.corpus = library.fit_corpus(settings["source"], FitOptions(words=settings["corpus"]))
        self.known = word_rows(self.source.tokenizer, self.target.tokenizer, self.corpus)
        running = english(settings["corpus"])
        self.running = word_rows(self.source.tokenizer, self.target.tokenizer, running)
        every = sorted_rows(self.known, PAIR, LONGEST, ALL)
        self.heldout = {key: [row for row in rows if row.heldout] for key, rows in every.items()}
        self.heldout = {key: rows for key, rows in self.heldout.items() if rows}

    def rows(self, bucketing: Bucketing, max_tokens: int, examples: int) -> dict[Key, list[BucketRow]]:
        """Training words alone, the first ``examples`` a bucket: held-out ones are judged apart."""
        training = [row for row in self.known if not row.heldout]
        return sorted_rows(training, bucketing, max_tokens, examples)


def _words(library: Library, settings: Settings) -> _Words:
    return library.once(("experiment dimensions", str(settings)), lambda: _Words(library, settings))


def _longest(library: Library, settings: Settings, bucketing: Bucketing) -> dict[Key, FittedBucket]:
    """Every map up to the longest word: those of a smaller L are among them, for no bucket depends on L."""

    def fit() -> dict[Key, FittedBucket]:
        words = _words(library, settings)
        rows = words.rows(bucketing, LONGEST, settings["examples"])
        return fit_buckets(words.source.table, words.target.table, rows, bucketing)

    return library.once(("experiment lengths", bucketing, str(settings)), fit)


def measure(library: Library, settings: Settings, cell: Cell, progress: Progress) -> list[Row]:
    """One sweep of L, one fit of a width or of so many words, or one picture's captions."""
    if cell["swept"] == CAPTION:
        return [_captions(library, settings, cell, progress)]
    if cell["swept"] == "L":
        return _lengths(library, settings, cell["bucketing"])
    words = _words(library, settings)
    source, target = words.source.table, words.target.table
    examples = cell["value"] if cell["swept"] == "n" else settings["examples"]
    rows = words.rows(PAIR, USUAL, examples)
    if cell["swept"] == "d":
        left, right = (principal_directions(table, cell["value"]) for table in (source, target))
        fitted = fit_buckets(source @ left, target @ right, rows, PAIR)
        maps = {key: widened(bucket.m, left, right, key[0]) for key, bucket in fitted.items()}
    else:
        fitted = fit_buckets(source, target, rows, PAIR)
        maps = {key: bucket.m for key, bucket in fitted.items()}
    judged = judge_maps(source, target, words.heldout, maps, PAIR, USUAL)
    about = {"swept": cell["swept"], "value": cell["value"], "bucketing": PAIR}
    return [about | facts_of(fitted, USUAL) | judged | agreement(words.running, english(settings["corpus"]), USUAL)]


def _lengths(library: Library, settings: Settings, bucketing: Bucketing) -> list[Row]:
    words, fitted = _words(library, settings), _longest(library, settings, bucketing)
    maps, found = {key: bucket.m for key, bucket in fitted.items()}, []
    for limit in range(1, LONGEST + 1):
        judged = judge_maps(words.source.table, words.target.table, words.heldout, maps, bucketing, limit)
        about = {"swept": "L", "value": limit, "bucketing": bucketing}
        covered = agreement(words.running, english(settings["corpus"]), limit)
        found.append(about | facts_of(fitted, limit) | judged | covered)
    return found


def principal_directions(table: Tensor, d: int) -> Tensor:
    """The ``d`` directions of most energy of a table, shape = (width, d); all of them where there are no more."""
    table = table.double()
    return torch.linalg.eigh(table.T @ table)[1][:, -d:].float()


def widened(m: Tensor, left: Tensor, right: Tensor, i: int) -> Tensor:
    """A map between principal directions as one between the whole tables."""
    parts = m.chunk(2) if has_first_token_block(PAIR, True, i) else (m,)
    return torch.cat([torch.einsum("ad,dpl,bp->abl", left, part, right) for part in parts])


def _captions(library: Library, settings: Settings, cell: Cell, progress: Progress) -> Row:
    """The objective of one picture's run under every L, and under chance in place of the gradient."""
    budget = {field: settings[field] for field in ("steps", "beams", "candidates")}
    config = load_preset("offline-plain").changed(method=settings["method"], features="embedding", **budget)
    words, fitted = _words(library, settings), _longest(library, settings, PAIR)
    image, found = picture_of(settings, cell), {}
    for limit in settings["lengths"]:
        options = FitOptions(words=settings["corpus"], max_tokens=limit, examples=settings["examples"])
        info = adapter_info(words.source, words.target, words.corpus, options)
        adapter = Adapter(info, {key: bucket.m for key, bucket in fitted.items() if max(key) <= limit})

        def route(problem, adapter=adapter) -> GradientRoute:
            return GradientRoute(problem.routes[0].term, words.source.table, adapter)

        found[str(limit)] = caption_objective(library, config, image, route, progress)
    found[str(NONE)] = caption_objective(library, config.changed(guidance="random"), image, None, progress)
    return {"swept": CAPTION, "objectives": found}


def table(settings: Settings, observations: Sequence[Row]) -> list[Row]:
    """A row a fit; those of L that captions were written with have the objective, and a row for no gradient."""
    captions = [row["objectives"] for row in observations if row["swept"] == CAPTION]
    rows = []
    for row in (row for row in observations if row["swept"] != CAPTION):
        is_captioned = row["swept"] == "L" and row["bucketing"] == PAIR
        own = [found[str(row["value"])] for found in captions if str(row["value"]) in found] if is_captioned else []
        rows.append(_ordered(row | {"pictures": len(own) or None} | with_interval(own, "objective")))
    unguided = [found[str(NONE)] for found in captions]
    blank = dict.fromkeys((column.name for column in EXPERIMENT.columns), None)
    chance = {"swept": "no gradient", "bucketing": "", "pictures": len(unguided)}
    return [*rows, _ordered(blank | chance | with_interval(unguided, "objective"))]


def _ordered(row: Row) -> Row:
    return {column.name: row[column.name] for column in EXPERIMENT.columns}


def says(rows: Sequence[Row]) -> str:
    """What the usual L reaches and costs beside 1 and the longest."""
    known = {row["value"]: row for row in rows if row["swept"] == "L" and row["bucketing"] == PAIR}
    one, usual, longest = (known[limit] for limit in (1, USUAL, LONGEST))
    chance = next(row for row in rows if row["swept"] == "no gradient")

    def told(row: Row) -> str:
        return f"{row['coverage']:.2%} of running text, held-out error {row['error']:.3f}, {row['bytes'] / 1e6:.1f} MB"

    captions = (
        f" Caption objective: {one['objective']:.2f} at L = 1, {usual['objective']:.2f} at L = {USUAL}, "
        f"{chance['objective']:.2f} without a gradient ({chance['pictures']} pictures)."
    )
    return (
        f"L = 1: {told(one)}. L = {USUAL}: {told(usual)}. L = {LONGEST}: {told(longest)} (error over held-out words "
        f"of at most {LONGEST} tokens, those out of reach counted as missed)." + captions
    )


EXPERIMENT = Experiment(
    name="dimensions",
    title="How long a word, how wide a table, how many words?",
    asks="The paper stops at words of four tokens and leaves open what that costs. Maps are fitted for words of up to "
    "eight tokens, for tables of fewer directions and from fewer words; each is judged on the same held-out words, "
    "where a word out of reach counts as missed, and captions are searched for with a longer and longer reach.",
    sizes=SIZES,
    columns=(
        Column("swept", "swept", "text"),
        Column("value", "value"),
        Column("bucketing", "bucketing", "text"),
        Column("bytes", "size, bytes"),
        Column("fit_seconds", "fit, CPU-seconds"),
        Column("peak", "peak memory of the costliest bucket, at least, bytes"),
        Column("coverage", "coverage, share of running text"),
        Column("reached", "held-out words reached"),
        Column("reached_error", "held-out error of those reached"),
        Column("error", "held-out error of all words"),
        Column("pictures", "pictures"),
        Column("objective", "caption objective, lower is better"),
        Column("objective_low", "objective, 95 % from"),
        Column("objective_high", "objective, 95 % to"),
    ),
    figures=(
        Figure("L", "Longest word", "value", "error", "bucketing", where={"swept": "L"}, x_title=TOKENS),
        Figure("size", "Bytes by longest word", "value", "bytes", "bucketing", where={"swept": "L"}, x_title=TOKENS),
        Figure(
            "d",
            "Width of the tables",
            "value",
            "error",
            "bucketing",
            where={"swept": "d"},
            x_title="directions d of either table",
        ),
        Figure(
            "n",
            "Words a bucket",
            "value",
            "error",
            "bucketing",
            where={"swept": "n"},
            log_x=True,
            x_title="words n a bucket",
        ),
    ),
    cells=cells,
    measure=measure,
    table=table,
    says=says,
    order=20,
)
