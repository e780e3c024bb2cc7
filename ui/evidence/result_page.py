"""An experiment's result as one page to keep: what it asks and says, its figures and its table, without a server."""

from __future__ import annotations

from fuse_core.analysis.experiments.experiment import EXPERIMENTS
from fuse_core.analysis.experiments.record import Record
from ui.evidence import figures, results
from ui.kit.standalone import Part, prose, standalone


def result_page(record: Record) -> str:
    """HTML, about 2 MB, most of which is Plotly's library, packed."""
    experiment = EXPERIMENTS[record["experiment"]]
    parts: list[Part] = [prose(results.asked(experiment)), prose(results.made(experiment, record))]
    for figure in experiment.figures:
        parts += [prose(f"#### {figure.title}"), figures.draw(experiment, figure, record["rows"])]
    return standalone(experiment.title, [*parts, results.table(experiment, record).fillna("")])
