"""A caption problem: the objective for one picture and everything that is computed once for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from fuse_core.adapter import Adapter
from fuse_core.fit import FitOptions, default_ridge
from fuse_core.guidance import Proposer, Vocabulary, native_table
from fuse_core.library import Library
from fuse_core.objective import ImageTerm, LanguageTerm, Objective
from fuse_core.optimizers.config import DUMMIES, CaptionConfig
from fuse_core.optimizers.records import WordStrength


@dataclass(frozen=True)
class Problem:
    """Models, objective and proposal source of one run. Read-only: steps share it.

    Attributes
    ----------
    config : CaptionConfig
    objective : Objective
    vocabulary : Vocabulary
    proposer : Proposer or None
        None for guidance without a gradient.
    adapter : Adapter
        Also colours words by gradient strength, whatever the guidance.
    """

    config: CaptionConfig
    objective: Objective
    vocabulary: Vocabulary
    proposer: Proposer | None
    adapter: Adapter

    def fits(self, prompts: Sequence[str]) -> list[bool]:
        """Whether each prompt, and one word more to take the gradient at, fits every image-text model's context."""
        longer = [prompt + DUMMIES[0] for prompt in prompts]
        return [all(fit) for fit in zip(*(term.fits(longer) for term in self.objective.targets), strict=True)]

    def word_strengths(self, prompt: str) -> tuple[WordStrength, ...]:
        """Norm of the carried gradient at every word of a prompt. One target forward and backward pass."""
        if not prompt.strip():
            return ()
        term = self.objective.targets[0]
        gradient = term.gradients([prompt])[0]
        words = self.objective.language.model.tokenizer.split(prompt)
        grads = gradient.grads[gradient.first : gradient.last]
        strengths = []
        for word, g in zip(words, grads, strict=True):
            pulled = self.adapter.pull_words(g.unsqueeze(0), len(word.ids))
            strengths.append(WordStrength(word.text, None if pulled is None else float(pulled.norm())))
        return tuple(strengths)


def caption_problem(
    library: Library,
    config: CaptionConfig,
    image: Image.Image | Tensor,
    progress: Callable[[float, str], None] | None = None,
) -> Problem:
    """Load what a run needs and set its objective up.

    Parameters
    ----------
    image : Image or Tensor of shape (width,)
        An RGB picture, or its unit vector from an earlier run.
    progress : callable, optional
        Called with the share done and what is being done.

    Raises
    ------
    UserError
        When a model cannot be had or prefix and steps do not fit a model's context.
    """
    say = progress or (lambda share, what: None)
    say(0.05, f"Loading the language model {config.source} (the first time takes half a minute)")
    language_model = library.causal(config.source)
    say(0.3, f"Loading the image-text model {config.target}")
    target_model = library.image_text(config.target)
    language = LanguageTerm(language_model, config.lm_weight, config.prefix, config.suffix)
    language.check_length(config.steps)
    vector = image if isinstance(image, Tensor) else target_model.encode_image(image)
    term = ImageTerm(
        target_model, vector.to(target_model.embedding_table.device), config.image_weight, config.prefix, config.suffix
    )
    term.check_length(" x" * config.steps)
    adapter = library.adapter(
        config.source,
        config.target,
        fit_options(config),
        progress=lambda share, what: say(0.4 + 0.5 * share, what),
    )
    say(0.95, "Reading the vocabulary")
    vocabulary = library.once(
        ("vocabulary", config.source),
        lambda: Vocabulary.of(
            language_model.tokenizer, language_model.embedding_table.shape[0], language_model.embedding_table.device
        ),
    )
    proposer = _proposer(library, config, term, adapter)
    return Problem(config, Objective(language, (term,)), vocabulary, proposer, adapter)


def fit_options(config: CaptionConfig) -> FitOptions:
    """How the adapter of a run is fitted."""
    return FitOptions(bucketing=config.bucketing, ridge=default_ridge(config.bucketing))


def _proposer(library: Library, config: CaptionConfig, term: ImageTerm, adapter: Adapter) -> Proposer | None:
    source = library.causal(config.source)
    table = source.embedding_table
    if config.guidance == "fuse":
        return Proposer(term, table, adapter, None, DUMMIES)
    if config.guidance == "native":
        native = library.once(
            ("native-table", config.source, config.target),
            lambda: native_table(source.tokenizer, term.tokenizer, term.model.embedding_table, table.shape[0]),
        )
        return Proposer(term, table, None, native, DUMMIES)
    return None


def image_vector(problem: Problem) -> list[float]:
    """The picture's unit vector as plain numbers, exact for float32."""
    return [float(x) for x in problem.objective.targets[0].image.to(torch.float32)]
