"""All kinds of adapters on one pair, judged alike: held-out error, retrieval, and what their gradients are worth.

FUSE's authors (arXiv 2408.04816) compare their map with no other. Here every kind carries the same held-out words of
one token to the target's space; how near they land is the error, whether the right token is nearest the retrieval, and
how well the target's gradient, read through the kind, orders candidate tokens the Spearman correlation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.kinds.kind import KINDS, Carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.analysis.carried_order import OWN, Order, carried_orders
from fuse_core.analysis.cka import linear_cka
from fuse_core.analysis.distinct_models import check_distinct
from fuse_core.analysis.fidelity import CONTEXTS, draw_candidates
from fuse_core.analysis.landing import Landing, landing
from fuse_core.analysis.retrieval import TokenSearch, sample_rows
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.json_values import finite
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.search.vocabulary import source_vocabulary
from fuse_core.words.corpus import english
from fuse_core.words.text_means import text_means

HELDOUT = 1000  # words judged, at most
CANDIDATES = 2000  # random tokens that orders are told of, those that fidelity draws
FITTING = 0.6  # of the time a comparison takes


@dataclass(frozen=True)
class KindReport:
    """How one kind of adapter did.

    Attributes
    ----------
    kind : str
    landing : Landing
        Of the held-out words.
    orders : dict
        ``every``: of random candidates; ``heldout``: of the held-out words. Empty where the target takes no pictures.
    seconds : float
        Of the fit and of carrying all tokens that are judged.
    bytes : int
    facts : dict
        What the fit chose or took.
    """

    kind: str
    landing: Landing
    orders: dict[str, Order]
    seconds: float
    bytes: int
    facts: dict[str, float]


@dataclass(frozen=True)
class AdapterComparison:
    """Every kind on one pair of models.

    Attributes
    ----------
    words, heldout : int
        Words of one token to both models: those that fits saw, and those that are judged.
    cka : float
        Linear CKA of the two tables over the words that fits saw.
    pictures, contexts, candidates : int
        What the orders were measured on, contexts a picture, and random candidates a context.
    own : dict
        The orders of the target's own gradient, as in ``KindReport``.
    kinds : tuple of KindReport
    """

    source: str
    target: str
    words: int
    heldout: int
    cka: float
    pictures: int
    contexts: int
    candidates: int
    own: dict[str, Order]
    kinds: tuple[KindReport, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; None for what is not defined."""
        return finite(asdict(self))


def compare_adapters(
    library: Library,
    source: str,
    target: str,
    pictures: Mapping[str, Image.Image],
    kinds: Sequence[str] = (),
    options: FitOptions = FitOptions(),
    progress: Progress | None = None,
) -> AdapterComparison:
    """Fit and judge kinds of adapters.

    Parameters
    ----------
    source, target : str
        Catalog keys.
    pictures : mapping
        Name -> picture, for the orders; not looked at where the target takes none.
    kinds : sequence of str
        Names of the registry; default: all that the source can have.
    options : FitOptions
        Its ``examples`` and ``words``; the rest is each kind's own affair.
    progress : callable, optional
        Called with the share done and what is being done; what it raises ends the comparison.

    Raises
    ------
    UserError
        For an unknown kind, a model and itself, a tokenizer without a model, or a pair that shares too few words.

    Notes
    -----
    One to two minutes on two cores: the fits, then 3,000 short texts a context under the target.
    """
    report_progress = progress or (lambda share, what: None)
    for name in kinds:
        checks.choice("method", name, tuple(KINDS))
    options.check()
    check_distinct(source, target)
    report_progress(0.0, "Looking for the words that both models share")
    shared = shared_words(library, source, target, options)
    judged = sample_rows(shared.rows, HELDOUT)
    if not judged:
        raise UserError(f"No word that {source} and {target} share was held out of the fit.", "Choose another pair.")
    vocabulary = source_vocabulary(library, source)
    heldout = torch.tensor([row.source[0] for row in judged])
    ids = torch.cat([heldout, draw_candidates(vocabulary, CANDIDATES)])
    texts = [vocabulary.texts[k] for k in ids.tolist()]
    table = shared.target.table
    right, mean = torch.tensor([row.target[0] for row in judged], device=table.device), shared.y.mean(0)
    search, reports = TokenSearch(table), []
    places = {OWN: text_means(shared.target.tokenizer, table, texts)}
    able = [name for name, kind in KINDS.items() if shared.features is not None or not kind.reads_layers]
    chosen = tuple(kinds or able)
    for done, name in enumerate(chosen):
        span = FITTING * done / len(chosen), FITTING * (done + 1) / len(chosen)
        carrier, places[name], seconds = _fitted(name, shared, ids, part_of(report_progress, *span))
        landed = landing(places[name][: len(judged)], right, table, mean, search)
        reports.append((name, landed, seconds, carrier))
    orders: dict[str, dict[str, Order]] = {}
    seen = pictures if entry(target).image_text is not None else {}
    if seen:
        parts = {"every": slice(len(judged), None), "heldout": slice(len(judged))}
        orders = carried_orders(library, target, seen, texts, places, parts, part_of(report_progress, FITTING, 1.0))

    def of(name: str) -> dict[str, Order]:
        return {part: found[name] for part, found in orders.items()}

    return AdapterComparison(
        source=source,
        target=target,
        words=len(shared.training),
        heldout=len(judged),
        cka=linear_cka(shared.x, shared.y),
        pictures=len(seen),
        contexts=len(CONTEXTS) if seen else 0,
        candidates=len(ids) - len(judged) if seen else 0,
        own=of(OWN),
        kinds=tuple(
            KindReport(name, landed, of(name), seconds, carrier.bytes, dict(carrier.facts))
            for name, landed, seconds, carrier in reports
        ),
    )


def shared_words(library: Library, source: str, target: str, options: FitOptions) -> SharedWords:
    """The pair's words of one token, those that its adapter is fitted on. Tokenises the corpus, once a process."""

    def make() -> SharedWords:
        sides = [library.vocabulary_side(key) for key in (source, target)]
        words = library.fit_corpus(source, options)
        features = (lambda p: library.token_features(source, p)) if entry(source).causal else None
        return SharedWords.of(sides[0], sides[1], words, english(options.words), options.examples, features)

    return library.once(("shared words", source, target, options), make)


def _fitted(name: str, shared: SharedWords, ids: Tensor, progress: Progress) -> tuple[Carrier, Tensor, float]:
    """A kind's carrier, where it carries the tokens, and the seconds both took."""
    report = part_of(progress, 0.0, 1.0, f"{KINDS[name].label}: ")
    report(0.0, "Fitting")
    started = time.perf_counter()
    with torch.no_grad():
        carrier = KINDS[name].fit(shared, part_of(report, 0.0, 0.5))
        places = carrier.places(ids, part_of(report, 0.5, 1.0))
    return carrier, places, time.perf_counter() - started
