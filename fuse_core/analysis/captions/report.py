"""An evaluation as plain values: what ``evaluate`` prints, writes and the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.analysis.captions.evaluation import Evaluation, differences, evaluate
from fuse_core.analysis.captions.metrics.metric import Judged, Judges
from fuse_core.analysis.paired import LEVEL
from fuse_core.common.csv import csv_text
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.journal import BatchResult


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


def against(found: Evaluation, other: CaptionRun, judged: Evaluation) -> dict[str, Any]:
    """A run minus another: the other's ``metrics`` and captions, and the ``differences``."""
    return {
        "name": other.name,
        "metrics": judged.values(),
        "captions": other.captions,
        "differences": differences(found, judged),
    }


def csv_table(answer: dict[str, Any]) -> str:
    """Picture, caption, every measure of it by itself, references, error."""
    columns = list(answer["metrics"])
    rows: list[list[object]] = [["image", "caption", *columns, "references", "error"]]
    for row in answer["results"]:
        values = [row["scores"][column] for column in columns]
        rows.append([row["image"], row["caption"], *values, " | ".join(row["references"]), ""])
    rows += [[row["image"], "", *(None for _ in columns), "", row["error"]] for row in answer["without"]]
    return csv_text(rows)
