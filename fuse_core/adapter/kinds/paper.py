"""``paper``: FUSE's own recipe (arXiv 2408.04816): random words, cut without the space before them, no ridge.

Buckets go by the target's length alone, so for words of one target token the source's word is cut to its first token.
"""

from __future__ import annotations

import torch

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.linear import linear_carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.adapter.least_squares import solve_map
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.words.corpus import is_heldout

WORDS = 16_384  # a bucket
SEED = 0


def random_rows(shared: SharedWords, words: int = WORDS) -> list[BucketRow]:
    """Random words of the corpus of one target token and any number of source tokens; held-out ones are left out."""
    source, target = shared.source.tokenizer, shared.target.tokenizer
    order = torch.randperm(len(shared.corpus.words), generator=torch.Generator().manual_seed(SEED)).tolist()
    drawn = [word for k in order if not is_heldout(word := shared.corpus.words[k])]
    rows = []
    for word, s, t in zip(drawn, source.encode_batch(drawn), target.encode_batch(drawn), strict=True):
        known = s and source.unknown_id not in s and target.unknown_id not in t
        if known and len(t) == 1 and len(rows) < words:
            rows.append(BucketRow(word, tuple(s), tuple(t), heldout=False))
    return rows


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    """One batch tokenisation of the corpus, and ``O(n d_src (d_src + d_tgt) + d_src**3)``."""
    rows = random_rows(shared)
    if not rows:
        raise UserError("No word of the corpus is one token to the target.", "Choose another pair.")
    m, _ = solve_map(shared.source.table, shared.target.table, rows, (0, 1), False, 0.0)
    return linear_carrier(shared.source.table, m[:, :, 0], words=len(rows))


KIND = AdapterKind(
    "paper",
    "paper's recipe",
    "FUSE as published (Williams and Kolter 2024): random words without the space before them, cut to the target's "
    "length, and the plain pseudoinverse.",
    (r"e\,M", r"M = X_0^{+}\, Y_0", r"X_0: \text{first tokens of random words}"),
    fit,
    order=10,
)
