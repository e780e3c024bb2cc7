"""Files that are not what was written: every file of a full cache, and those of models and results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Fault, Stages
from benchmarks.faults.harm import HARMS, not_finite, remove
from benchmarks.faults.world import WORKS, World

Harm = Callable[[Path], object]
READ_IN_FITS = "features"  # read by nothing but a fit: so that they are, what is fitted on them is gone


def _cases(stages: Stages, seed: int) -> Iterator[Case]:
    if "save" in stages.clean:  # which reads all
        yield from _of_cache(stages)
    yield from _of_models(stages)
    yield from _of_results()


def _of_cache(stages: Stages) -> Iterator[Case]:
    root = stages.whole.root
    for path in sorted(p for p in (root / "cache").rglob("*") if p.is_file()):
        place, lock = path.relative_to(root), path.suffix == ".lock"
        kind = place.parts[1]
        harms = {**HARMS, **({"holds NaN, without a digest": not_finite} if path.suffix == ".safetensors" else {})}
        fits = [f"cache/adapters/{p.name}" for p in (root / "cache" / "adapters").iterdir()]
        for what, harm in harms.items():

            def strike(world: World, place=place, harm=harm, fits=fits if kind == READ_IN_FITS else ()) -> Ended:
                for fit in fits:
                    remove(world, fit)
                harm(world.root / place)
                return Run(world, WORKS["save"]).wait()

            yield Case(
                "save",
                f"{kind}/{path.name if not lock else 'lock of ' + path.name.partition('--')[0]} {what}",
                strike,
                harmed=("cache/",) if lock or kind == READ_IN_FITS else (str(place.parent),),
                whole=True,
                told=not lock,
                ends=(0,),
            )


def _of_models(stages: Stages) -> Iterator[Case]:
    root = stages.whole.root
    files = sorted(p for name in ("clip", "parts") for p in (root / "models" / name).rglob("*") if p.is_file())
    for path in files:
        place = path.relative_to(root)
        harms = {**HARMS, **({"holds NaN": not_finite} if path.suffix == ".safetensors" else {})}
        for what, harm in harms.items():

            def strike(world: World, place=place, harm=harm) -> Ended:
                whole = world.root.parent / "whole" / place
                harm(world.root / place)
                ended = Run(world, WORKS["encoding"]).wait()
                _put_back(whole, world.root / place)
                return ended

            yield Case("encoding", f"{place.relative_to('models')} {what}", strike, harmed=("cache/",), other=True)


def _of_results() -> Iterator[Case]:
    for work, place in (("batch", "out/batch.jsonl"), ("save", "out/run.json")):
        for what, harm in HARMS.items():

            def strike(world: World, work=work, place=place, harm=harm) -> Ended:
                before = (world.root / place).read_bytes()
                harm(world.root / place)
                ended = Run(world, WORKS[work]).wait()
                if ended.code:
                    _emptied(world.root / place).write_bytes(before)
                return ended

            yield Case(work, f"{place} {what}", strike)


def _put_back(whole: Path, path: Path) -> None:
    _emptied(path).write_bytes(whole.read_bytes())


def _emptied(path: Path) -> Path:
    """The path, with nothing at it."""
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    return path


FAULT = Fault("damage", "Damaged files", 2, _cases)
