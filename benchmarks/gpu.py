"""A GPU against the processor: the same results, and how long they take. ``python -m benchmarks.gpu``.

Fits the four target buckets, and takes steps of AutoDAN (4 beams x 256 candidates) and GCG (256 candidates) from the
same prompts on both, over the example pictures until the time is up; writes ``benchmarks/gpu.json``. Without a GPU the
processor is measured twice, which shows what the script does, and how far times are to be trusted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.agreement import TOLERANCE, maps_difference, relative_difference, step_agreement
from benchmarks.machine import write_report
from fuse_core.adapter.fit import FitOptions, fit_adapter
from fuse_core.cli.text_table import text_table
from fuse_core.common.devices import CPU, chosen_device, chosen_name, described
from fuse_core.common.errors import UserError
from fuse_core.common.picture_folder import look_through
from fuse_core.common.pictures import open_picture
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import PRESETS, load_preset
from fuse_core.search.problem import image_vector
from fuse_core.search.session import Session

FILE = Path(__file__).with_name("gpu.json")
SECONDS = 240.0  # after which no other picture is begun: the whole takes five minutes at most
FIT = FitOptions(bucketing="target", ridge=0.0, examples=16_384)
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One thing done on both devices.

    Attributes
    ----------
    what : str
    processor, device : float
        Seconds on each.
    difference : float
        Largest relative difference of what they found.
    agrees : bool
    about : dict
        More of a step: ``Agreement``.
    """

    what: str
    processor: float
    device: float
    difference: float
    agrees: bool
    about: dict

    @property
    def ratio(self) -> float:
        """How many times faster the device was."""
        return self.processor / self.device


def timed(device: torch.device, work: Callable[[], T]) -> tuple[T, float]:
    """What ``work`` returns and the seconds it took, on a device that may work on when a call returns."""
    _wait(device)
    started = time.perf_counter()
    found = work()
    _wait(device)
    return found, time.perf_counter() - started


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def fit_row(libraries: tuple[Library, Library], config: CaptionConfig) -> Row:
    """All four target buckets, tables on each device."""
    corpus = libraries[0].fit_corpus(config.source, FIT)
    found = []
    for library in libraries:
        source, target = (library.vocabulary_side(key) for key in (config.source, entry(config.target).embeddings))
        _warm_up(source.table)
        adapter, seconds = timed(library.device, lambda s=source, t=target: fit_adapter(s, t, corpus, FIT))
        found.append((adapter, seconds))
    (expected, processor), (adapter, device) = found
    difference = maps_difference(adapter.maps, expected.maps)
    return Row("fit, four target buckets", processor, device, difference, difference <= TOLERANCE, {})


def _warm_up(table: torch.Tensor) -> None:
    """The first product and decomposition on a GPU load its libraries."""
    some = table[:64, :64].double()
    torch.linalg.eigh(some @ some.T)


def step_row(libraries: tuple[Library, Library], config: CaptionConfig, before: int, path: Path) -> Row:
    """One step from the prompts that the processor had after ``before`` steps; the picture is read by both, too."""
    picture = open_picture(path)
    own, other = (Session.start(library, config, picture, picture_name=path.name) for library in libraries)
    read, expected_read = (torch.tensor(image_vector(session.problem)) for session in (other, own))
    for _ in range(before):
        own.step()
    other = Session.from_json(own.to_json(), libraries[1])
    if libraries[1].device.type != CPU:  # once for a GPU's libraries and memory
        other.step()
        other.back()
    expected, processor = timed(libraries[0].device, own.step)
    found, device = timed(libraries[1].device, other.step)
    agreement = step_agreement(found, expected)
    difference = max(agreement.difference, relative_difference(read, expected_read))
    what = f"{config.method}, {path.stem}: {expected.evaluations} candidates of {len(own.steps[-2].beams)} prompts"
    return Row(what, processor, device, difference, agreement.agrees and difference <= TOLERANCE, asdict(agreement))


def measure(libraries: tuple[Library, Library], seconds: float) -> list[Row]:
    """Everything, until the time is up."""
    started = time.perf_counter()
    caption = load_preset("offline-caption").changed(beams=4, candidates=256, steps=8)
    gcg = load_preset("offline-caption").changed(method="gcg", beams=1, candidates=256, steps=8, features="embedding")
    rows = [fit_row(libraries, caption)]
    _tell(rows[-1])
    for k, path in enumerate(look_through(PRESETS.parent / "images").pictures):
        for config, before in ((caption, 2), (gcg, 0)):
            if k and time.perf_counter() - started > seconds:
                return rows
            rows.append(step_row(libraries, config, before, path))
            _tell(rows[-1])
    return rows


def _tell(row: Row) -> None:
    print(f"{row.what}: {row.processor:.2f} s, {row.device:.2f} s, {row.difference:.1e}", file=sys.stderr)


def report(rows: list[Row], names: tuple[str, str], command: str) -> dict:
    """Plain values for JSON."""
    twice = names[0] == names[1]
    return {
        "created": datetime.now(UTC).date().isoformat(),
        "command": command,
        "torch": torch.__version__,
        "processor": described(names[0]).as_dict(),
        "device": described(names[1]).as_dict(),
        "note": "There was no GPU: the processor was measured twice." if twice else "",
        "tolerance": TOLERANCE,
        "agrees": all(row.agrees for row in rows),
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }


def main() -> int:
    """Measure, write the file, print a table; 1 where the devices disagree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", metavar="D", help="default: $FUSE_DEVICE, else a GPU where one is")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="begin nothing after (%(default)s)")
    parser.add_argument("--record", type=Path, default=FILE, metavar="FILE", help="default: benchmarks/gpu.json")
    options = parser.parse_args()
    try:
        name = chosen_name(options.device)
        libraries = Library(device=CPU), Library(device=chosen_device(options.device))
        rows = measure(libraries, options.seconds)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    found = report(rows, (CPU, name), " ".join(["python -m benchmarks.gpu", *sys.argv[1:]]))
    write_report(options.record, json.dumps(found, indent=1) + "\n")
    print(
        text_table([{"what": r.what, CPU: r.processor, name + " ": r.device, "difference": r.difference} for r in rows])
    )
    print(f"{found['note']}\n{'The results agree.' if found['agrees'] else 'The results DISAGREE.'} {options.record}")
    return 0 if found["agrees"] else 1


if __name__ == "__main__":
    sys.exit(main())
