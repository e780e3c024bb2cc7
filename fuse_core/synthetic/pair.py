"""A pair of models whose map is known: real source words, and a target table made from them by a t-linear map.

If FUSE (arXiv 2408.04816) is right, fitting such a pair returns the known map, and the gradient carried through the
fitted one is the true gradient of the composed function; ``fuse_core.synthetic.recovery`` measures both.

Buckets are those where a t-linear map can give a word of ``i`` source tokens exactly ``j`` target tokens: ``j >= i``,
and (2, 1). A fit asks the slots past ``j`` to be zero. Where ``j < i`` and ``i >= 3``, a t-product that moves all later
tokens alike leaves those slots zero for every word only if it ignores the later tokens, so there is nothing to recover.
At (2, 1) the first token's own channels (``first_token``) make room for any map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor

from fuse_core.adapter.fit import VocabularySide
from fuse_core.adapter.map import Bucketing, bucket_key
from fuse_core.common.errors import UserError
from fuse_core.synthetic.lexicon import cut_lexicon, things_first
from fuse_core.tensor.product import tprod
from fuse_core.words.alignment import AlignedWord, align
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word_tensors import pad_slots

BUCKETS = ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 3))


def principal_table(table: Tensor, d: int = 32) -> Tensor:
    """An embedding table reduced to its first principal directions.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, width)
    d : int
        Directions kept, of greatest variance first.

    Returns
    -------
    Tensor, shape = (vocabulary, d)
        Float64, centred, scaled to a root mean square of 1. Cost: one ``width x width`` eigendecomposition.
    """
    if not 1 <= d <= table.shape[1]:
        raise UserError(f"The table has {table.shape[1]} directions, {d} were asked for.")
    centred = table - table.mean(0)
    _, directions = torch.linalg.eigh((centred.T @ centred).double())  # ascending
    reduced = centred.double() @ directions[:, -d:].flip(1)
    return reduced / _rms(reduced)


@dataclass(frozen=True)
class TargetModel:
    """A small differentiable model on the target's embeddings: tanh layer, mean pool, 1 - cosine to a fixed vector.

    Attributes
    ----------
    layer : Tensor, shape = (d_tgt, width)
    wanted : Tensor, shape = (width,)
    """

    layer: Tensor
    wanted: Tensor

    def loss(self, y: Tensor) -> Tensor:
        """Loss of a text, between 0 and 2: target embeddings (tokens, d_tgt) -> scalar."""
        pooled = torch.tanh(y @ self.layer).mean(0)
        return 1 - torch.cosine_similarity(pooled, self.wanted, dim=0)


@dataclass(frozen=True)
class SyntheticPair:
    """Two vocabularies and the map between them.

    Attributes
    ----------
    source : VocabularySide
    target : VocabularySide
        ``clean`` plus noise.
    corpus : Corpus
        The lexicon. Every target token belongs to one of its words only, so no token is asked to be two things.
    words : dict
        ``(i, j)`` -> the words of that bucket, in the order of the corpus.
    maps : dict
        The true maps, shape (d_src, d_tgt, l): one per ``(i, j)`` with ``truth='pair'``; one per target length, key
        ``(0, j)``, with ``truth='target'``, applied to source words cut or padded to ``j`` slots.
    clean : Tensor, shape = (target vocabulary, d_tgt)
        Target embeddings without noise.
    unit_noise : Tensor, same shape
        The same draw at every noise level; its root mean square is that of ``clean``.
    model : TargetModel
    """

    source: VocabularySide
    target: VocabularySide
    corpus: Corpus
    words: dict[tuple[int, int], list[str]]
    maps: dict[tuple[int, int], Tensor]
    truth: Bucketing
    noise: float
    clean: Tensor
    unit_noise: Tensor
    model: TargetModel

    @staticmethod
    def build(
        tokenizer: WordTokenizer,
        table: Tensor,
        noise: float = 0.0,
        seed: int = 0,
        truth: Bucketing = "pair",
        corpus: Corpus | None = None,
        words_per_bucket: int = 240,
        d_tgt: int = 24,
    ) -> SyntheticPair:
        """Make a pair, the same for the same arguments.

        Parameters
        ----------
        tokenizer : WordTokenizer
            The source's.
        table : Tensor, shape = (vocabulary, d_src)
            The source's embeddings, float64 for float-precision recovery.
        noise : float
            Root mean square of Gaussian noise on the target table, relative to that of the clean table.
        seed : int
            Of the cuts, the maps, the noise and the target model.
        truth : 'pair' or 'target'
            One true map per ``(i, j)``, or per target length.
        corpus : Corpus, optional
            Words to choose from; default: ``things_first()``.
        words_per_bucket, d_tgt : int
            Most words a bucket, and width of the target's embeddings.

        Raises
        ------
        UserError
            When the noise is not a number from 0 up or a bucket finds no word.
        """
        lexicon = cut_lexicon(tokenizer, corpus or things_first(), BUCKETS, words_per_bucket, seed)
        empty = [bucket for bucket, words in lexicon.buckets.items() if not words]
        if empty:
            raise UserError(f"No word has the token lengths {empty[0]}.", "Give a longer list of words.")
        rng = torch.Generator().manual_seed(seed)
        d_src = table.shape[1]
        keys = dict.fromkeys(bucket_key(truth, i, j) for i, j in BUCKETS)
        maps = {key: _normal(rng, d_src, d_tgt, max(key)).to(table) / math.sqrt(d_src) for key in keys}
        clean = torch.zeros(lexicon.tokenizer.vocab_size, d_tgt).to(table)
        for (i, j), words in lexicon.buckets.items():
            s, t = (torch.tensor(side.encode_words(words)) for side in (tokenizer, lexicon.tokenizer))
            made = _apply(maps[bucket_key(truth, i, j)], table[s].transpose(1, 2), j)  # (n, d_tgt, j)
            clean[t] = made.transpose(1, 2)
        unit_noise = _normal(rng, *clean.shape).to(table)
        pair = SyntheticPair(
            VocabularySide(tokenizer, table),
            VocabularySide(lexicon.tokenizer, clean),
            lexicon.corpus,
            lexicon.buckets,
            maps,
            truth,
            noise=0.0,
            clean=clean,
            unit_noise=unit_noise * (_rms(clean) / _rms(unit_noise)),
            model=TargetModel(_normal(rng, d_tgt, d_tgt).to(table) / math.sqrt(d_tgt), _normal(rng, d_tgt).to(table)),
        )
        return pair.with_noise(noise)

    def with_noise(self, noise: float) -> SyntheticPair:
        """The same pair at another noise level."""
        if not (math.isfinite(noise) and noise >= 0):
            raise UserError(f"The noise must be a number from 0 up, got {noise}.")
        noisy = VocabularySide(self.target.tokenizer, self.clean + noise * self.unit_noise)
        return replace(self, noise=noise, target=noisy)

    def map_words(self, x: Tensor, j: int) -> Tensor:
        """The true map: source words (n, d_src, i) -> target words (n, d_tgt, j), differentiable."""
        return _apply(self.maps[bucket_key(self.truth, x.shape[2], j)], x, j)

    def sample_text(self, per_bucket: int = 1) -> str:
        """The first words of every bucket: a text without meaning."""
        # The first word, too, is cut as inside a sentence: byte-level tokens carry the space before them.
        return "".join(f" {word}" for words in self.words.values() for word in words[:per_bucket])

    def align(self, text: str) -> list[AlignedWord]:
        """The words of a text under both tokenizers.

        Raises
        ------
        UserError
            When a word is not in the lexicon, for then no true map of it is known.
        """
        known = set(chain.from_iterable(self.words.values()))
        aligned = align(text, self.source.tokenizer, self.target.tokenizer)
        for word in aligned:
            if word.text not in known or word.source.ids != self.source.tokenizer.encode_words([word.text])[0]:
                raise UserError(f"'{word.text}' is not in the lexicon as it is cut here.", "Use its words only.")
        return aligned


def _apply(m: Tensor, x: Tensor, j: int) -> Tensor:
    return tprod(pad_slots(x, m.shape[2]), m)[:, :, :j]


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def _rms(a: Tensor) -> float:
    return float(a.double().square().mean().sqrt())
