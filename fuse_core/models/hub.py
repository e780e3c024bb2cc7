"""Loaders of models from a hub, by role, for entries that name a repository (or a folder like one)."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuse_core.common.errors import UserError
from fuse_core.models.entry import Entry, Models
from fuse_core.models.pretrained import LOADING, from_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from fuse_core.models.blip import BlipCaptioner
    from fuse_core.models.causal_lm import TransformersLM
    from fuse_core.models.clip import ClipModel
    from fuse_core.models.transformers_classifier import TransformersClassifier
    from fuse_core.words.tokenizer import WordTokenizer

PATIENCE = 8.0  # seconds until a hub that does not answer counts as out of reach


def load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    """The repository's tokenizer."""
    from transformers import AutoTokenizer

    from fuse_core.words.tokenizer import WordTokenizer

    return WordTokenizer(entry.key, _from_hub(AutoTokenizer, entry).backend_tokenizer)


def load_causal(entry: Entry, models: Models) -> TransformersLM:
    """A causal language model, in single precision."""
    import torch
    from transformers import AutoModelForCausalLM

    from fuse_core.models.causal_lm import TransformersLM

    network = _from_hub(AutoModelForCausalLM, entry, dtype=torch.float32)
    return TransformersLM(entry.key, network, models.tokenizer(entry.key), network.config.bos_token_id)


def load_clip(entry: Entry, models: Models) -> ClipModel:
    """A CLIP with its picture preprocessing."""
    import torch
    from transformers import CLIPImageProcessorPil, CLIPModel

    from fuse_core.models.clip import ClipModel

    network = _from_hub(CLIPModel, entry, dtype=torch.float32)
    processor = _from_hub(CLIPImageProcessorPil, entry)
    tokenizer = models.tokenizer(entry.key)
    begin, end = (special_id(tokenizer.backend, token) for token in ("<|startoftext|>", "<|endoftext|>"))
    return ClipModel(entry.key, network, tokenizer, processor, (begin,), (end,))


def load_blip(entry: Entry, models: Models) -> BlipCaptioner:
    """A BLIP that writes captions, with its picture preprocessing."""
    import torch
    from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipImageProcessorPil

    from fuse_core.models.blip import BlipCaptioner

    network = _from_hub(BlipForConditionalGeneration, entry, dtype=torch.float32)
    tokenizer, processor = _from_hub(AutoTokenizer, entry), _from_hub(BlipImageProcessorPil, entry)
    return BlipCaptioner(entry.key, network, tokenizer, processor)


def load_roberta_classifier(entry: Entry, models: Models) -> TransformersClassifier:
    """A sequence classifier that frames its texts as RoBERTa does."""
    import torch
    from transformers import AutoModelForSequenceClassification

    from fuse_core.models.transformers_classifier import TransformersClassifier

    network = _from_hub(AutoModelForSequenceClassification, entry, dtype=torch.float32)
    tokenizer = models.tokenizer(entry.key)
    begin, end = (special_id(tokenizer.backend, token) for token in ("<s>", "</s>"))
    return TransformersClassifier(entry.key, network, tokenizer, (begin,), (end,))


def special_id(backend: Tokenizer, token: str) -> int:
    """Id of a special token; ``UserError`` where the tokenizer has none such."""
    found = backend.token_to_id(token)
    if found is None:
        raise UserError(f"The tokenizer has no token '{token}'.", "Choose a checkpoint of the expected family.")
    return found


def in_cache(repository: str) -> bool:
    """Whether a repository was downloaded before."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repository, "config.json"), str)


def _from_hub(kind: Any, entry: Entry, **options: Any) -> Any:
    """``kind.from_pretrained`` of the entry's repository: from the hub's cache, else over the network."""
    repository = str(entry.hub)
    try:
        if Path(repository).is_dir():
            return from_folder(kind, repository, **options)
        if in_cache(repository):
            try:
                return from_folder(kind, repository, **options)
            except (OSError, ValueError):
                pass  # a part of it was never downloaded
        _check_within_reach(repository)
        with LOADING:
            return kind.from_pretrained(repository, **options)
    except (OSError, ValueError) as error:
        raise UserError(
            f"'{repository}' could not be fetched from the hub.",
            "Check the connection, or use the offline preset, which needs no download.",
        ) from error


def _check_within_reach(repository: str) -> None:
    """Ask the hub for one small file; raise ``OSError`` without an answer in time.

    A download would try every file again and again, for a minute. The wait is in a thread, since looking up a name
    knows no limit of time.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    answer: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            get_hf_file_metadata(hf_hub_url(repository, "config.json"), timeout=PATIENCE)
        except Exception as error:  # whatever it is, there is no model to be had
            answer.put(error)
        else:
            answer.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        failure = answer.get(timeout=PATIENCE)
    except queue.Empty:
        failure = TimeoutError(f"no answer in {PATIENCE:g} s")
    if failure is not None:
        raise OSError(f"the hub is out of reach ({failure})") from failure
