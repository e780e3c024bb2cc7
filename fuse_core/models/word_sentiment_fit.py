"""Fitting the word head of ``fuse_core.models.word_sentiment``, and keeping it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from fuse_core.common.artefacts import Artefact, ArtefactStore
from fuse_core.common.progress import Progress
from fuse_core.common.storage import assets_folder
from fuse_core.common.text_files import read_text
from fuse_core.models.adjectives import adjectives
from fuse_core.models.image_classifier import load_class_names
from fuse_core.models.noisy_or import LABELS, fit_logits
from fuse_core.models.readings import read_texts
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.models.sentiment_head import lexicon_file, read_lexicon
from fuse_core.models.sentiment_texts import WORD, fit_texts, kept_back, label_of
from fuse_core.models.word_sentiment import LAYERS, TENSORS, WordHead, WordSentiment
from fuse_core.words.corpus import english

FILE = "head.safetensors"
NUMBERS = ("words", "heldout_words", "accuracy", "layers")  # of a head, in the file
FORMAT = 3  # raise when the file or the fit changes
FREQUENT = 40_000  # English words among which those of the lexicon are taken
FORMS = 200_000  # among which an adjective's forms are looked for
OTHERS = 12_000  # the most frequent, among which neutral ones are taken
TEXTS = 3000
PENALTY = 1e-3
TEMPLATE = "An image of {}"  # in which a search reads words, too


def load_word_sentiment(
    key: str, encoder: SentenceEncoder, store: ArtefactStore, found: Sequence[str] = ()
) -> WordSentiment:
    """The classifier, its head from the store, or fitted and kept there.

    Parameters
    ----------
    found : sequence of str
        Captions that an optimiser wrote for earlier heads: their words are labelled by the lexicon, too.

    Raises
    ------
    UserError
        When the lexicon's or the class names' wheel is missing.
    """
    file = lexicon_file()
    lexicon = read_lexicon(file)
    nouns = [names[0].lower() for names in load_class_names()]

    artefact = Artefact(
        kind="heads",
        name=key,
        identity={
            "lexicon": hashlib.sha256(file.read_bytes()).hexdigest(),
            "texts": hashlib.sha256(json.dumps([nouns, list(found)]).encode()).hexdigest(),
            "tokenizer": encoder.tokenizer.fingerprint,
            "weights": encoder.weights_digest,
            "format_version": FORMAT,
        },
        read=_load_head,
        write=_save_head,
        about=lambda head: {"heldout_accuracy": head.accuracy, "heldout_words": head.heldout_words},
    )
    head = store.get_or_create(artefact, lambda report: fit_word_head(encoder, lexicon, nouns, found, report))
    held = kept_back(lexicon)
    rated = [word for word, valence in lexicon.items() if word not in held and label_of(valence) != 1]
    labels = {word: LABELS[label_of(lexicon[word])] for word in adjectives(rated, english(FORMS).words)}
    return WordSentiment(key, encoder, head, labels)


def found_captions() -> list[str]:
    """What searches wrote for earlier heads, in ``assets/sentiment``: mostly neutral captions that these misread."""
    return read_text(assets_folder() / "sentiment" / "found.txt").splitlines()


def fit_word_head(
    encoder: SentenceEncoder, lexicon: dict[str, float], nouns: Sequence[str], found: Sequence[str], report: Progress
) -> WordHead:
    """Fit both readings and judge the first on words whose stems were kept back.

    Cost: one encoding of some 20,000 short texts, and two logistic regressions of their tokens and words.
    """
    held = kept_back(lexicon)
    words = english(FREQUENT).words
    known = [word for word in words if word in lexicon and word not in held]
    others = [word for word in words[:OTHERS] if word not in lexicon and word.isascii() and word.isalpha()]
    texts = [t for t in (*fit_texts(known, nouns, others, TEXTS), *found) if not held & set(WORD.findall(t.lower()))]
    report(0.0, f"Reading {len(texts):,} captions with {encoder.key}, once")
    words_encoder, examples = encoder.first_layers(LAYERS), [*known, *others]
    in_captions = read_tokens(words_encoder, texts, lexicon)
    report(0.3, f"Reading {len(examples):,} words with {encoder.key}, once")
    alone = [TEMPLATE.format(word) for word in examples]
    in_template = read_tokens(words_encoder, alone, lexicon, TEMPLATE.count(" "))
    vectors = read_texts(encoder, alone).cpu()
    report(0.8, "Fitting the reading of words")
    states, labels = (torch.cat(pair) for pair in zip(in_captions, in_template, strict=True))
    token_weight, token_bias = fit_logits(states, labels, PENALTY)
    word_labels = torch.tensor([label_of(lexicon.get(word, 0.0)) for word in examples])
    word_weight, word_bias = fit_logits(vectors, word_labels, PENALTY)
    head = WordHead(token_weight, token_bias, word_weight, word_bias, len(known), 0, 0.0, LAYERS)
    return _judged(encoder, head, [w for w in words if w in held and label_of(lexicon[w]) != 1], lexicon)


def read_tokens(
    encoder: SentenceEncoder, texts: Sequence[str], lexicon: dict[str, float], skip: int = 0
) -> tuple[Tensor, Tensor]:
    """Last hidden states of the tokens of texts, (tokens, width), and the labels of their words.

    The first ``skip`` tokens of each text are left out.
    """
    ids = encoder.tokenizer.encode_batch(texts)
    states: list[Tensor] = [torch.empty(0)] * len(texts)
    order = sorted(range(len(texts)), key=lambda k: len(ids[k]))  # in which batches come
    coming = iter(order)

    def keep(batch: Tensor, mask: Tensor) -> Tensor:
        for row, length in zip(batch, mask.sum(1).tolist(), strict=True):
            states[next(coming)] = row[1 + skip : length - 1].cpu()
        return batch.new_empty(len(batch), 0)

    encoder.read_ids([ids[k] for k in order], keep, 0)
    labels = [_token_labels(encoder, row, lexicon)[skip:] for row in ids]
    return torch.cat(states), torch.tensor([label for row in labels for label in row])


def _token_labels(encoder: SentenceEncoder, ids: Sequence[int], lexicon: dict[str, float]) -> list[int]:
    words = encoder.tokenizer.split_ids(ids)
    return [label_of(lexicon.get(word.text.strip().lower(), 0.0)) for word in words for _ in word.ids]


def _judged(encoder: SentenceEncoder, head: WordHead, words: Sequence[str], lexicon: dict[str, float]) -> WordHead:
    """The same head with the share of words, each in a caption, whose sign it reads as the lexicon has it."""
    read = read_texts(WordSentiment("", encoder, head), [TEMPLATE.format(word) for word in words]).cpu()
    positive = torch.tensor([lexicon[word] > 0 for word in words])
    accuracy = float(((read[:, 2] > read[:, 0]) == positive).double().mean())
    return replace(head, heldout_words=len(words), accuracy=accuracy)


def _save_head(head: WordHead, folder: Path) -> None:
    numbers = {name: repr(getattr(head, name)) for name in NUMBERS}
    save_file({name: t.contiguous() for name, t in head.tensors.items()}, folder / FILE, numbers)


def _load_head(folder: Path) -> WordHead:
    with safe_open(folder / FILE, framework="pt") as file:
        numbers = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in TENSORS}
        words, heldout_words, accuracy, layers = (json.loads(numbers[name]) for name in NUMBERS)
        return WordHead(**tensors, words=words, heldout_words=heldout_words, accuracy=accuracy, layers=layers)
