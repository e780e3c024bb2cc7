"""Running an experiment: cell after cell, those that are finished kept, into a table and what belongs to it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from fuse_core.analysis.experiments.cell_journal import open_cells
from fuse_core.analysis.experiments.experiment import SIZES, Experiment, Row
from fuse_core.analysis.experiments.record import FORMAT, VERSION, Record, record_csv, record_of
from fuse_core.common import checks
from fuse_core.common.devices import described
from fuse_core.common.errors import MissingModel, UserError
from fuse_core.common.json_values import finite
from fuse_core.common.progress import Progress, part_of
from fuse_core.common.storage import write_atomically
from fuse_core.common.text_files import to_json
from fuse_core.library import Library


def run_experiment(
    library: Library, experiment: Experiment, size: str, folder: Path, progress: Progress = lambda share, what: None
) -> Record:
    """Measure what is not measured yet, and write ``NAME.json`` and ``NAME.csv``.

    Finished cells stand in ``NAME.cells.jsonl`` until the experiment is whole; a second run goes on from there.

    Parameters
    ----------
    size : str
        One of ``SIZES``.
    folder : Path
        Gets the files; it need not exist.

    Raises
    ------
    UserError
        When the folder cannot be written, holds cells of other settings, or no cell can be measured.
    """
    checks.choice("size", size, SIZES)
    settings, device = experiment.sizes[size], described(str(library.device)).sentence
    head = {"format": FORMAT, "version": VERSION, "experiment": experiment.name, "settings": dict(settings)}
    path = folder / f"{experiment.name}.cells.jsonl"
    observations: list[Row] = []
    left_out: list[dict[str, Any]] = []
    cpu_seconds = 0.0
    with open_cells(path, head) as journal:
        cells = experiment.cells(settings)
        for done, cell in enumerate(cells):
            name = ", ".join(f"{key} {value}" for key, value in cell.items())
            report = part_of(progress, done / len(cells), (done + 1) / len(cells), f"{name}: ")
            if journal.find(cell) is None:
                report(0.0, "Measuring")
                started = time.process_time()
                try:
                    rows = finite(experiment.measure(library, settings, cell, report))
                except MissingModel as error:
                    left_out.append({"cell": dict(cell), "error": str(error)})
                    continue
                journal.add(cell, rows, time.process_time() - started)
            found = journal.find(cell)
            assert found is not None
            observations += found["rows"]
            cpu_seconds += found["cpu_seconds"]
        if not observations:
            raise UserError("Nothing could be measured.", left_out[0]["error"] if left_out else "")
        table = finite(experiment.table(settings, observations))
        record = record_of(experiment, size, table, left_out, cpu_seconds, device)
        for file, text in ((f"{experiment.name}.json", _lines(record)), (f"{experiment.name}.csv", record_csv(record))):
            write = partial(Path.write_text, data=text, encoding="utf-8", newline="")
            write_atomically(folder.resolve() / file, write)
        path.unlink()
    return record


def _lines(record: Record) -> str:
    """JSON with a row a line, so that versions of a record can be compared."""
    head = to_json({name: value for name, value in record.items() if name != "rows"})
    rows = ",\n ".join(to_json(row) for row in record["rows"])
    return f'{head[:-1]},\n"rows": [\n {rows}\n]}}\n'
