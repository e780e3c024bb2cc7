"""How good is a carried gradient? First-order predictions against true losses over candidate tokens.

Gradient checks do not apply to discrete prompts (the paper, arXiv 2408.04816, leaves validation open). What a search
needs of a gradient is an order: the tokens it ranks high should be those whose true loss is low. So every candidate
token is appended to a context for real, and the predicted order is compared with the true one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from fuse_core.analysis.context_fidelity import ContextFidelity, chance_scores
from fuse_core.common import checks
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.vocabulary import Vocabulary

CONTEXTS = ("", " a", " a photograph of the", " a person with a")  # measured for every picture of a set

# Words the gradient may be taken at: those a search averages over, and more common nouns.
FIDELITY_PROBE_WORDS = (
    *PROBE_WORDS,
    " tool",
    " item",
    " plant",
    " clothing",
    " scene",
    " design",
    " building",
    " device",
)


def draw_candidates(vocabulary: Vocabulary, count: int, seed: int = 0) -> Tensor:
    """A random sample of the tokens that may begin a word, shape = (count,), the same for the same seed."""
    pool = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0].cpu()
    order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))
    return pool[order[: min(count, len(pool))]]


class EncodedTexts:
    """The target model's encodings of candidate texts, made once for all pictures: no picture changes them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Tensor] = {}

    def encode(self, term: ImageTerm, prompts: Sequence[str]) -> Tensor:
        """The encodings that ``term.loss_of`` takes, shape = (prompts, width)."""
        texts = (term.model.key, *map(term.text, prompts))
        if texts not in self._known:
            self._known[texts] = term.read(prompts)
        return self._known[texts]


def measure_context(
    term: ImageTerm,
    context: str,
    candidates: Tensor,
    texts: Sequence[str],
    routes: Mapping[str, GradientRoute],
    words: Sequence[str] = FIDELITY_PROBE_WORDS,
    encoded: EncodedTexts | None = None,
    places: Mapping[str, Tensor] | None = None,
) -> ContextFidelity:
    """Score every candidate truly and by each gradient, linearised at each word.

    Parameters
    ----------
    term : ImageTerm
    context : str
        The prompt so far.
    candidates : Tensor of int, shape = (candidates,)
    texts : sequence of str
        The text of every token of the vocabulary.
    routes : mapping
        Name -> gradient route of the same term.
    words : sequence of str
        Linearisation words, each with its leading space.
    encoded : EncodedTexts, optional
        Shared by the pictures of a run.
    places : mapping, optional
        Name -> where another adapter carries the candidates, shape = (candidates, d_tgt).

    Raises
    ------
    UserError
        When the context is longer than the model's.

    Notes
    -----
    One target encoding of ``candidates`` texts, where ``encoded`` has them not yet; one forward and backward pass
    over ``words``, shared by the routes.
    """
    checks.text("context", context)
    term.check_length(context + max(words, key=len))
    ids: list[int] = candidates.tolist()
    tokens = tuple(texts[k] for k in ids)
    encodings = (encoded or EncodedTexts()).encode(term, [context + token for token in tokens])
    losses = term.loss_of(encodings).cpu().double().numpy()
    gradients = term.gradients([context + word for word in words])
    predicted = {}
    for name, route in routes.items():
        unserved = route.table.new_full((route.width,), float("nan"))
        found = [unserved if direction is None else direction for direction in route.at_last_words(gradients)]
        predicted[name] = route.scores_of(candidates, torch.stack(found)).cpu().double().numpy()
    at_words = torch.stack([gradient.at_last_word.sum(2)[0] for gradient in gradients])
    for name, carried in (places or {}).items():
        predicted[name] = (-at_words @ carried.to(at_words).T).cpu().double().numpy()
    predicted["random"] = chance_scores(context, len(words), len(tokens))
    return ContextFidelity(context, tokens, losses, tuple(words), predicted)
