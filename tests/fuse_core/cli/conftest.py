"""What tests of several commands share."""

from __future__ import annotations

import pytest

from fuse_core.library import Library
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models


@pytest.fixture(scope="package")
def fit_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Tiny models without adapters; fits see a thousand words."""
    held = tiny_models.library(tmp_path_factory.mktemp("cache"), adapters=False)
    held.once(("corpus", tiny_models.CONFIG.source, 100_000), lambda: english(1000))
    return held
