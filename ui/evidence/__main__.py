"""The figures of an experiment's result, in a page beside it: ``python -m ui.evidence results/accuracy.json``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from fuse_core.analysis.experiments.record import read_record
from fuse_core.common.errors import UserError
from fuse_core.common.storage import write_atomically
from ui.evidence.result_page import result_page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ui.evidence", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="NAME.json of `fuse experiment`")
    for file in parser.parse_args().files:
        page = file.with_suffix(".html")
        try:
            made = result_page(read_record(file))
            write_atomically(page.resolve(), partial(Path.write_text, data=made, encoding="utf-8"))
        except UserError as error:
            parser.error(str(error))
        print(page)


if __name__ == "__main__":
    main()
