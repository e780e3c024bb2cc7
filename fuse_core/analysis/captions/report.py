"""An evaluation as plain values: what ``evaluate`` prints, writes and the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.analysis.captions.evaluation import Evaluation, differences, evaluate
from fuse_core.analysis.captions.metrics.metric import Judged, Judges
from fuse_core.analysis.paired import LEVEL
from fuse_core.common import checks
from fuse_core.common.csv import csv_text
from fuse_core.common.progress import Progress
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.journal_file import BatchResult, read_results


@dataclass(frozen=True)
class CaptionRun:
    """Captions of a set of pictures, from whatever source.

    Attributes
    ----------
    name : str
        For people.
    results : sequence of BatchResult
        Captions and errors; of several for one picture the last counts.
    writer : str
        Key of the language model that wrote them; empty where none did.
    """

    name: str
    results: Sequence[BatchResult]
    writer: str = ""

    @cached_property
    def _last(self) -> dict[str, dict]:
        return {result.image: result.values for result in self.results}

    @property
    def captions(self) -> dict[str, str]:
        """Caption by picture."""
        return {image: values["caption"] for image, values in self._last.items() if "caption" in values}

    def errors(self, known: CaptionSet) -> dict[str, str]:
        """What is wrong, by picture of the set that got no caption."""
        return {image: self._last[image]["error"] for image in known.references if "error" in self._last.get(image, ())}

    def evaluate(
        self, library: Library, known: CaptionSet, progress: Progress = lambda share, what: None
    ) -> Evaluation:
        """The captions beside their references, in the set's order, under every measure.

        Raises
        ------
        UserError
            When no picture of the set has a caption.
        """
        found = self.captions
        judged = [Judged(image, found[image], texts) for image, texts in known.references.items() if image in found]
        return evaluate(judged, Judges(library, list(known.references.values()), self.writer), progress)


def report(run: CaptionRun, known: CaptionSet, found: Evaluation) -> dict[str, Any]:
    """One run: ``metrics`` by column, those ``missing``, every picture's ``results``, errors of those ``without``."""
    return {
        "name": run.name,
        "references": known.name,
        "pictures": len(found.judged),
        "of": len(known.references),
        "level": LEVEL,
        "metrics": found.values(),
        "missing": found.missing,
        "results": [
            {"image": j.image, "caption": j.caption, "references": list(j.references), "scores": scores}
            for j, scores in zip(found.judged, found.scores(), strict=True)
        ],
        "without": [{"image": image, "error": error} for image, error in run.errors(known).items()],
    }


def failures(run: CaptionRun, known: CaptionSet) -> str:
    """How many pictures got no caption, and why the first did not; empty where all did."""
    errors = run.errors(known)
    if not errors:
        return ""
    image, error = next(iter(errors.items()))
    return f"{len(errors)} picture{'s' * (len(errors) > 1)} got no caption; '{image}': {error}"


def report_against(
    library: Library, run: CaptionRun, others: Sequence[CaptionRun], known: CaptionSet, progress: Progress
) -> dict[str, Any]:
    """A report, and ``against``: every other run's ``metrics``, ``captions`` and ``differences`` (run minus it).

    Raises
    ------
    UserError
        When a run has no caption of the set, or none in common with another.
    """
    found, compared, taken = run.evaluate(library, known, progress), [], {run.name}
    for other in others:
        name = next(name for name in _names(other.name) if name not in taken)
        taken.add(name)
        judged = other.evaluate(library, known, progress)
        compared.append(
            {
                "name": name,
                "metrics": judged.values(),
                "captions": other.captions,
                "differences": differences(found, judged),
            }
        )
    return report(run, known, found) | {"against": compared}


def _names(name: str) -> Iterator[str]:
    """A name, and others for runs that are called the same."""
    yield name
    yield from (f"{name} ({k})" for k in count(2))


def read_run(path: Path) -> CaptionRun:
    """A run that a file of batch results holds, called as the file.

    Raises
    ------
    UserError
        For another file, and captions longer than 2,000 characters.
    """
    config, baseline, results = read_results(path)
    for result in results:
        checks.text(f"caption of {result.image}", result.values.get("caption", ""))
    return CaptionRun(shown_name(path.with_suffix("")), results, "" if baseline else config.source)


def csv_table(answer: dict[str, Any], settings: Mapping[str, object] | None = None) -> str:
    """Below the ``settings``: picture, caption, every measure of it by itself, references, error."""
    columns = list(answer["metrics"])
    rows: list[list[object]] = [["image", "caption", *columns, "references", "error"]]
    for row in answer["results"]:
        values = [row["scores"][column] for column in columns]
        rows.append([row["image"], row["caption"], *values, " | ".join(row["references"]), ""])
    rows += [[row["image"], "", *(None for _ in columns), "", row["error"]] for row in answer["without"]]
    return csv_text(rows, settings)
