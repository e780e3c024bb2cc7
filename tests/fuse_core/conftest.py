"""Tiny models that several test modules read."""

from __future__ import annotations

import pytest
import torch

from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.vocabulary import Vocabulary
from tests.fuse_core import tiny_models


@pytest.fixture(scope="module")
def source():
    """A causal language model."""
    return tiny_models.gpt2()


@pytest.fixture(scope="module")
def term():
    """The fit to a picture under an image-text model."""
    clip = tiny_models.clip()
    return ImageTerm(clip, clip.encode_image(tiny_models.picture()), weight=5.0, prefix="An image of")


@pytest.fixture(scope="module")
def vocabulary(source):
    """The source's tokens."""
    return Vocabulary.of(source.tokenizer, source.embedding_table.shape[0], torch.device("cpu"))
