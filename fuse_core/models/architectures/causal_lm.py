"""Causal language models: whatever transformers' ``AutoModelForCausalLM`` loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fuse_core.models.architectures.architecture import Architecture, Config, Family, load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import checkpoint_of

if TYPE_CHECKING:
    from fuse_core.models.causal_lm import TransformersLM


def load(entry: Entry, models: Models, start_id: int | None = None) -> TransformersLM:
    """A causal language model, in single precision; before every text stands ``start_id``, or what its settings say."""
    from transformers import AutoModelForCausalLM

    from fuse_core.models.backends import check_vocabulary
    from fuse_core.models.causal_lm import TransformersLM
    from fuse_core.models.pretrained import load_network
    from fuse_core.models.self_check import check_causal

    checkpoint, tokenizer = checkpoint_of(entry), models.tokenizer(entry.key)
    network = load_network(AutoModelForCausalLM, checkpoint)
    start = start_of(network.config.get_text_config()) if start_id is None else start_id
    model = TransformersLM(entry.key, network, tokenizer, start)
    check_vocabulary(checkpoint.name, tokenizer, len(model.embedding_table))
    check_causal(model)
    return model


def start_of(config: Any) -> int | None:
    """The token before every text: beginning of text, or end of text, where a document begins after the last one's."""
    for found in (config.bos_token_id, config.eos_token_id):
        if isinstance(found, list):
            found = found[0] if found else None
        if found is not None:
            return int(found)
    return None


def knows(kind: str, config: Config) -> bool:
    """A decoder alone; BERT's kin are no writers, though classes of that name exist."""
    return kind.endswith(("ForCausalLM", "LMHeadModel")) and not config.get("is_encoder_decoder")


ARCHITECTURE = Architecture(
    name="causal-lm",
    title="causal language models (AutoModelForCausalLM)",
    order=1,
    knows=knows,
    loaders={"tokenizer": load_tokenizer, "causal": load},
    families=(
        Family("gpt2", "GPT-2", "learned positions; no mark of its own for the beginning: end of text serves"),
        Family("opt", "OPT", "learned positions, two rows of the table are skipped; layers under a decoder"),
        Family("llama", "Llama, SmolLM2", "rotary positions; SentencePiece with bytes for what is unknown"),
        Family("mistral", "Mistral", "sliding window; grouped keys"),
        Family("falcon", "Falcon", "one key for all heads; attention and feed-forward side by side"),
        Family("qwen2", "Qwen2", "no beginning of text; biases at queries and keys"),
        Family("qwen3", "Qwen3", "norms at queries and keys; table wider than the vocabulary"),
        Family("gemma2", "Gemma 2", "embeddings times the root of the width; capped logits; sliding window"),
        Family("gemma3_text", "Gemma 3", "embeddings times the root of the width; sliding window in most layers"),
        Family("phi", "Phi", "rotary positions on a part of each head; a bias at the logits"),
    ),
    checks=(
        "logits of embeddings equal those of ids",
        "gradient equals finite differences",
        "kept keys and values equal a full forward pass",
        "first layers alone equal the whole model's states",
    ),
)
