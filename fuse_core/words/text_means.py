"""The mean embedding of a text's tokens: what a model makes of a text without reading it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.words.tokenizer import WordTokenizer


def text_means(tokenizer: WordTokenizer, table: Tensor, texts: Sequence[str]) -> Tensor:
    """Mean embedding of each text's tokens, shape = (texts, d); zero for a text without any. One tokenisation.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, d)
        The tokenizer's model's embeddings.
    texts : sequence of str
    """
    rows = tokenizer.encode_batch(texts)
    flat = torch.tensor([i for row in rows for i in row], dtype=torch.long, device=table.device)
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.long, device=table.device)
    return F.embedding_bag(flat, table, lengths.cumsum(0) - lengths, mode="mean")
