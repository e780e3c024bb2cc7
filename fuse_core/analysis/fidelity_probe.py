"""Fidelity of one picture's gradients: the models, both adapters and the target's own gradient, set up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from PIL import Image

from fuse_core.analysis.context_fidelity import ContextFidelity
from fuse_core.analysis.fidelity import FIDELITY_PROBE_WORDS, EncodedTexts, draw_candidates, measure_context
from fuse_core.analysis.other_adapters import OtherAdapters
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import CaptionConfig
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.problem import caption_problem
from fuse_core.search.vocabulary import Vocabulary


@dataclass(frozen=True)
class FidelityProbe:
    """Everything that is set up once for a picture: ``measure`` then takes a context.

    Attributes
    ----------
    term : ImageTerm
    vocabulary : Vocabulary
    routes : dict
        By the names of ``GRADIENT_NAMES``, but ``random``.
    encoded : EncodedTexts
        Shared by the pictures of a run.
    others : OtherAdapters or None
        Measured beside the routes; shared by the pictures, too.
    """

    term: ImageTerm
    vocabulary: Vocabulary
    routes: dict[str, GradientRoute]
    encoded: EncodedTexts
    others: OtherAdapters | None = None

    @classmethod
    def of(
        cls,
        library: Library,
        config: CaptionConfig,
        image: Image.Image,
        encoded: EncodedTexts,
        progress: Progress | None = None,
        others: OtherAdapters | None = None,
    ) -> Self:
        """Load the models and fit the adapters where they are not there yet."""
        config = config.changed(method="autodan", unit="token")  # no word table: whole words are not what is measured
        variants = {
            "fuse": config.changed(guidance="fuse", bucketing="pair", features="layers"),
            "fuse-embedding": config.changed(guidance="fuse", bucketing="pair", features="embedding"),
            "fuse-target": config.changed(guidance="fuse", bucketing="target", features="embedding"),
            "target": config.changed(guidance="target"),
        }
        vector = library.image_text(config.target).encode_image(image)
        problems = {name: caption_problem(library, settings, vector, progress) for name, settings in variants.items()}
        routes = {name: problem.routes[0] for name, problem in problems.items()}
        term = problems["fuse"].objective.image
        assert term is not None
        return cls(term, problems["fuse"].vocabulary, routes, encoded, others)

    def check_served(self, words: Sequence[str]) -> None:
        """Raise ``UserError`` for the first word of one's own that an adapter carries no gradient at.

        The known words may be out of a pair's reach: a measurement there is undefined, and ``auto`` passes it over.
        """
        for word in words:
            if word in FIDELITY_PROBE_WORDS:
                continue
            tokens = len(self.term.tokenizer.encode_words([word.strip()])[0])
            adapters = [route.adapter for route in self.routes.values() if route.adapter is not None]
            if any(adapter.map_for(1, tokens) is None for adapter in adapters):
                raise UserError(
                    f"No gradient is carried at '{word.strip()}': it has {tokens} tokens in {self.term.model.key}, "
                    "and no bucket of the adapter serves a new word of that many.",
                    "Choose a shorter or more common word.",
                )

    def measure(
        self,
        context: str,
        candidates: int,
        words: Sequence[str] = FIDELITY_PROBE_WORDS,
        progress: Progress | None = None,
    ) -> ContextFidelity:
        """Fidelity in one context, over the same random candidates for every picture and context.

        Raises
        ------
        UserError
            When the context is too long, a word of one's own is out of the adapters' reach, or another adapter cannot
            be fitted.
        """
        self.check_served(words)
        drawn = draw_candidates(self.vocabulary, candidates)
        places = self.others.places(drawn, progress) if self.others else None
        texts = self.vocabulary.texts
        return measure_context(self.term, context, drawn, texts, self.routes, words, self.encoded, places)
