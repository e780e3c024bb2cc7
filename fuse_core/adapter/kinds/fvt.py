"""``fvt``: the target's own embeddings of a token's text, averaged (fast vocabulary transfer, Gee et al. 2022).

No map is learnt, and the source's embeddings are not read. It is what a target's own gradient is scored with, so that
its order is that ceiling by construction, and a held-out word's own vector is what it returns.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress
from fuse_core.words.tokenizer import WordTokenizer


def text_means(tokenizer: WordTokenizer, table: Tensor, texts: Sequence[str]) -> Tensor:
    """Mean embedding of each text's tokens, shape = (texts, d); zero for a text without any. One tokenisation."""
    rows = tokenizer.encode_batch(texts)
    flat = torch.tensor([i for row in rows for i in row], dtype=torch.long, device=table.device)
    starts = torch.tensor([0, *(len(row) for row in rows[:-1])], device=table.device).cumsum(0)
    return F.embedding_bag(flat, table, starts, mode="mean")


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
