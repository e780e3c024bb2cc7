"""Models of real architectures with random weights and the real tokenizers: small enough to check by brute force."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import VocabularySide, adapter_info
from fuse_core.adapter.map import Features, has_first_token_block
from fuse_core.library import Library
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.centred import TEMPLATE, CentredModel
from fuse_core.models.clip import ClipModel
from fuse_core.models.conse import ConseModel, class_texts
from fuse_core.models.image_classifier import ImageClassifier
from fuse_core.models.readings import read_texts
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.models.transformers_classifier import TransformersClassifier
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_fields import method_options, own_options
from fuse_core.search.problem import fit_options
from fuse_core.search.word_table import WordTable, caption_texts
from fuse_core.words.corpus import Corpus, english
from fuse_core.words.tokenizer import WordTokenizer

CLASS_NAMES = (("cat", "house cat", "tabby"), ("dog",), ("rocket", "missile"))

# The paper's pair of models; `library` below stands tiny ones in for them.
CONFIG = CaptionConfig(
    source="gpt2-medium",
    target="clip-vit-base-patch32",
    steps=3,
    beams=3,
    candidates=6,
    prefix="An image of",
    unit="token",
    features="embedding",
    ending="fixed",
    repeats="allowed",
)


# Who can propose where no word is appended.
TOKEN_GUIDANCES = own_options("gcg")["guidance"].choices


def settings_for(method: str = CONFIG.method, **settings) -> CaptionConfig:
    """``CONFIG`` under a method, with those of the settings that the method has."""
    others = method_options().keys() - own_options(method).keys()
    return CONFIG.changed(method=method, **{k: v for k, v in settings.items() if k not in others})


@cache
def load_tokenizer(key: str) -> WordTokenizer:
    """A tokenizer of the catalog, one for all tests: nobody changes it."""
    return Library(Path("unused")).tokenizer(key)


@cache
def shared_tokenizer(key: str) -> WordTokenizer:
    """A tokenizer of the catalog for tests that only read it."""
    return load_tokenizer(key)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random weights that are the same in every run and leave the global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def llama(seed: int = 0, positions: int = 64, start_id: int | None = 50256) -> TransformersLM:
    """A two-layer Llama over GPT-2's tokenizer."""
    config = LlamaConfig(
        vocab_size=50257,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        initializer_range=0.4,
    )
    with seeded(seed):
        network = LlamaForCausalLM(config)
    return TransformersLM("tiny-llama", network, load_tokenizer("gpt2-tokenizer"), start_id)


def gpt2(key: str = "tiny-gpt2", seed: int = 0, positions: int = 64, start_id: int | None = 50256) -> TransformersLM:
    """A two-layer GPT-2 over its own tokenizer."""
    config = GPT2Config(n_embd=16, n_layer=2, n_head=4, n_positions=positions, initializer_range=0.4)
    with seeded(seed):
        network = GPT2LMHeadModel(config)
    return TransformersLM(key, network, load_tokenizer("gpt2-tokenizer"), start_id)


def sentence_encoder(seed: int = 0) -> SentenceEncoder:
    """A two-layer BERT over MiniLM's tokenizer."""
    config = BertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=0.4,
    )
    tokenizer = load_tokenizer("minilm")
    begin, end = (tokenizer.backend.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    with seeded(seed):
        network = BertModel(config, add_pooling_layer=False)
    return SentenceEncoder("tiny-bert", network, tokenizer, (begin,), (end,))


def clip(key: str = "tiny-clip", seed: int = 0, positions: int = 77) -> ClipModel:
    """A two-layer CLIP over its own tokenizer, for pictures of 32 x 32 pixels."""
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    begin, end = 49406, 49407
    config = CLIPConfig(
        text_config={**tower, "max_position_embeddings": positions, "bos_token_id": begin, "eos_token_id": end},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    with seeded(seed):
        network = CLIPModel(config)
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return ClipModel(key, network, load_tokenizer("clip-tokenizer"), processor, (begin,), (end,))


def roberta(key: str = "roberta-sentiment", seed: int = 0, positions: int = 64) -> TransformersClassifier:
    """A two-layer RoBERTa that knows three sentiments, over GPT-2's tokenizer and two special tokens more."""
    config = RobertaConfig(
        vocab_size=50259,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=positions + 2,
        pad_token_id=1,
        type_vocab_size=1,
        initializer_range=0.4,
        num_labels=3,
        id2label={0: "negative", 1: "neutral", 2: "Positive"},
    )
    with seeded(seed):
        network = RobertaForSequenceClassification(config)
    return TransformersClassifier(key, network, load_tokenizer("gpt2-tokenizer"), (50257,), (50258,))


class _FeatureNet(nn.Module):
    """Stands in for a convolutional network: five linear readings of every pixel."""

    def __init__(self) -> None:
        super().__init__()
        with seeded(3):
            self.mix = nn.Conv2d(3, 5, kernel_size=1)

    def extract_features(self, pixels: Tensor) -> Tensor:
        return self.mix(pixels)


def classifier() -> ImageClassifier:
    """Three classes over five features."""
    with seeded(4):
        weight, bias = torch.randn(len(CLASS_NAMES), 5), torch.randn(len(CLASS_NAMES))
    return ImageClassifier(_FeatureNet().requires_grad_(False), weight, bias, CLASS_NAMES)


def conse() -> ConseModel:
    """The tiny classifier read through the tiny sentence encoder."""
    seen, text = classifier(), sentence_encoder()
    return ConseModel(seen, text, read_texts(text, class_texts(seen)))


def centred() -> CentredModel:
    """The same two, relative to the mean class text."""
    seen, text = classifier(), sentence_encoder()
    return CentredModel("tiny-centred", seen, text, read_texts(text, class_texts(seen, TEMPLATE)))


def picture(seed: int = 0, size: tuple[int, int] = (40, 30)) -> Image.Image:
    """Random colours."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


FEATURES = 24  # of a token, under `layers`


def token_features(source: TransformersLM) -> Tensor:
    """Random features of every token, as the library gives those of the first layers."""
    with seeded(6):
        return torch.randn(len(source.embedding_table), FEATURES).half()


def random_adapter(
    source: TransformersLM, target: ClipModel | TransformersClassifier, limit: int = 2, features: Features = "embedding"
) -> Adapter:
    """Random maps for words of up to ``limit`` tokens on either side; longer words are out of reach."""
    sides = (VocabularySide(model.tokenizer, model.embedding_table) for model in (source, target))
    info = adapter_info(*sides, Corpus("random", (), ()), fit_options(CONFIG))
    d_src, d_tgt = source.embedding_table.shape[1], target.embedding_table.shape[1]
    lengths = range(1, limit + 1)
    with seeded(5):
        rows = {i: d_src * (1 + has_first_token_block(info.bucketing, info.separate_first, i)) for i in lengths}
        rows |= {1: FEATURES} if features == "layers" else {}
        return Adapter(info, {(i, j): torch.randn(rows[i], d_tgt, max(i, j)) for i in lengths for j in lengths})


# Words of several tokens under GPT-2's tokenizer.
RARE_WORDS = ("cheetah", "espresso", "sailboat", "kookaburra", "marmalade", "hippopotamus")


def word_table(target: ClipModel) -> WordTable:
    """A small table of real words."""
    words = english(1000)
    kept = [k for k, word in enumerate(words.words) if word.isascii() and word.isalpha()][:200]
    texts = (*(words.words[k] for k in kept), *RARE_WORDS)
    weights = (*(words.weights[k] for k in kept), *(1e-7 for _ in RARE_WORDS))
    corpus = Corpus("tiny", texts, weights)
    return WordTable(corpus, read_texts(target, caption_texts(corpus)))


@cache
def shared_library() -> Library:
    """One ``library()`` for all tests that only read it."""
    return library()


def library(
    cache_folder: Path | None = None,
    *,
    positions: int = 77,
    adapters: bool = True,
    device: torch.device | str = "cpu",
) -> Library:
    """A real library that already holds tiny models under the keys of ``CONFIG``, so that nothing is loaded.

    Parameters
    ----------
    positions : int
        Context length of the image-text model.
    adapters : bool
        Whether random adapters stand in for fitted ones.
    device : torch.device or str
        Where all of it lives.
    """
    folder = cache_folder or Path(tempfile.mkdtemp(prefix="fuse-tests-"))
    held = Library(folder, device)
    if cache_folder is None:
        weakref.finalize(held, shutil.rmtree, folder, ignore_errors=True)
    source, target, sentiment = gpt2(CONFIG.source), clip(CONFIG.target, positions=positions), roberta()
    for model in (source, target, sentiment):
        model.to(held.device)
    for role, model in (("causal-lm", source), ("image-text", target), ("classifier", sentiment)):
        held.once((role, model.key), lambda model=model: model)
        held.once(("tokenizer", model.key), lambda model=model: model.tokenizer)
    for model in (target, sentiment):
        held.once(("word-table", model.key), lambda model=model: word_table(model))
    if adapters:
        held.once(("token features", source.key), lambda: token_features(source).to(held.device))
        for settings in ({}, {"bucketing": "target"}, {"features": "layers"}):
            options = fit_options(CONFIG.changed(**settings))
            for model in (target, sentiment):
                key = ("adapter", source.key, model.key, options)
                held.once(
                    key,
                    lambda model=model, kind=options.features: random_adapter(source, model, features=kind).to(
                        held.device
                    ),
                )
    return held
