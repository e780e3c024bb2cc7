"""``accuracy``: the carried gradient beside that of adapters that were trained, and beside what would refute it.

The first of the checks that the source of FUSE (arXiv 2408.04816) leaves to others, and its first open question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from fuse_core.adapter.fit import FitOptions
from fuse_core.analysis.adapter_comparison import shared_words
from fuse_core.analysis.carried_order import OWN, carried_orders
from fuse_core.analysis.experiments.caption_objective import caption_objective
from fuse_core.analysis.experiments.experiment import Cell, Column, Experiment, Figure, Row, Settings
from fuse_core.analysis.experiments.gradient_arms import Candidates, FittedArm, arm_label, fit_arm
from fuse_core.analysis.experiments.picture_cells import picture_cells, picture_of, values_of, with_interval
from fuse_core.analysis.fidelity import EncodedTexts
from fuse_core.analysis.retrieval import sample_rows
from fuse_core.common.devices import CPU
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.presets import load_preset
from fuse_core.search.problem import Problem
from fuse_core.search.vocabulary import source_vocabulary
from fuse_core.words.text_means import text_means

BASE, NOTHING = "pseudoinverse", "nothing"  # ours, and what guides by no gradient
COMMON = {
    "source": "smollm2",
    "target": "minilm",
    "folder": "evaluation",
    "arms": [BASE, "layers", "paper", "trained", "mlp", "random", "shuffled", NOTHING],
    "captioned": [BASE, "trained", "mlp", "shuffled", NOTHING],
    "steps": 3,
    "beams": 2,
    "candidates": 32,
}
SIZES = {
    "small": {**COMMON, "pictures": 4, "words": 300},
    "large": {**COMMON, "pictures": 24, "words": 1000},
}


def _candidates(library: Library, settings: Settings) -> Candidates:
    shared = shared_words(library, settings["source"], settings["target"], FitOptions())
    rows = sample_rows(shared.rows, settings["words"])
    ids, right = (torch.tensor([getattr(row, side)[0] for row in rows], device=CPU) for side in ("source", "target"))
    return Candidates(ids, right)


def measure(library: Library, settings: Settings, cell: Cell, progress: Progress) -> list[Row]:
    """Every arm on one picture: the order of held-out words in four contexts, and a caption guided by it."""
    source, target, arms = settings["source"], settings["target"], settings["arms"]
    candidates = library.once(("experiment candidates", settings["words"]), lambda: _candidates(library, settings))
    texts = [source_vocabulary(library, source).texts[k] for k in candidates.ids.tolist()]
    side = library.vocabulary_side(target)
    fitted = {name: fit_arm(library, source, target, name, candidates, part_of(progress, 0.0, 0.3)) for name in arms}
    places = {OWN: text_means(side.tokenizer, side.table, texts)} | {name: arm.places for name, arm in fitted.items()}
    encoded = library.once(("experiment texts", settings["words"]), EncodedTexts)
    image, parts = picture_of(settings, cell), {"heldout": slice(None)}
    pictures = {cell["picture"]: image}
    found = carried_orders(library, target, pictures, texts, places, parts, part_of(progress, 0.3, 0.5), encoded)
    own = found["heldout"][OWN]
    rows: list[Row] = [{"arm": OWN, "spearman": own.spearman, "share": own.share, "objective": None} | _facts(None)]
    for name, arm in fitted.items():
        order = found["heldout"][name]
        objective = None
        if name in settings["captioned"]:
            objective = _objective(library, settings, name, arm, image, part_of(progress, 0.5, 1.0))
        measured = {"arm": name, "spearman": order.spearman, "share": order.share, "objective": objective}
        rows.append(measured | _facts(None if name == NOTHING else arm))
    return rows


def _facts(arm: FittedArm | None) -> Row:
    """What is the same for every picture; None where there is no fit."""
    if arm is None:
        return dict.fromkeys(("error", "explained", "bytes", "fit_seconds"))
    landed = arm.landing
    return {
        "error": landed.error,
        "explained": landed.explained_variance,
        "bytes": arm.carrier.bytes,
        "fit_seconds": round(arm.cpu_seconds, 2),
    }


def _objective(
    library: Library, settings: Settings, name: str, arm: FittedArm, image: Any, progress: Progress
) -> float:
    """Of an AutoDAN run whose proposals are ordered by the arm's gradient; by the language model alone for no arm."""
    budget = {field: settings[field] for field in ("steps", "beams", "candidates")}
    config = load_preset("offline-plain").changed(ending="fixed", repeats="allowed", unit="token", **budget)
    if name == NOTHING:
        return caption_objective(library, config.changed(guidance="lm"), image, None, progress)

    def route(problem: Problem) -> GradientRoute:
        tokens = torch.arange(len(problem.vocabulary.texts), device=CPU)
        places = library.once(("experiment vocabulary", name), lambda: arm.carrier.places(tokens, progress))
        size = len(problem.vocabulary.allowed) - len(places)  # a table may have more rows than there are tokens
        table = torch.cat([places, places.new_zeros(size, places.shape[1])]) if size else places
        return GradientRoute(problem.routes[0].term, table)

    return caption_objective(library, config, image, route, progress)


def table(settings: Settings, observations: Sequence[Row]) -> list[Row]:
    """A row an arm: facts of its fit, means over the pictures, and differences from no gradient."""
    by_arm = {name: [row for row in observations if row["arm"] == name] for name in (OWN, *settings["arms"])}
    unguided = [row["objective"] for row in by_arm[NOTHING]]
    rows = []
    for name, found in by_arm.items():
        objectives = values_of(found, "objective")
        gains = [a - b for a, b in zip(objectives, unguided, strict=True)] if objectives and name != NOTHING else []
        rows.append(
            {"arm": "target's own gradient" if name == OWN else arm_label(name), "pictures": len(found)}
            | {column: found[0][column] for column in ("error", "explained", "bytes", "fit_seconds")}
            | {"spearman": sum(values_of(found, "spearman")) / len(found)}
            | with_interval(values_of(found, "share"), "share")
            | {"objective": sum(objectives) / len(objectives) if objectives else None}
            | with_interval(gains, "gain")
        )
    return rows


def says(rows: Sequence[Row]) -> str:
    """FUSE's map, the trained ones and the shuffled one in one sentence each."""
    known = {row["arm"]: row for row in rows}
    base, trained, mlp = (known[arm_label(name)] for name in (BASE, "trained", "mlp"))
    shuffled = known[arm_label("shuffled")]

    def share(row: Row) -> str:
        return f"{row['share']:.2f} ({row['share_low']:.2f} to {row['share_high']:.2f})"

    return (
        f"Of the target's own rank correlation on held-out words, the map that FUSE solves for keeps {share(base)}, "
        f"a trained linear map {share(trained)} and a trained network {share(mlp)}; fitted to shuffled pairs it keeps "
        f"{share(shuffled)}. {base['pictures']} pictures, 95 % intervals over pictures."
    )


EXPERIMENT = Experiment(
    name="accuracy",
    title="Is the carried gradient as good as a trained adapter's?",
    asks="FUSE solves for its map in closed form, where one would usually train an adapter. If training found a better "
    "one, the closed form would be a compromise; if a map fitted to shuffled pairs ordered words as well, the map "
    "would carry no meaning. Words that no fit saw are ordered by each adapter's gradient and by their true loss.",
    sizes=SIZES,
    columns=(
        Column("arm", "adapter", "text"),
        Column("pictures", "pictures"),
        Column("error", "held-out error, relative"),
        Column("explained", "explained variance"),
        Column("bytes", "size, bytes"),
        Column("fit_seconds", "fit, CPU-seconds"),
        Column("spearman", "Spearman correlation with the true loss"),
        Column("share", "share of the target's own correlation"),
        Column("share_low", "share, 95 % from"),
        Column("share_high", "share, 95 % to"),
        Column("objective", "caption objective, lower is better"),
        Column("gain", "objective minus that without gradient"),
        Column("gain_low", "minus, 95 % from"),
        Column("gain_high", "minus, 95 % to"),
    ),
    figures=(
        Figure("share", "Order of held-out words", "share", "arm", "", "share_low", "share_high"),
        Figure("gain", "Captions against those without a gradient", "gain", "arm", "", "gain_low", "gain_high"),
    ),
    cells=picture_cells,
    measure=measure,
    table=table,
    says=says,
    order=0,
)
