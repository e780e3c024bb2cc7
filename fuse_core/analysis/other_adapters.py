"""Kinds of adapters beside a search's own: fitted once for a pair, and where they carry the candidates of a run."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.kinds.kind import KINDS, Carrier
from fuse_core.analysis.adapter_comparison import shared_words
from fuse_core.common import checks
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library


class OtherAdapters:
    """Kinds of adapters on one pair; shared by the pictures of a run.

    Parameters
    ----------
    source, target : str
        Catalog keys.
    kinds : sequence of str
        Names of the registry.

    Raises
    ------
    UserError
        For a kind that is not known.
    """

    def __init__(self, library: Library, source: str, target: str, kinds: Sequence[str]) -> None:
        for name in kinds:
            checks.choice("adapters", name, tuple(KINDS))
        self.library, self.pair = library, (source, target)
        self.kinds = tuple(name for name in KINDS if name in kinds)
        self._places: dict[str, Tensor] = {}
        self._of: Tensor | None = None

    def fit(self, progress: Progress) -> dict[str, Carrier]:
        """Every kind's carrier, fitted at most once a library: seconds each, ``trained`` the longest of them.

        Raises
        ------
        UserError
            For a pair that shares too few words, or a source without what a kind reads.
        """
        found = {}
        for done, name in enumerate(self.kinds):
            label = f"{KINDS[name].label}: "
            report = part_of(progress, done / len(self.kinds), (done + 1) / len(self.kinds), label)
            found[name] = self._fitted(name, report)
        return found

    def _fitted(self, name: str, progress: Progress) -> Carrier:
        key = ("kind of adapter", name, *self.pair)
        report = self.library.relayed_progress(key, progress)

        def make() -> Carrier:
            report(0.0, "Fitting")
            with torch.no_grad():
                return KINDS[name].fit(shared_words(self.library, *self.pair, FitOptions()), report)

        return self.library.once(key, make, progress)

    def places(self, candidates: Tensor, progress: Progress | None = None) -> dict[str, Tensor]:
        """Where every kind carries source tokens, each of shape (candidates, d_tgt). Kept."""
        report = progress or (lambda share, what: None)
        if self._of is None or not torch.equal(self._of, candidates):
            with torch.no_grad():
                self._places = {name: c.places(candidates, report) for name, c in self.fit(report).items()}
            self._of = candidates
        return self._places
