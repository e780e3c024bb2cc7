"""Where a command captions its pictures, and which of them: the options, and the engine that they choose."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.common import devices
from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from fuse_core.library import Library
    from fuse_core.search.batch import Begin
    from fuse_core.search.config import CaptionConfig
    from fuse_core.search.journal_file import BatchResult
    from fuse_core.search.ray_pool import RayPool

LOCAL, RAY = "local", "ray"
GIVEN = ("engine", "address", "workers", "threads", "shard")
HERE = dict.fromkeys(GIVEN)  # nothing of it given


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = command.add_argument_group("where", "Past one process: docs/scaling.md.")
    group.add_argument(
        "--engine",
        choices=(LOCAL, RAY),
        help=f"{LOCAL}: this process (default); {RAY}: workers of a Ray cluster, which 'make ray' installs",
    )
    group.add_argument(
        "--address",
        metavar="A",
        help="of the cluster: auto, or HOST:PORT of its head; default: Ray is started here, and ended",
    )
    group.add_argument(
        "--workers", type=int, metavar="N", help="default: as many as the cluster has cores, or GPUs, for"
    )
    group.add_argument(
        "--threads", type=int, metavar="N", help="of this process, or of each of Ray's workers (default there: 1)"
    )
    group.add_argument(
        "--shard", metavar="I/N", help="every N-th picture from the I-th on, for N jobs that know nothing of each other"
    )


def part(options: argparse.Namespace, paths: Sequence[Path]) -> list[Path]:
    """The pictures of the shard that is asked for; all where none is.

    Raises
    ------
    UserError
        For what is no shard, or has no picture.
    """
    from fuse_core.common.shard import parse_shard

    return parse_shard(options.shard).part(paths) if options.shard is not None else list(paths)


def results_of(
    options: argparse.Namespace,
    library: Library,
    config: CaptionConfig,
    paths: Sequence[Path],
    journal: Path | None,
    begin: Begin,
    baseline: str = "",
) -> Iterator[BatchResult]:
    """A result for every picture, by the engine that is asked for; that of Ray gives them as they are done.

    Raises
    ------
    UserError
        For an option that does not go with the engine, and as ``caption_all``.
    """
    from fuse_core.common.shard import parse_shard
    from fuse_core.search.batch import caption_all, filed
    from fuse_core.search.journal_file import Head

    check(options)
    shard = str(parse_shard(options.shard)) if options.shard is not None else ""
    if options.engine == RAY:
        from fuse_core.search.ray_engine import ray_engine

        return filed(ray_engine(ray_pool(options), begin, paths), Head(config, baseline, shard), journal)
    return caption_all(library, config, paths, journal, baseline=baseline, write=begin(library), shard=shard)


def ray_pool(options: argparse.Namespace) -> RayPool:
    """The workers that are asked for.

    Raises
    ------
    UserError
        When Ray is not installed, and for options that cannot be.
    """
    from fuse_core.search.ray_pool import RayPool

    threads = 1 if options.threads is None else options.threads
    device = options.device or os.environ.get(devices.VARIABLE)
    dtype = options.dtype or os.environ.get(devices.PRECISION)
    return RayPool(options.address, options.workers, threads, device, dtype)


def check(options: argparse.Namespace) -> None:
    """See that options go with the engine, and set this process's threads where they are asked for.

    Raises
    ------
    UserError
        For one that does not.
    """
    if options.engine == RAY:
        return
    for name in ("address", "workers"):
        if getattr(options, name) is not None:
            raise UserError(f"--{name} goes with --engine {RAY}.", "Add that, or leave it out.")
    if options.threads is not None:
        import torch

        if options.threads < 1:
            raise UserError(f"--threads must be 1 or more, and is {options.threads}.")
        torch.set_num_threads(options.threads)
