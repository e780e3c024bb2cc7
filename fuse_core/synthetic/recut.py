"""A pair of models whose tokenizers disagree on a chosen share of words, and whose embeddings agree but for noise.

The target has the source's vocabulary and its embeddings, turned; its tokenizer lacks the last merge of a share of the
words, so that it cuts those into pieces. What a fit of FUSE (arXiv 2408.04816) loses is then the tokenizers' doing: at
a share of nought and without noise the map is a rotation, and is found exactly.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import normalize

from fuse_core.adapter.fit import VocabularySide
from fuse_core.common.errors import UserError
from fuse_core.words.tokenizer import WordTokenizer


def recut_tokenizer(tokenizer: WordTokenizer, share: float, seed: int = 0) -> WordTokenizer:
    """A tokenizer with the same ids that lacks the last merge of a random share of its one-token words.

    Words that are built on those are cut, too, so that more of a text is cut otherwise than the share says.

    Raises
    ------
    UserError
        For a tokenizer that is no BPE, or a share outside 0 to 1.
    """
    definition = json.loads(tokenizer.backend.to_str())
    if definition["model"]["type"] != "BPE":
        raise UserError(f"{tokenizer.key} has no merges to leave out.", "Choose a tokenizer of the BPE family.")
    if not 0 <= share <= 1:
        raise UserError(f"The share of words must be from 0 to 1, got {share}.")
    rng = random.Random(seed)
    texts = tokenizer.token_texts
    dropped = {tokenizer.token_name(k) for k, text in enumerate(texts) if _is_word(text) and rng.random() < share}
    model = definition["model"]
    model["merges"] = [pair for pair in model["merges"] if "".join(_parts(pair)) not in dropped]
    return WordTokenizer(f"{tokenizer.key}-recut-{share:g}", Tokenizer.from_str(json.dumps(definition)))


def _is_word(text: str) -> bool:
    return text.startswith(" ") and text[1:].isalpha()


def _parts(pair: str | Sequence[str]) -> Sequence[str]:
    """Of a merge, in either way that definitions spell it."""
    return pair.split(" ") if isinstance(pair, str) else pair


def recut_target(source: VocabularySide, share: float, noise: float, seed: int = 0) -> VocabularySide:
    """The target of such a pair: the source's embeddings in a random rotation, and Gaussian noise beside them.

    Parameters
    ----------
    source : VocabularySide
        With a table of shape (vocabulary, d), whose root mean square noise is told in.
    """
    if not (math.isfinite(noise) and noise >= 0):
        raise UserError(f"The noise must be a number from 0 up, got {noise}.")
    rng = torch.Generator().manual_seed(seed)
    table, d = source.table, source.table.shape[1]
    rotation = torch.linalg.qr(torch.randn(d, d, generator=rng, dtype=torch.float64)).Q.to(table)
    spread = noise * table.double().square().mean().sqrt().to(table)
    turned = table @ rotation + spread * torch.randn(table.shape, generator=rng).to(table)
    return VocabularySide(recut_tokenizer(source.tokenizer, share, seed), turned)


class MeanReader:
    """A text encoder of one layer: the mean of ``tanh(y W)`` over the tokens, as a unit vector.

    Parameters
    ----------
    side : VocabularySide
    width : int
        Of its vectors.
    seed : int
        Of ``W``.
    """

    max_length = 512

    def __init__(self, side: VocabularySide, width: int = 64, seed: int = 0) -> None:
        self.key, self.tokenizer, self.embedding_table = side.tokenizer.key, side.tokenizer, side.table
        rng = torch.Generator().manual_seed(seed)
        d = side.table.shape[1]
        self.layer = (torch.randn(d, width, generator=rng, dtype=torch.float64) / d**0.5).to(side.table)

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Unit vectors of texts, shape = (texts, width)."""
        return self.encode_embeddings([self.embedding_table[list(row)] for row in ids])

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """The same for input embeddings, each of shape (tokens, d); differentiable."""
        return normalize(torch.stack([torch.tanh(y @ self.layer).mean(0) for y in sequences]), dim=1)
