"""Settings that are not those of the weights beside them: the ``config.json`` of a model, and of a converted one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.harm import forget_digests
from benchmarks.faults.world import WORKS, World

LAYERS, SIZES = ("num_hidden_layers", "n_layer"), ("hidden_size", "n_embd")
WORDS, HEADS, NORMS = ("vocab_size",), ("num_attention_heads", "n_head"), ("layer_norm_eps", "layer_norm_epsilon")
Change = Callable[[Any], Any]
CHANGES: dict[str, tuple[tuple[str, ...], Change]] = {
    "one layer fewer": (LAYERS, lambda value: value - 1),
    "one layer more": (LAYERS, lambda value: value + 1),
    "a million layers": (LAYERS, lambda value: 10**6),
    "a billion layers": (LAYERS, lambda value: 10**9),
    "half the size": (SIZES, lambda value: value // 2),
    "a thousand times the size": (SIZES, lambda value: value * 1_000),
    "one word fewer": (WORDS, lambda value: value - 1),
    "a million times the words": (WORDS, lambda value: value * 10**6),
    "three heads": (HEADS, lambda value: 3),
    "no architecture": (("architectures", "model_type"), lambda value: None),
    "another architecture": (("architectures", "model_type"), lambda value: "bert"),
    **{
        f"{value!r} for {names[0]}": (names, lambda _, value=value: value)
        for names, values in {
            **dict.fromkeys((LAYERS, SIZES, WORDS, HEADS), (-1, "two", 1e308)),
            NORMS: (float("nan"), "two", 1e308),
        }.items()
        for value in values
    },
}
OTHERS: dict[str, tuple[tuple[str, ...], Change]] = {"half the heads": (HEADS, lambda value: value // 2)}


def change(path: Path, names: tuple[str, ...], to: Change) -> None:
    """Give settings of these names other values, those of a network's parts, too."""

    def changed(settings: dict[str, Any]) -> dict[str, Any]:
        return {
            key: changed(value) if isinstance(value, dict) else to(value) if key in names else value
            for key, value in settings.items()
        }

    path.write_text(json.dumps(changed(json.loads(path.read_text("utf-8")))), "utf-8")


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    if "save" in stages.clean:  # which reads all
        yield from _of_cache(stages)
        yield from _of_model(stages)


def _of_cache(stages: Stages) -> Iterator[Case]:
    """With digests every change is like any other; without, as earlier versions wrote entries, it has to be seen."""
    root = stages.whole.root
    [place] = (path.relative_to(root) for path in (root / "cache" / "models").glob("*/config.json"))
    without = {f"{what}, without digests": (*of, True) for what, of in CHANGES.items()}
    for what, (names, to, older) in {**{what: (*of, False) for what, of in OTHERS.items()}, **without}.items():

        def strike(world: World, names=names, to=to, older=older) -> Ended:
            change(world.root / place, names, to)
            if older:
                forget_digests((world.root / place).parent)
            return Run(world, WORKS["save"]).wait()

        yield Case("save", f"converted, {what}", strike, ("cache/models/",), whole=True, told=True, ends=(0,))


def _of_model(stages: Stages) -> Iterator[Case]:
    """Half the heads make another valid model of the same weights: it is told that it is another."""
    for what, (names, to) in {**CHANGES, **OTHERS}.items():

        def strike(world: World, names=names, to=to) -> Ended:
            path = world.root / "models" / "clip" / "config.json"
            whole = path.read_bytes()
            change(path, names, to)
            ended = Run(world, WORKS["save"]).wait()
            path.write_bytes(whole)
            return ended

        other = what in OTHERS
        ends = (0,) if other else (2,)
        yield Case("save", f"clip, {what}", strike, whole=True, told=True, other=other, ends=ends)


FAULT = Fault("settings", "Settings of another model", 9, _cases)
