"""Captions of a batch by the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.batch import Begin, Engine, captioned, known_result
from fuse_core.search.journal import Results
from fuse_core.search.journal_file import BatchResult
from fuse_core.search.ray_pool import LOST, RayPool

Job = tuple[Path, str]  # a picture and the hash of its content


def ray_engine(pool: RayPool, begin: Begin, paths: Sequence[Path]) -> Engine:
    """An engine that captions pictures of unlike content at a time; results come as they are done, known ones first.

    Every file is read twice: here for its content's hash, by which it may be known, and by the worker, where it has to
    lie under the same path.
    """

    def captions(results: Results) -> Iterator[BatchResult]:
        jobs: dict[str, Path] = {}
        others: dict[str, list[str]] = {}  # further names of the same content
        for path in paths:
            known = known_result(path, results)
            if known.values:
                yield known
            elif known.sha256 in jobs:
                others.setdefault(known.sha256, []).append(known.image)
            else:
                jobs[known.sha256] = path.absolute()
        listed = [(path, digest) for digest, path in jobs.items()]
        for k, outcome in pool.over(partial(_captioner, begin), listed):
            path, digest = listed[k]
            result = outcome or BatchResult(shown_name(path), {"error": LOST}, digest)
            yield result
            for name in others.get(digest, ()):
                yield BatchResult(name, result.values, digest, repeated="caption" in result.values)

    return captions


def _captioner(begin: Begin, library: Library) -> Callable[[Job], BatchResult]:
    write = begin(library)
    return lambda job: captioned(write, *job)
