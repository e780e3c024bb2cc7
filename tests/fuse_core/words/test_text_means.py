"""Mean embeddings of texts, against sums token by token."""

from __future__ import annotations

import torch

from fuse_core.words.text_means import text_means
from tests.fuse_core.tiny_models import load_tokenizer


def test_each_row_is_the_mean_of_its_tokens_embeddings_and_zero_without_any():
    tokenizer = load_tokenizer("clip-tokenizer")
    table = torch.randn(tokenizer.vocab_size, 16, generator=torch.Generator().manual_seed(0))
    texts = ["cat", "", "astronaut", "unbelievable", " ", "espressos everywhere"]
    found = text_means(tokenizer, table, texts)
    assert found.shape == (6, 16)
    for row, text in zip(found, texts, strict=True):
        ids = tokenizer.encode(text)
        expected = sum((table[i] for i in ids), torch.zeros(16)) / max(len(ids), 1)
        torch.testing.assert_close(row, expected)
    assert text_means(tokenizer, table, []).shape == (0, 16)
    assert text_means(tokenizer, table.half(), texts[:1]).dtype == torch.float16
