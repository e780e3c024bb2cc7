"""Whether a harmed run, and the next one, are as they should be."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.child import Ended, Run
from benchmarks.faults.fault import Case, Stages
from benchmarks.faults.world import PICTURES, WORKS, World, build
from fuse_core.common.artefacts import ENTRY
from fuse_core.common.errors import UserError
from fuse_core.search.journal_file import read_results
from fuse_core.search.saved_session import SavedSession

ONLY_FITS = "cache/features"
CRASH = ("Traceback", "Something went wrong", "Exception ignored", "Error: ")


@dataclass(frozen=True)
class Verdict:
    """On a case.

    Attributes
    ----------
    problems : list of str
        Empty where all is as it should be.
    said : str
        The sentence that a person reads.
    seconds : float
        Of the harmed run and the next one.
    """

    problems: list[str]
    said: str
    seconds: float


def prepare(root: Path, works: Sequence[str]) -> Stages:
    """Build a world and run works in it."""
    world, before, clean = build(root / "whole"), {}, {}
    for name in works:
        work = WORKS[name]
        if work.result:
            _begun(world, name)
        before[name] = world.copy(root / f"before-{name}")
        clean[name] = Run(world, work).wait()
        if clean[name].code:
            raise RuntimeError(f"{name} fails without any harm: {clean[name].err}")
    return Stages(before, world, clean)


def _begun(world: World, name: str) -> None:
    """Let a work find a result of before: one picture's line of a batch, or a run that it is to write over."""
    if name == "batch":
        for picture in PICTURES[1:]:
            (world.root / "pictures" / picture).rename(world.root / picture)
    ended = Run(world, WORKS[name]).wait()
    if ended.code:
        raise RuntimeError(f"{name} fails without any harm: {ended.err}")
    for picture in PICTURES[1:]:
        if (world.root / picture).exists():
            (world.root / picture).rename(world.root / "pictures" / picture)


def judge(case: Case, stages: Stages, folder: Path) -> Verdict:
    """Strike a fresh copy of the case's world, run the work once more, and look at what is left."""
    world = (stages.whole if case.whole else stages.before[case.work]).copy(folder)
    try:
        found = _times(world)
        first = case.strike(world)
        kept = _finished(world, found, case)
        again = Run(world, WORKS[case.work], log="next").wait()
        problems = [*_first(case, first, stages), *_next(case, again, stages), *_left(world, case, stages)]
        problems += [f"{path} was finished and is made again" for path in _remade(world, kept)]
        said = next((line for line in (*first.sentences, *again.sentences) if _tells(line)), "")
        if case.told and not said:
            problems.append("nothing is said")
        return Verdict(problems, said.replace(str(folder), "…"), first.seconds + again.seconds)
    finally:
        for path in world.written:
            if path.is_mount():
                subprocess.run(["umount", path], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def _tells(line: str) -> bool:
    return (
        line.startswith("error: ")
        or " is damaged and is made again" in line
        or " is not what it was" in line
        or " could not be " in line
    )


def _first(case: Case, ended: Ended, stages: Stages) -> Iterator[str]:
    """What is wrong with the harmed run."""
    if ended.hung:
        yield "the run hangs"
    if ended.code not in case.ends:
        yield f"the run ends with {ended.code}: {ended.err[-600:]}"
    yield from _crashes("the run", ended)
    if ended.code == 0 and not case.other and ended.answer != stages.clean[case.work].answer:
        yield f"another answer: {ended.out[:300]}"
    if ended.code == 2 and not any(line.startswith("error: ") for line in ended.sentences):
        yield "the run fails without a sentence"


def _next(case: Case, ended: Ended, stages: Stages) -> Iterator[str]:
    """What is wrong with the next one."""
    if ended.code:
        yield f"the next run ends with {ended.code}: {ended.err[-600:]}"
    elif ended.answer != stages.clean[case.work].answer:
        yield f"the next run has another answer: {ended.out[:300]}"
    yield from _crashes("the next run", ended)


def _crashes(which: str, ended: Ended) -> Iterator[str]:
    for line in ended.sentences:
        if any(mark in line for mark in CRASH) and not line.startswith("error: "):
            yield f"{which} says: {line[:200]}"
            return


def _left(world: World, case: Case, stages: Stages) -> Iterator[str]:
    """Litter, and what is not as a run without harm leaves it."""
    expected = _contents(stages.before[case.work]) | _made(case, stages)
    found = _contents(world)
    for path in sorted(found.keys() - expected.keys()):
        if not (case.other and _of_other_model(world, path)):
            yield f"litter: {path}"
    for path in sorted(expected.keys() - found.keys()):
        if not path.startswith((*case.harmed, ONLY_FITS)):  # else who has what it was made for needs it no more
            yield f"missing: {path}"
    for path in sorted(expected.keys() & found.keys()):
        if path == "out/run.json":
            try:
                SavedSession.parse((world.root / path).read_text("utf-8"))
            except UserError as error:
                yield f"{path}: {error}"
        elif path == "out/batch.jsonl" and case.other:
            last = [{r.image: r.values for r in read_results(w.root / path)[2]} for w in (world, stages.whole)]
            if last[0] != last[1]:
                yield f"{path} has other results"
        elif expected[path] != found[path]:
            yield f"{path} is not what it should be"


def _of_other_model(world: World, path: str) -> bool:
    """Whether a file is of a whole entry of the cache, or its lock."""
    _, kind, name = Path(path).parts[:3]
    if kind == "locks":
        kind, _, name = name.removesuffix(".lock").partition("--")
    return (world.root / "cache" / kind / name / ENTRY).exists() or path.endswith(".lock")


def _made(case: Case, stages: Stages) -> dict[str, str]:
    """What is there once the work is done: the world that the next work found, or in the end has."""
    if case.whole:
        return _contents(stages.whole)
    names = list(stages.clean)
    after = names[names.index(case.work) + 1 :]
    made = _contents(stages.before[after[0]] if after else stages.whole)
    later = {f"out/{WORKS[name].result}" for name in after}
    return {path: content for path, content in made.items() if path not in later}


def _contents(world: World) -> dict[str, str]:
    """Every file that runs write, and what it holds; locks are empty, and theirs stay."""
    files = [path for folder in world.written for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(world.root)): _content(path) for path in files}


def _content(path: Path) -> str:
    """A digest, of what does not tell how long it took: tensors without their head, entries without other digests."""
    content = b"" if path.suffix == ".lock" else path.read_bytes()
    try:
        if path.suffix == ".safetensors":
            content = content[8 + int.from_bytes(content[:8], "little") :]
        if path.name == ENTRY:
            entry = json.loads(content)
            for name, digest in entry.pop("sha256").items():
                if hashlib.sha256((path.parent / name).read_bytes()).hexdigest() != digest:
                    return f"a wrong digest of {name}"
            content = json.dumps(entry).encode()
    except (ValueError, KeyError, OSError, TypeError) as error:
        return f"damaged ({error})"
    return hashlib.sha256(content).hexdigest()


def _times(world: World) -> dict[str, int]:
    cache = (world.root / "cache").rglob("*.*")
    return {str(p.relative_to(world.root)): p.stat().st_mtime_ns for p in cache if p.is_file() and p.suffix != ".lock"}


def _finished(world: World, found: dict[str, int], case: Case) -> dict[str, int]:
    """What was in the cache before the harm, or was finished during the run, and was not harmed itself."""
    now = {path: time for path, time in _times(world).items() if Path(path).parts[1] not in ("staging", "locks")}
    return {path: time for path, time in {**now, **found}.items() if not path.startswith(case.harmed or ("\0",))}


def _remade(world: World, kept: dict[str, int]) -> list[str]:
    now = _times(world)
    return [path for path, time in kept.items() if now.get(path) != time]
