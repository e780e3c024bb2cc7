"""What the commands of the command line do: options in, plain values for JSON out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fuse_core.cli.adapters_command import run_adapters
from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.placement import library_of
from fuse_core.common.errors import UserError


def run_models(options: argparse.Namespace) -> dict:
    """Every entry of the catalog, and the device that models would run on."""
    from fuse_core.common import devices
    from fuse_core.common.artefacts import ArtefactStore
    from fuse_core.common.storage import cache_dir
    from fuse_core.models.architectures import table
    from fuse_core.models.catalog import entries
    from fuse_core.models.entry import TOKENIZER

    if options.markdown:
        check_outputs({"--markdown": options.markdown})
    fields = ("key", "title", "family", "origin", "licence", "present")
    device, store = devices.described(devices.chosen_name(options.device)), ArtefactStore(cache_dir())
    answer = {
        "device": device.as_dict(),
        "dtype": devices.chosen_precision(options.dtype),
        "models": [
            {name: getattr(e, name) for name in fields}
            | {"roles": list(e.roles), "facts": e.facts(store)}
            | {"device": None if e.roles == (TOKENIZER,) else device.name}
            for e in entries()
        ],
    }
    if options.markdown:
        write_outputs(answer, {options.markdown: table.markdown()})
    return answer


def add_models_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of ``models``."""
    command.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the table of architectures that can be used, too"
    )


def run_buckets(options: argparse.Namespace) -> dict:
    """Words by (source length, target length) and coverage."""
    from fuse_core.analysis.answers.buckets import buckets_answer
    from fuse_core.library import Library

    return buckets_answer(Library(), options.source, options.target, options.words, options.max_tokens)


def run_fit(options: argparse.Namespace) -> dict:
    """Fit (or find in the cache) the adapters of a pair; the fields of the first stand at the top."""
    from fuse_core.analysis.answers.fit import fit_answer, fits_of

    if options.method is not None:
        return run_adapters(options, report_progress)
    if options.images is not None:
        raise UserError("--images goes with --method, whose gradients it is about.", "Add --method all.")
    fits = fits_of(options.bucketing, options.features, options.ridge, options.max_tokens, options.examples)
    library, source, target = library_of(options), options.source, options.target
    answer = fit_answer(library, source, target, fits, report_progress)
    for name, found in answer["by_bucketing"].items():
        found["path"] = str(library.adapter_file(source, target, fits[name]))
    return {**next(iter(answer["by_bucketing"].values())), **answer}


def report_progress(share: float, what: str) -> None:
    print(f"[{share:4.0%}] {what}", file=sys.stderr)
