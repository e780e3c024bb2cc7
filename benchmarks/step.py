"""A step of AutoDAN against scoring its candidates with full forward passes. ``python -m benchmarks.step``.

*Ours* proposes by the carried gradient and reads every token's log-probability off one pass of the language model over
the beams; the image-text model reads each candidate once. *From scratch* reads the same candidates with both models,
each by itself, without any proposal. *The whole vocabulary* is what that would take for every allowed token, reckoned
from the time a candidate. From the same prompts, in turn, medians.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from benchmarks.interleaved import interleaved, ratio
from benchmarks.report import Report, published
from fuse_core.common.pictures import open_picture
from fuse_core.library import Library
from fuse_core.search.methods.registry import take_step
from fuse_core.search.presets import PRESETS, load_preset
from fuse_core.search.records import Step
from fuse_core.search.session import Session

PICTURES = ("tuning/moose.jpg",)
OURS, SCRATCH = "ours", "from scratch"


def row(library: Library, picture: str, unit: str, times: int) -> dict[str, object]:
    """One picture: a step from the beams of the fourth, and its candidates from scratch."""
    config = load_preset("offline-plain").changed(unit=unit, steps=5)
    session = Session.start(library, config, open_picture(PRESETS.parent / picture))
    for _ in range(4):
        session.step()
    before, problem = session.steps[-1], session.problem
    step: Step = take_step(problem, before, 5)
    texts = [candidate.text for candidate in step.candidates]
    timed = interleaved(
        {OURS: lambda: take_step(problem, before, 5), SCRATCH: lambda: problem.objective.evaluate(texts)}, times
    )
    again, _ = problem.objective.evaluate(texts)
    apart = max(abs(c.objective - total) for c, total in zip(step.candidates, again.tolist(), strict=True))
    every = len(before.beams) * int(problem.vocabulary.allowed.sum())
    return {
        "picture": picture,
        "unit": unit,
        "candidates": len(texts),
        "from scratch / ours": f"{ratio(timed[SCRATCH], timed[OURS]):.2f}",
        "the whole vocabulary / ours": f"{ratio(timed[SCRATCH], timed[OURS]) * every / len(texts):,.0f}",
        "objectives differ by": f"{apart:.1e}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, metavar="N", help="runs of each way (%(default)s)")
    options = parser.parse_args()
    library, rows = Library(), []
    for picture in PICTURES:
        for unit in ("token", "both"):
            rows.append(row(library, picture, unit, options.times))
            print(rows[-1], file=sys.stderr)
    about = (
        "A whole step of ours, proposals, end and colours of the words included, against its candidates read again by "
        "both models; above 1 ours is faster. The whole vocabulary is reckoned, not run. The last column is the "
        "largest difference between a candidate's objective in the step and from scratch."
    )
    published(Report("step", "A step of AutoDAN", about, rows))


if __name__ == "__main__":
    main()
