"""What the menus of two tokenizers open with, where not all packages are installed."""

from __future__ import annotations

import pytest

from ui.learn.tokenizer_menus import usual


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["smollm2", "minilm", "gpt2-tokenizer"], ("gpt2-tokenizer", "minilm")),
        (["minilm", "smollm2"], ("smollm2", "minilm")),  # as on a Space
        (["smollm2", "clip-tokenizer"], ("smollm2", "clip-tokenizer")),
        (["minilm"], (None, "minilm")),
        ([], (None, None)),
    ],
)
def test_no_menu_opens_with_what_is_not_in_it(there, expected):
    assert usual(there) == expected
