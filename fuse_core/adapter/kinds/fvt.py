"""``fvt``: the target's own embeddings of a token's text, averaged (fast vocabulary transfer, Gee et al. 2022).

No map is learnt, and the source's embeddings are not read. It is what a target's own gradient is scored with, so that
its order is that ceiling by construction, and a held-out word's own vector is what it returns.
"""

from __future__ import annotations

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress
from fuse_core.words.text_means import text_means


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    texts, target = shared.source.tokenizer.token_texts, shared.target
    return Carrier(lambda ids: text_means(target.tokenizer, target.table, [texts[k] for k in ids.tolist()]), 0)


KIND = AdapterKind(
    "fvt",
    "FVT",
    "The mean of the target's embeddings of the token's text (fast vocabulary transfer, Gee et al. 2022). "
    "It looks the answer up, so its error is 0 by construction and its order is that of the target's own gradient.",
    (r"\tfrac{1}{n} \sum_t E_{\text{target}}[\tau_t]", r"\tau_1 \dots \tau_n \text{ the target's tokens of its text}"),
    fit,
    reads_answer=True,
    order=60,
)
