"""``fit``: the adapters of a pair of models."""

from __future__ import annotations

from typing import Any, Literal

from fuse_core.analysis.answers.fit import fit_answer, fits_of
from fuse_core.common.errors import UserError
from fuse_core.common.hosting import is_public
from ui.endpoints.endpoint import Call, Endpoint


def fit(
    call: Call,
    source: str = "smollm2",
    target: str = "minilm",
    bucketing: Literal["both", "pair", "target"] = "both",
    features: Literal["embedding", "layers"] = "embedding",
    ridge: str | float | None = None,
    max_tokens: int | None = None,
    examples: int | None = None,
) -> dict[str, Any]:
    """Fit the adapters of a pair of models, or take them from the host's cache, and tell their errors by bucket.

    Parameters:
        source: Key of the model whose words are mapped.
        target: Key of the model they are mapped to.
        bucketing: The words' buckets: by both lengths (pair), by target length (target), or both kinds, compared.
        features: What words of one token are mapped from: their embedding, or the source's first layers, too.
        ridge: 'auto' or a number; by default auto for pair buckets and 0 for target buckets.
        max_tokens: Longest word in tokens, 1 to 8; 4 by default.
        examples: Most words a bucket.
    Returns:
        Errors on held-out words, by bucket and in all.
    """
    own = {"ridge": ridge, "max_tokens": max_tokens, "examples": examples}
    if is_public() and (given := tuple(name for name, value in own.items() if value is not None)):
        # Every choice is an adapter more, which is kept: 76 MB of memory and of disk.
        raise UserError(
            f"On this host adapters are fitted as the page fits them, without {', '.join(map(repr, given))}.",
            "Leave that out; an app of your own takes it.",
            given,
        )
    chosen = None if bucketing == "both" else bucketing
    fits = fits_of(chosen, features, ridge, max_tokens, examples)
    return fit_answer(call.library, source, target, fits, call.progress)


ENDPOINT = Endpoint("fit", 3, fit)
