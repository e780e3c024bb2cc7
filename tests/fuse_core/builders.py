"""Small real tokenizers, adapters and dense references that the tests of fuse_core share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Literal

import torch
from hypothesis import settings
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor
from transformers import CLIPTokenizer, LlamaTokenizer, T5Tokenizer

from fuse_core.adapter.adapter import Adapter, AdapterInfo
from fuse_core.adapter.fit import VocabularySide
from fuse_core.adapter.map import Bucketing
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from tests.fuse_core import definitions
from tests.fuse_core.dense import normal, slow_tprod

# The machine may be busy: an example's time says nothing.
quick = settings(deadline=None, max_examples=50)

TEXT = """The cats sat on the mats. A dog's dogs don't sit; walking, talking and singing they went to town.
An image of a naïve photographer photographing 12 elephants, 345 horses & 6 unbelievable café tables!
The dogs talk, the cats sing, the horses walk to the mats of the town."""


# --- Tokenizers, one a family ---------------------------------------------------------------------------------------


def _assembled(model, normalizer, pre_tokenizer, decoder, special: Sequence[str]) -> Tokenizer:
    """A backend from its parts."""
    backend = Tokenizer(model)
    backend.normalizer, backend.pre_tokenizer, backend.decoder = normalizer, pre_tokenizer, decoder
    backend.add_special_tokens(list(special))
    return backend


def _byte_level() -> Tokenizer:
    """GPT-2's family: bytes, the leading space inside the token."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"], show_progress=False
    )
    backend.train_from_iterator([TEXT], trainer)
    return backend


def _halves(words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Single characters, beginnings and ends of words: vocabularies by hand, for these trainers' results vary."""
    beginnings, ends = ({cut for word in words if len(cut := word[part]) > 1} for part in (slice(3), slice(3, None)))
    return sorted(set("".join(words))), sorted(beginnings), sorted(ends)


def _wordpiece() -> Tokenizer:
    """BERT's family: lower case, accents stripped, ``##`` inside words, [UNK] for unseen characters."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    characters, beginnings, ends = _halves(TEXT.lower().split())
    inside = [f"##{piece}" for piece in (*characters, *ends)]
    vocabulary = {token: k for k, token in enumerate([*special, *characters, *beginnings, *inside])}
    model = models.WordPiece(vocabulary, unk_token="[UNK]")
    pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _assembled(model, normalizers.BertNormalizer(), pre_tokenizer, decoders.WordPiece(), special)


def _scored_halves() -> list[tuple[str, float]]:
    """A Unigram vocabulary of characters, beginnings and ends of words."""
    characters, beginnings, ends = _halves(TEXT.split())
    return [
        *((c, -6.0) for c in ("▁", *characters)),
        *((f"▁{b}", -4.0) for b in beginnings),
        *((e, -5.0) for e in ends),
    ]


def _unigram() -> Tokenizer:
    """SentencePiece's Unigram: Metaspace, NFKC, <unk> for unseen characters."""
    special, scored = ["<s>", "</s>", "<unk>"], _scored_halves()
    model = models.Unigram([*((token, 0.0) for token in special), *scored], unk_id=2)
    return _assembled(model, normalizers.NFKC(), pre_tokenizers.Metaspace(), decoders.Metaspace(), special)


def _gemma() -> Tokenizer:
    """Gemma's family: BPE whose normalizer writes a space as ▁; unseen characters fall back to bytes."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    first = [*special, *(f"<0x{byte:02X}>" for byte in range(256))]
    trained.train_from_iterator([TEXT], trainers.BpeTrainer(vocab_size=400, special_tokens=first, show_progress=False))
    definition = json.loads(trained.to_str())["model"]
    merges = [(left, right) for left, right in definition["merges"]]
    decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return _assembled(
        models.BPE(definition["vocab"], merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
        normalizers.Replace(" ", "▁"),
        pre_tokenizers.Split(" ", "merged_with_previous"),
        decoder,
        special,
    )


def _t5() -> Tokenizer:
    """T5's family, as transformers builds it: Unigram over words split at white space, each marked with ▁."""
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=[*special, *_scored_halves()], extra_ids=0).backend_tokenizer


def llama_backend(words: Sequence[str]) -> Tokenizer:
    """Llama's family, as transformers builds it: BPE over the whole text, ▁ for a space and before the text.

    Every word and every beginning of one is a token; what remains of other words falls into characters and bytes.
    """
    merges = list(dict.fromkeys((f"▁{word[:k]}", word[k]) for word in words for k in range(len(word))))
    alphabet = [f"<0x{byte:02X}>" for byte in range(256)] + sorted({"▁", *"".join(words)})
    tokens = ["<unk>", "<s>", "</s>", *alphabet, *("".join(pair) for pair in merges)]
    return LlamaTokenizer(vocab={token: k for k, token in enumerate(tokens)}, merges=merges).backend_tokenizer


def _llama() -> Tokenizer:
    return llama_backend(TEXT.split())


def _mistral() -> Tokenizer:
    """The same as older files have it: the mark is put in by the normalizer, so that a leading space gives two."""
    backend = _llama()
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    backend.pre_tokenizer = None
    return backend


def _clip() -> Tokenizer:
    """CLIP's family, built as the loaders build it: lower case, ``</w>`` ends a word, no token for a space."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("c", "a"), ("ca", "t</w>"), ("d", "o"), ("do", "g</w>"), ("t", "h"), ("th", "e</w>"), ("i", "n")]
    special = ["<|startoftext|>", "<|endoftext|>"]
    tokens = [*alphabet, *(a + "</w>" for a in alphabet), *map("".join, merges), *special]
    return CLIPTokenizer(vocab={token: k for k, token in enumerate(tokens)}, merges=merges).backend_tokenizer


FAMILIES: dict[str, Callable[[], Tokenizer]] = {
    "byte-level": _byte_level,
    "wordpiece": _wordpiece,
    "unigram": _unigram,
    "gemma": _gemma,
    "clip": _clip,
    "t5": _t5,
    "llama": _llama,
    "mistral": _mistral,
    **definitions.families(TEXT.split(), _scored_halves(), _byte_level),
}


@cache
def tokenizer(family: str) -> WordTokenizer:
    """The small tokenizer of a family."""
    return WordTokenizer(family, FAMILIES[family]())


def pieces(words: Sequence[str], size: int) -> WordTokenizer:
    """Cuts every word into pieces of ``size`` characters, the last one shorter; [UNK] is id 0."""
    cut = {word[k : k + size]: None for word in words for k in range(0, len(word), size)}
    backend = Tokenizer(models.WordLevel({"[UNK]": 0, **{c: k + 1 for k, c in enumerate(cut)}}, unk_token="[UNK]"))
    split = pre_tokenizers.Split(Regex(f".{{1,{size}}}"), "isolated")
    backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), split])
    return WordTokenizer(f"pieces-of-{size}", backend)


# --- Adapters -------------------------------------------------------------------------------------------------------


def adapter(
    maps: dict[tuple[int, int], Tensor],
    bucketing: Bucketing = "pair",
    max_tokens: int = 4,
    separate_first: bool = False,
) -> Adapter:
    """An adapter made of given maps."""
    info = AdapterInfo(
        "source", "target", "s", "t", "a", "b", bucketing, max_tokens, "words", "w", 100, "auto", separate_first
    )
    return Adapter(info, maps)


def random_adapter(
    bucketing: Bucketing | Literal["separate"] = "pair",
    max_tokens: int = 4,
    d_src: int = 4,
    d_tgt: int = 3,
    dtype: torch.dtype = torch.float64,
) -> Adapter:
    """Random maps for every bucket; ``separate`` is ``pair`` with channels of their own for first tokens."""
    separate = bucketing == "separate"
    if bucketing == "separate":
        bucketing = "pair"
    lengths = range(1, max_tokens + 1)
    keys = [(0, j) for j in lengths] if bucketing == "target" else [(i, j) for i in lengths for j in lengths]
    maps = {
        key: normal(d_src * (2 if separate and key[0] > 1 else 1), d_tgt, max(key), seed=k, dtype=dtype)
        for k, key in enumerate(keys)
    }
    return adapter(maps, bucketing, max_tokens, separate)


@dataclass(frozen=True)
class SyntheticPair:
    """Two vocabularies where the target's embeddings are an exact t-linear map of the source's.

    Attributes
    ----------
    source, target : VocabularySide
    corpus : Corpus
        Words of the buckets (1, 1), (1, 2), (2, 2) and (2, 3).
    maps : dict
        Target length j -> the true map, shape = (d_src, d_tgt, j): the same for every source length.
    """

    source: VocabularySide
    target: VocabularySide
    corpus: Corpus
    maps: dict[int, Tensor]


def synthetic_pair(
    dtype: torch.dtype = torch.float64, words: int = 30, d_src: int = 4, d_tgt: int = 3
) -> SyntheticPair:
    """``words`` words a bucket. The source cuts words into threes, the target into twos, and no piece occurs twice."""
    lengths = [(2, 3, 4, 6)[k % 4] for k in range(4 * words)]
    starts = accumulate(lengths, initial=0x4E00)  # a character of its own for every place in every word
    texts = ["".join(map(chr, range(start, start + n))) for start, n in zip(starts, lengths, strict=False)]
    source, target = pieces(texts, 3), pieces(texts, 2)
    s_table = normal(source.vocab_size, d_src, seed=1, dtype=dtype)
    t_table = normal(target.vocab_size, d_tgt, seed=2, dtype=dtype)
    maps = {j: normal(d_src, d_tgt, j, seed=2 + j, dtype=dtype) for j in (1, 2, 3)}
    for s_ids, t_ids in zip(source.encode_words(texts), target.encode_words(texts), strict=True):
        word = torch.zeros(1, d_src, len(t_ids), dtype=dtype)
        word[0, :, : len(s_ids)] = s_table[list(s_ids)].T
        t_table[list(t_ids)] = slow_tprod(word, maps[len(t_ids)])[0].T
    corpus = Corpus("synthetic", tuple(texts), tuple(float(4 * words - k) for k in range(4 * words)))
    return SyntheticPair(VocabularySide(source, s_table), VocabularySide(target, t_table), corpus, maps)
