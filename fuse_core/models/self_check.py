"""A model that nobody tried before, tried on a few tokens: whether gradients at its embeddings would be its own."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.dual_encoder import DualEncoder
from fuse_core.models.sentence_encoder import SentenceEncoder
from fuse_core.models.settings_check import OTHERWISE
from fuse_core.models.transformers_classifier import TransformersClassifier

PICTURES = [Image.linear_gradient("L").rotate(angle).convert("RGB") for angle in (0, 90)]
TEXTS = ("a cat", "a photograph of two dogs in the rain")
TOLERANCE = 1e-3  # of the largest number; single precision errs by 1e-6, another reading by 1e-1


def check_differ(key: str, found: Tensor, what: str) -> None:
    """Raise ``UserError`` when the readings of two things are the same, or are no numbers."""
    if not (found[0] - found[1]).abs().max() > 0:  # NaN counts as alike
        raise UserError(f"'{key}' reads all {what} alike: a setting of config.json must be wrong.", OTHERWISE)


@torch.no_grad()
def check_causal(model: TransformersLM) -> None:
    """Raise ``UserError`` when logits of embeddings, or of continuations of a kept prompt, differ from those of ids.

    So it does for one that reads all texts alike. Four forward passes of some ten tokens.
    """
    short, long = model.tokenizer.encode_batch(TEXTS)
    start = [] if model.start_id is None else [model.start_id]
    ids = torch.tensor([start + long], device=model.embedding_table.device)
    expected = model.network(input_ids=ids, use_cache=False).logits[0]
    _compare(model.key, expected, model.logits_from_embeddings(model.embedding_table[ids])[0], "input embeddings")
    kept = model.read([start + long[:-1], start + short])
    check_differ(model.key, model.next_logits([start + short, start + long]), "texts")
    later = kept.next_after([0], [long[-1:]])[0]
    _compare(model.key, expected[-1].log_softmax(-1), later, "kept keys and values")
    model.n_forward_passes = 0


@torch.no_grad()
def check_reader(model: SentenceEncoder | TransformersClassifier) -> None:
    """Raise ``UserError`` when readings of embeddings differ from the network's own of ids, or do not differ by text.

    Two batches of two short texts, one of them padded.
    """
    rows = model.tokenizer.encode_batch(TEXTS)
    table = model.embedding_table
    found = model.encode_embeddings([table[torch.tensor(ids, device=table.device)] for ids in rows])
    check_differ(model.key, found, "texts")
    _compare(model.key, torch.cat([_alone(model, ids) for ids in rows]), found, "input embeddings")


def check_pair(model: DualEncoder) -> None:
    """Raise ``UserError`` when an image-text model reads all texts, or all pictures, alike. Two of each."""
    check_differ(model.key, model.encode_ids(model.tokenizer.encode_batch(TEXTS)), "texts")
    check_differ(model.key, torch.stack([model.encode_image(picture) for picture in PICTURES]), "pictures")


def _alone(model: SentenceEncoder | TransformersClassifier, ids: list[int]) -> Tensor:
    """A reading of ids that no embedding of ours has a part in, shape = (1, width)."""
    if isinstance(model, SentenceEncoder):
        return model.encode_ids([ids])
    framed = torch.tensor([[*model.begin, *ids, *model.end]], device=model.embedding_table.device)
    return model.network(input_ids=framed, attention_mask=torch.ones_like(framed)).logits.log_softmax(-1)


def _compare(key: str, expected: Tensor, found: Tensor, what: str) -> None:
    if not (found - expected).abs().max() <= TOLERANCE * expected.abs().max():  # NaN counts as wrong
        raise UserError(
            f"'{key}' reads {what} in a way that is not known here, so its gradients would be wrong.",
            "Choose a model of another architecture.",
        )
