"""No tensor is made where it happens to be made: each says its device, moves at once, or belongs to the processor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import fuse_core

ROOT = Path(fuse_core.__file__).parent
FACTORIES = {
    *("tensor", "as_tensor", "from_numpy", "zeros", "ones", "full", "empty", "eye", "arange", "linspace"),
    *("rand", "randn", "randint", "randperm"),
}
# What is reckoned on the processor, whatever the models are on, and by which functions.
ON_PROCESSOR = {
    "search/methods/judged.py": "objectives are put together there",
    "search/methods/probed_budget.py": "a regression with a handful of unknowns",
    "search/methods/proposal.py": "objectives are put together there",
    "search/finished.py": "objectives are put together there",
    "search/session.py": "a file's vector, which the image term moves",
    "words/word_tensors.py": "an index, which whoever asks for it moves",
    "models/sentiment.py": "numbers of a head, fitted there",
    "models/sentiment_head.py": "numbers of a head, fitted there",
    "models/word_sentiment_fit.py": "numbers of a head, fitted there",
    "models/noisy_or.py": "numbers of a head, fitted there",
    "models/hub_classifier.py": "buffers of a network, before the model moves",
    "models/e5.py": "a file's weights, before the model moves",
    "models/conse.py": "class numbers, which are moved where they are used",
    "models/image_classifier.py": "pixels, which are moved as a batch",
    "models/noised_latents.py": "timesteps, which the scheduler knows there",
    "analysis/lessons/word_values.py": "a record's numbers, which are shown",
    "analysis/carried_order.py": "indices of candidates, which routes move",
    "analysis/adapter_comparison.py": "ids of tokens, which kinds of adapters move",
    "tensor/normal_products.py": "a small basis in float64, moved to what it is multiplied with",
    "synthetic/pair.py": "maps are drawn there, the same for every device, and moved",
}


def unplaced(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of torch's factories without a device and without a move in the same breath.

    What a generator draws is drawn on the processor, the same for every device.
    """
    moved = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("to", "cpu")
    }
    for node in ast.walk(tree):
        made = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FACTORIES
        if made and isinstance(node.func.value, ast.Name) and node.func.value.id == "torch":  # type: ignore[union-attr]
            named = {keyword.arg for keyword in node.keywords}  # type: ignore[union-attr]
            if not named & {"device", "generator"} and id(node) not in moved:
                yield node  # type: ignore[misc]


FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))


def test_every_tensor_says_where_it_is():
    found = {
        f"{name}:{call.lineno}: {ast.unparse(call)}"
        for name in FILES
        if name not in ON_PROCESSOR
        for call in unplaced(ast.parse((ROOT / name).read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize("name", ON_PROCESSOR)
def test_an_exception_is_one(name):
    assert list(unplaced(ast.parse((ROOT / name).read_text("utf-8"))))


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("torch.zeros(3)", 1),
        ("torch.zeros(3, device=x.device)", 0),
        ("torch.zeros(3).to(x)", 0),
        ("y = torch.tensor([1]) + x", 1),
        ("torch.zeros_like(x)", 0),
    ],
)
def test_what_is_looked_for(line, count):
    assert len(list(unplaced(ast.parse(line)))) == count
