"""Features of single tokens: the hidden states that the whole model has, token by token, normalised."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.first_layers import FirstLayers
from fuse_core.models.layer_features import LayerFeatures, kept_features
from tests.fuse_core import tiny_models

every_architecture = pytest.mark.parametrize("build", [tiny_models.llama, tiny_models.gpt2])


def hidden_state(model: TransformersLM, token: int, layer: int) -> Tensor:
    """Of one token after the start token, by a forward pass of the whole model with a hook at the layer."""
    base = model.network.base_model
    blocks = next(child for child in base.children() if isinstance(child, torch.nn.ModuleList))
    seen = []
    hook = blocks[layer - 1].register_forward_hook(lambda module, args, output: seen.append(output))
    start = [] if model.start_id is None else [model.start_id]
    model.logits([[*start, token]])
    hook.remove()
    return (seen[0][0] if isinstance(seen[0], tuple) else seen[0])[0, -1]


@every_architecture
@pytest.mark.parametrize("start_id", [50256, None])
def test_states_after_the_start_token_are_the_whole_models(build: Callable[..., TransformersLM], start_id: int | None):
    model = build(start_id=start_id)
    ids = [262, 3797, 17, 50000]
    found = FirstLayers(model.network, (1, 2), start_id).after_start(torch.tensor(ids))
    for layer, states in zip((1, 2), found, strict=True):
        assert_close(states, torch.stack([hidden_state(model, token, layer) for token in ids]), atol=1e-5, rtol=1e-4)


@every_architecture
def test_the_model_is_left_as_it_was(build: Callable[..., TransformersLM]):
    model = build()
    before = model.logits([[5, 6, 7]])
    FirstLayers(model.network, (1,), model.start_id).after_start(torch.tensor([3, 4]))
    assert_close(model.logits([[5, 6, 7]]), before, atol=0, rtol=0)


def test_later_layers_are_not_run():
    model = tiny_models.llama()
    model.network.base_model.layers[1].forward = None  # type: ignore[union-attr, index]
    FirstLayers(model.network, (1,), model.start_id).after_start(torch.tensor([3, 4]))


@pytest.fixture(scope="module")
def made() -> tuple[TransformersLM, Tensor]:
    model = tiny_models.llama()
    return model, LayerFeatures(model).compute(lambda share, what: None)


def test_every_block_is_the_normalised_embedding_or_hidden_state(made):
    model, features = made
    begins = [k for k, starts in enumerate(model.tokenizer.starts_word[:50257]) if starts]
    # The model has two layers: layers 4 and 8 stand for its last.
    assert features.shape == (50257, 2 * 16)
    chosen = [262, 3797, 1981]
    raw = model.embedding_table[chosen].double()
    assert_close(features[chosen, :16].double(), raw / raw.square().mean(1, keepdim=True).sqrt(), atol=2e-3, rtol=2e-3)
    sample = begins[:: len(begins) // 400]  # the mean over all that begin a word, within its standard error
    states = torch.stack([hidden_state(model, token, 2) for token in (*chosen, *sample)]).double()
    states = states / states.square().mean(1, keepdim=True).sqrt()
    expected = states[: len(chosen)] - states[len(chosen) :].mean(0)
    expected = expected / expected.square().mean(1, keepdim=True).sqrt()
    assert_close(features[chosen, 16:].double(), expected, atol=0.2, rtol=0)
    assert_close(features[begins, 16:].float().square().mean(1), torch.ones(len(begins)), atol=5e-3, rtol=0)


def test_a_token_that_begins_no_word_has_its_embedding_alone(made):
    model, features = made
    inside = next(k for k, starts in enumerate(model.tokenizer.starts_word) if not starts)
    assert features[inside, :16].any()
    assert not features[inside, 16:].any()


def test_the_table_is_kept_and_made_again_for_other_weights(tmp_path, made):
    store, reports = ArtefactStore(tmp_path), []
    _, expected = made
    for seed in (0, 0, 1):
        features = LayerFeatures(tiny_models.llama(seed))
        found = kept_features(store, features, lambda share, what: reports.append(share))
        assert torch.equal(found, expected) == (seed == 0)
        reports.append(None)
    first, again, other = (len(part) for part in _parts(reports))
    assert (bool(first), again, bool(other)) == (True, 0, True)
    assert len(list((tmp_path / "features").iterdir())) == 2


def test_a_table_of_another_shape_is_made_again(tmp_path, made):
    from safetensors.torch import save_file

    store, (model, expected) = ArtefactStore(tmp_path), made
    kept_features(store, LayerFeatures(model))
    (entry,) = (tmp_path / "features").iterdir()
    save_file({"features": torch.zeros(3, 4)}, entry / "features.safetensors")
    assert torch.equal(kept_features(store, LayerFeatures(model)), expected)


def _parts(reports: list) -> list[list]:
    parts: list[list] = [[]]
    for report in reports:
        if report is None:
            parts.append([])
        else:
            parts[-1].append(report)
    return parts[:-1]
