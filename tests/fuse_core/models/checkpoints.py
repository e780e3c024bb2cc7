"""Tiny checkpoints of every architecture, as transformers saves them: true classes, random weights, few tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import transformers
from tokenizers import Tokenizer, processors
from torch import nn

from tests.fuse_core import tiny_models
from tests.fuse_core.builders import FAMILIES

SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
DECODER = {**SMALL, "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 64, "initializer_range": 0.4}
READER = {**SMALL, "max_position_embeddings": 66, "initializer_range": 0.4}
VISION = {**SMALL, "image_size": 32, "patch_size": 8}
PAD, BEGIN, END = 0, 1, 2

# Model type -> class, or its stem, and settings. Each writes one peculiarity of its architecture out.
CAUSAL: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("GPT2LMHeadModel", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64, "initializer_range": 0.4}),
    "opt": ("OPTForCausalLM", {**DECODER, "ffn_dim": 32, "word_embed_proj_dim": 16, "init_std": 0.4}),
    "llama": ("LlamaForCausalLM", {**DECODER, "num_key_value_heads": 2, "tie_word_embeddings": False}),
    "mistral": ("MistralForCausalLM", {**DECODER, "sliding_window": 24}),
    "falcon": (
        "FalconForCausalLM",
        {
            **SMALL,
            "initializer_range": 0.4,
            "max_position_embeddings": 64,
            "alibi": False,
            "multi_query": True,
            "new_decoder_architecture": False,
        },
    ),
    "qwen2": ("Qwen2ForCausalLM", {**DECODER, "tie_word_embeddings": True}),
    "qwen3": ("Qwen3ForCausalLM", DECODER),
    "gemma2": ("Gemma2ForCausalLM", {**DECODER, "sliding_window": 24, "query_pre_attn_scalar": 8}),
    "gemma3_text": ("Gemma3ForCausalLM", {**DECODER, "sliding_window": 24, "query_pre_attn_scalar": 8}),
    "phi": ("PhiForCausalLM", {**DECODER, "num_key_value_heads": 2}),
}
READERS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", READER),
    "mpnet": ("MPNet", {**READER, "pad_token_id": PAD}),
    "roberta": ("Roberta", {**READER, "pad_token_id": PAD, "type_vocab_size": 1}),
    "xlm-roberta": ("XLMRoberta", {**READER, "pad_token_id": 60, "type_vocab_size": 1, "max_position_embeddings": 130}),
    "distilbert": ("DistilBert", {"dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2, "initializer_range": 0.4}),
    "deberta-v2": (
        "DebertaV2",
        {**READER, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
    ),
}
# Model type -> family of its tokenizer, and the class that transformers has for it.
TOKENIZERS = {
    "gpt2": ("byte-level", "GPT2Tokenizer"),
    "opt": ("byte-level", "GPT2Tokenizer"),
    "llama": ("llama", "LlamaTokenizer"),
    "mistral": ("llama", "LlamaTokenizer"),
    "falcon": ("byte-level", "PreTrainedTokenizerFast"),
    "qwen2": ("byte-level", "Qwen2Tokenizer"),
    "qwen3": ("byte-level", "Qwen2Tokenizer"),
    "gemma2": ("gemma", "GemmaTokenizer"),
    "gemma3_text": ("gemma", "GemmaTokenizer"),
    "phi": ("byte-level", "PreTrainedTokenizerFast"),
    "bert": ("wordpiece", "BertTokenizer"),
    "mpnet": ("wordpiece", "MPNetTokenizer"),
    "distilbert": ("wordpiece", "BertTokenizer"),
    "roberta": ("byte-level", "RobertaTokenizer"),
    "xlm-roberta": ("unigram", "XLMRobertaTokenizer"),
    "deberta-v2": ("unigram", "DebertaV2Tokenizer"),
    "clip": ("clip", "CLIPTokenizer"),
    "siglip": ("unigram", "SiglipTokenizer"),
    "siglip2": ("gemma", "GemmaTokenizer"),
}


# Model type -> backend with words of real texts, in place of the small one.
Vocabularies = Mapping[str, Tokenizer]


def save_tokenizer(model_type: str, folder: Path, vocabularies: Vocabularies = MappingProxyType({})) -> Tokenizer:
    """Write the tokenizer of a model type, small by default; texts are framed as that type frames them."""
    family, kind = TOKENIZERS[model_type]
    backend = vocabularies.get(model_type) or FAMILIES[family]()
    frame = {"wordpiece": ("[CLS]", "[SEP]"), "unigram": ("<s>", "</s>")}.get(family)
    if model_type == "roberta":
        frame = ("<s>", "</s>")
        backend.add_special_tokens(list(frame))
    if model_type == "siglip":
        frame = (None, "</s>")
    if frame:
        used = [token for token in frame if token]
        backend.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
            single=" ".join(f"{token}" if token != frame[1] else f"$A {token}" for token in used),
            special_tokens=[(token, backend.token_to_id(token)) for token in used],
        )
    folder.mkdir(parents=True, exist_ok=True)
    backend.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(f'{{"tokenizer_class": "{kind}"}}')
    return backend


def save_causal(model_type: str, folder: Path, words: Vocabularies = MappingProxyType({})) -> nn.Module:
    """A language model of two layers; its table has more rows than its tokenizer tokens."""
    name, settings = CAUSAL[model_type]
    return _saved(name, settings, model_type, folder, words)


def save_encoder(model_type: str, folder: Path) -> nn.Module:
    """A text encoder of two layers, without a head."""
    name, settings = READERS[model_type]
    return _saved(f"{name}Model", settings, model_type, folder)


def save_classifier(model_type: str, folder: Path) -> nn.Module:
    """A text classifier of two layers that knows three sentiments."""
    name, settings = READERS[model_type]
    labels = {"num_labels": 3, "id2label": {0: "negative", 1: "neutral", 2: "Positive"}}
    return _saved(f"{name}ForSequenceClassification", {**settings, **labels}, model_type, folder)


def save_clip(folder: Path, words: Vocabularies = MappingProxyType({})) -> nn.Module:
    """A CLIP of two layers on either side."""
    backend = save_tokenizer("clip", folder, words)
    size = backend.get_vocab_size()
    text = {**SMALL, "vocab_size": size, "bos_token_id": size - 2, "eos_token_id": size - 1}
    processor = transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor.save_pretrained(folder)
    return _dual("CLIP", {"text_config": text, "vision_config": VISION, "projection_dim": 12}, folder)


def save_siglip(model_type: str, folder: Path, words: Vocabularies = MappingProxyType({})) -> nn.Module:
    """A SigLIP of two layers on either side."""
    name = {"siglip": "Siglip", "siglip2": "Siglip2"}[model_type]
    backend = save_tokenizer(model_type, folder, words)
    text = {**SMALL, "vocab_size": backend.get_vocab_size(), "max_position_embeddings": 64, "projection_size": 16}
    vision: dict[str, Any] = {**VISION, "num_patches": 16} if name == "Siglip2" else VISION
    sizes = {"patch_size": 8, "max_num_patches": 16} if name == "Siglip2" else {"size": {"height": 32, "width": 32}}
    getattr(transformers, f"{name}ImageProcessorPil")(**sizes).save_pretrained(folder)
    return _dual(name, {"text_config": text, "vision_config": vision}, folder)


def _dual(name: str, settings: dict[str, Any], folder: Path) -> nn.Module:
    config = getattr(transformers, f"{name}Config")(**settings)
    with tiny_models.seeded(0):
        network = getattr(transformers, f"{name}Model")(config).eval()
    network.save_pretrained(folder)
    return network


def _saved(
    kind: str,
    settings: dict[str, Any],
    model_type: str,
    folder: Path,
    words: Vocabularies = MappingProxyType({}),
) -> nn.Module:
    backend = save_tokenizer(model_type, folder, words)
    rows = backend.get_vocab_size() + 5
    special = {"bos_token_id": BEGIN, "eos_token_id": END}
    if model_type in ("gpt2", "qwen2", "qwen3"):
        special = {"bos_token_id": None, "eos_token_id": END}
    model = getattr(transformers, kind)
    made = model.config_class(**{"pad_token_id": None, **special, **settings, "vocab_size": rows})
    with tiny_models.seeded(0):
        network = model(made).eval()
    network.save_pretrained(folder)
    return network


SAVERS: dict[str, Callable[[str, Path], nn.Module]] = {
    "causal-lm": save_causal,
    "clip": lambda model_type, folder: save_clip(folder),
    "siglip": save_siglip,
    "sentence-encoder": save_encoder,
    "sequence-classifier": save_classifier,
}


def hub_snapshot(root: Path, repository: str) -> Path:
    """Where the hub's cache at ``root`` keeps a repository that was fetched."""
    return root / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"


def save_efficientnet(folder: Path, **reading: Any) -> nn.Module:
    """EfficientNet-B0's seven stages, a block and a few channels each, that knows three classes of synonyms.

    ``reading`` are settings of how it reads pictures.
    """
    config = transformers.EfficientNetConfig(
        image_size=32,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        in_channels=[32, *[8] * 6],
        out_channels=[8] * 7,
        num_block_repeats=[1] * 7,
        hidden_dim=1280,
        initializer_range=0.4,
        id2label={0: "tabby, tabby cat", 1: "beagle", 2: "missile"},
    )
    with tiny_models.seeded(0):
        network = transformers.EfficientNetForImageClassification(config).eval()
        for norm in network.modules():
            if isinstance(norm, nn.BatchNorm2d):  # as training leaves them, not at 0 and 1
                nn.init.normal_(norm.running_mean)
                nn.init.uniform_(norm.running_var, 0.5, 2.0)
    network.save_pretrained(folder)
    transformers.EfficientNetImageProcessorPil(size={"height": 32, "width": 32}, **reading).save_pretrained(folder)
    return network


def first_merges(key: str) -> Tokenizer:
    """A tokenizer of the catalog with its first two thousand merges alone."""
    whole = json.loads(tiny_models.load_tokenizer(key).backend.to_str())
    model = whole["model"]
    model["merges"] = model["merges"][:2000]
    made = {"".join(merge) for merge in model["merges"]}
    kept = [t for t in model["vocab"] if t in made or len(t.removesuffix("</w>")) == 1 or t.startswith("<|")]
    model["vocab"] = {token: k for k, token in enumerate(kept)}
    for token in whole["added_tokens"]:
        token["id"] = model["vocab"][token["content"]]
    whole["post_processor"] = None
    return Tokenizer.from_str(json.dumps(whole))
