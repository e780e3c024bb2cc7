"""Pictures under every arm, one run after the other, as the command and the page make a comparison."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from fuse_core.analysis.arm_runs import ArmRun, run_arms
from fuse_core.analysis.arms import Arm
from fuse_core.analysis.comparison import picture_result
from fuse_core.common.errors import MissingModel, UserError, said
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Cancelled, Progress, part_of
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.ray_pool import LOST, RayPool

PRESET = "offline-plain"  # what gradients are compared by
log = logging.getLogger(__name__)


class PictureRun(NamedTuple):
    """One run of a comparison: a picture's file name, the seed and what its arm came to."""

    image: str
    seed: int
    run: ArmRun


def compare_pictures(
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    arms: Sequence[Arm],
    seeds: Sequence[int],
    skipped: list[dict[str, str]],
    progress: Progress = lambda share, what: None,
) -> Iterator[PictureRun]:
    """Run every arm on every picture with every seed, picture by picture. Cost: that of as many runs.

    A picture that cannot be opened, or whose search fails, goes to ``skipped`` as ``image`` and ``error``; the others
    are compared all the same. Of several pictures of one name the later ones get a number.

    Raises
    ------
    UserError
        When a model is missing, or every picture failed: what is wrong with the first.
    """
    yield from _runs(library, config, paths, arms, seeds, skipped, progress)
    _check_some(picture_names(paths), skipped)


def _runs(
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    arms: Sequence[Arm],
    seeds: Sequence[int],
    skipped: list[dict[str, str]],
    progress: Progress = lambda share, what: None,
) -> Iterator[PictureRun]:
    names = picture_names(paths)
    jobs = [(path, name, seed) for path, name in zip(paths, names, strict=True) for seed in seeds]
    for k, (path, name, seed) in enumerate(jobs):
        if any(row["image"] == name for row in skipped):
            continue
        mark = f"{name}, " + (f"seed {seed}, " if len(seeds) > 1 else "")
        report_progress = part_of(progress, k / len(jobs), (k + 1) / len(jobs), mark if len(jobs) > 1 else "")
        try:
            for run in run_arms(library, config.changed(seed=seed), open_picture(path), arms, report_progress):
                yield PictureRun(name, seed, run)
        except (Cancelled, MissingModel):
            raise
        except Exception as error:  # of this picture: the next may do better
            log.debug("%s", path, exc_info=error)
            skipped.append({"image": name, "error": said(error)})


def _check_some(names: Sequence[str], skipped: Sequence[dict[str, str]]) -> None:
    if skipped and {row["image"] for row in skipped} == set(names):
        raise UserError("None of the pictures could be compared.", skipped[0]["error"])


def compare_by_workers(
    pool: RayPool,
    config: CaptionConfig,
    paths: Sequence[Path],
    arms: Sequence[Arm],
    seeds: Sequence[int],
    skipped: list[dict[str, str]],
) -> Iterator[PictureRun]:
    """As ``compare_pictures``, a picture a worker; all runs of a picture come together, as pictures are done.

    Raises
    ------
    UserError
        As ``compare_pictures``, and when there is no cluster.
    """
    names = picture_names(paths)
    begin = partial(_comparer, config, tuple(arms), tuple(seeds))
    for k, outcome in pool.over(begin, [path.absolute() for path in paths]):
        runs, error = outcome or ([], LOST)
        if error:
            skipped.append({"image": names[k], "error": error})
        yield from (run._replace(image=names[k]) for run in runs)
    _check_some(names, skipped)


def _comparer(
    config: CaptionConfig, arms: Sequence[Arm], seeds: Sequence[int], library: Library
) -> Callable[[Path], tuple[list[PictureRun], str]]:
    def compare(path: Path) -> tuple[list[PictureRun], str]:
        skipped: list[dict[str, str]] = []
        runs = list(_runs(library, config, [path], arms, seeds, skipped))
        return runs, skipped[0]["error"] if skipped else ""

    return compare


def rows_of(
    found: Sequence[PictureRun], arms: Sequence[Arm], skipped: Sequence[dict[str, str]]
) -> list[dict[str, Any]]:
    """``picture_result`` of every picture and seed under all arms, or of the first while that is all there is."""
    failed = {row["image"] for row in skipped}
    grouped = groupby((item for item in found if item.image not in failed), lambda item: (item.image, item.seed))
    rows = [picture_result(image, seed, [item.run for item in group]) for (image, seed), group in grouped]
    return [row for row in rows if len(row["arms"]) == len(arms)] or rows[:1]


def picture_names(paths: Sequence[Path]) -> list[str]:
    """Their file names; of several of one name the later ones have a number."""
    names, seen = [], Counter[str]()
    for name in map(shown_name, paths):
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return names
