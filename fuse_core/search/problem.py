"""A caption problem: the objective for one picture and everything that is computed once for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from PIL import Image
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import FitOptions, default_ridge
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.objective.label_term import LabelTerm
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.objective import Objective
from fuse_core.objective.target_term import TargetTerm
from fuse_core.search.config import PROBE_WORDS, CaptionConfig
from fuse_core.search.goal import Goal
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.gradient_scores import append_scores
from fuse_core.search.label_words import LabelWords
from fuse_core.search.methods.projection import Projection
from fuse_core.search.objective_terms import target_terms
from fuse_core.search.pinned import bare, is_wanted
from fuse_core.search.records import Step, WordStrength
from fuse_core.search.vocabulary import Vocabulary, source_vocabulary
from fuse_core.search.word_source import SourceWords, WordSource
from fuse_core.search.word_table import unread_words, word_table
from fuse_core.words.text_means import text_means
from fuse_core.words.word_filter import WordFilter, is_listed


@dataclass(frozen=True)
class Problem:
    """Models, objective and proposal sources of one run. Read-only: steps share it.

    Attributes
    ----------
    config : CaptionConfig
    objective : Objective
    vocabulary : Vocabulary
    carried : tuple of GradientRoute
        Through the adapters, one a target in the objective's order: they colour words by gradient strength, whatever
        the guidance.
    routes : tuple of GradientRoute
        What guides the search, one a target in the objective's order; empty for guidance without a gradient.
    word_source : WordSource or None
        None where whole words are not proposed.
    word_filter : WordFilter or None
        None where it is off.
    elsewhere : callable or None
        (the step before, number of the new one) -> the new step, where another process takes steps.
    """

    config: CaptionConfig
    objective: Objective
    vocabulary: Vocabulary
    carried: tuple[GradientRoute, ...]
    routes: tuple[GradientRoute, ...]
    word_source: WordSource | None = None
    word_filter: WordFilter | None = None
    elsewhere: Callable[[Step, int], Step] | None = None

    def scores(self, prompts: Sequence[str]) -> Tensor | None:
        """Predicted fall of all targets' weighted losses together, shape = (prompts, vocabulary).

        For every token appended as a new word; None for guidance without a gradient.
        """
        if not self.routes:
            return None
        return torch.stack([append_scores(route, prompts, PROBE_WORDS) for route in self.routes]).sum(0)

    def generator(self, index: int) -> torch.Generator:
        """Random choices of a step: fixed by the seed and the step's number."""
        return torch.Generator().manual_seed(self.config.seed * 100_003 + index)

    @cached_property
    def projection(self) -> Projection:
        """From points of the source's embedding space to tokens; made when first asked for."""
        listed = map(bare, filter(is_listed, self.vocabulary.texts)) if self.word_filter else ()
        return Projection.of(self.objective.language.model, self.vocabulary, [*self.config.banned, *listed])

    def fits(self, prompts: Sequence[str]) -> list[bool]:
        """Whether each prompt may be tried.

        It has to fit every target's context, with one word more to take the gradient at, and to hold the words that
        are pinned and none that is banned.
        """
        longer = [prompt + PROBE_WORDS[0] for prompt in prompts]
        fitting = [term.fits(longer) for term in self.objective.targets]
        return [self.wanted(p) and all(fit[k] for fit in fitting) for k, p in enumerate(prompts)]

    def wanted(self, prompt: str) -> bool:
        """Whether a prompt holds the words that are pinned and none that is banned."""
        return is_wanted(prompt, self.config.pinned, self.config.banned)

    def passes(self, prompt: str) -> bool:
        """Whether the word filter lets a prompt pass; it counts those that it does not."""
        return self.word_filter is None or self.word_filter.passes(prompt)

    def pinned_places(self, ids: Sequence[int]) -> list[bool]:
        """Which tokens of a prompt belong to words that are pinned."""
        words = self.objective.language.model.tokenizer.split_ids(ids)
        return [bare(word.text) in self.config.pinned for word in words for _ in word.ids]

    def word_strengths(self, prompt: str) -> tuple[WordStrength, ...]:
        """Norms of the carried gradients at every word of a prompt. One forward and backward pass a target."""
        if not prompt.strip():
            return ()
        words = self.objective.language.model.tokenizer.split_continuation(prompt)
        lengths = [len(word.ids) for word in words]
        pulled = {route.term.name: route.at_words(prompt, lengths) for route in self.carried}
        return tuple(
            _strength(word.text, {name: at_words[k] for name, at_words in pulled.items()})
            for k, word in enumerate(words)
        )


def _strength(word: str, pulled: dict[str, Tensor | None]) -> WordStrength:
    """Of the sum of what reached the word, and of each model's part; a target whose gradient did not has None."""
    reached = {name: g for name, g in pulled.items() if g is not None}
    if not reached:
        return WordStrength(word, None)
    together = torch.stack(list(reached.values())).sum(0)
    return WordStrength(word, float(together.norm()), {name: float(g.norm()) for name, g in reached.items()})


def caption_problem(
    library: Library,
    config: CaptionConfig,
    wanted: Goal | Image.Image | Tensor | Sequence[Image.Image] | None,
    progress: Progress | None = None,
) -> Problem:
    """Load what a run needs and set its objective up.

    Parameters
    ----------
    wanted : Goal, or what ``Goal.of`` makes one from
        An RGB picture or several, or the vector that an earlier run read off them.
    progress : callable, optional
        Called with the share done and what is being done.

    Raises
    ------
    UserError
        When a model cannot be had or prefix and steps do not fit a model's context.
    """
    report_progress = progress or (lambda share, what: None)
    report_progress(0.05, f"Loading the language model {config.source} (the first time takes half a minute)")
    language_model = library.causal(config.source)
    language = LanguageTerm(language_model, config.lm_weight, *config.around_caption, config.lm_loss, config.lm_text)
    language.check_length(config.longest)
    targets = target_terms(library, config, Goal.of(wanted), report_progress)
    for term in targets:
        term.check_length(" x" * config.longest)
    objective = Objective(language, targets)
    table = language_model.embedding_table
    pairs = zip(targets, _adapters(library, config, report_progress), strict=True)
    features = library.token_features(config.source) if config.adapter_features == "layers" else None
    carried = tuple(GradientRoute(term, table, adapter, features) for term, adapter in pairs)
    report_progress(0.95, "Reading the vocabulary")
    vocabulary = source_vocabulary(library, config.source)
    routes = carried if config.guidance.space == "source" else ()
    if config.guidance.space == "target":
        routes = _target_routes(library, config, targets)
    return Problem(
        config,
        objective,
        vocabulary,
        carried,
        routes,
        _word_source(library, config, objective, report_progress),
        WordFilter() if config.word_filter == "on" else None,
        partial(library.elsewhere, config, Goal.of(wanted)) if library.elsewhere else None,
    )


def fit_options(config: CaptionConfig) -> FitOptions:
    """How the adapters of a run are fitted."""
    return FitOptions(
        bucketing=config.bucketing, ridge=default_ridge(config.bucketing), features=config.adapter_features
    )


def _word_source(
    library: Library, config: CaptionConfig, objective: Objective, report_progress: Progress
) -> WordSource | None:
    """For AutoDAN with words. The language model alone and chance propose words without a look at the goal."""
    if not config.method_settings.proposes_words:
        return None
    part = part_of(report_progress, 0.95, 0.99)
    readers = [key for key in config.targets if key not in {f.model for f in config.further}]
    table = word_table(library, readers[0], part) if readers else unread_words(library.device)
    model = library.causal(config.source)
    words = library.once(
        ("source-words", config.source, table.corpus.name),
        lambda: SourceWords.of(table, model.tokenizer, model.embedding_table.device),
    )
    if not config.guidance.retrieves:
        return WordSource(table, words, None)
    labels = [term for term in objective.targets if isinstance(term, LabelTerm)]
    pairs = zip(labels, config.classifiers, strict=True)
    return WordSource(table, words, objective.image, tuple(LabelWords.of(library, t, c.model, part) for t, c in pairs))


def _tables(config: CaptionConfig) -> list[str]:
    """Keys of the models whose embedding tables the targets read with, in the objective's order."""
    return [entry(key).embeddings for key in config.targets]


def _adapters(library: Library, config: CaptionConfig, report_progress) -> tuple[Adapter, ...]:
    keys = _tables(config)
    found = []
    for k, key in enumerate(keys):
        part = part_of(report_progress, 0.4 + 0.5 * k / len(keys), 0.4 + 0.5 * (k + 1) / len(keys))
        found.append(library.adapter(config.source, key, fit_options(config), progress=part))
    return tuple(found)


def _target_routes(library: Library, config: CaptionConfig, targets: Sequence[TargetTerm]) -> tuple[GradientRoute, ...]:
    """Each target's gradient in its own space: tokens are scored with the target's embeddings of their texts."""
    source = library.causal(config.source)
    size = len(source.embedding_table)
    texts = (source.tokenizer.token_texts + [""] * size)[:size]  # a table may have more rows than there are tokens
    tables = (
        library.once(
            ("target-tokens", config.source, key),
            lambda t=term: text_means(t.tokenizer, t.model.embedding_table, texts),
        )
        for term, key in zip(targets, _tables(config), strict=True)
    )
    return tuple(GradientRoute(term, table) for term, table in zip(targets, tables, strict=True))


def image_vector(problem: Problem) -> list[float]:
    """What prompts are compared with as plain numbers, exact for float32; none where no model compares them."""
    term = problem.objective.image
    return [] if term is None else [float(x) for x in term.image.to(torch.float32)]
