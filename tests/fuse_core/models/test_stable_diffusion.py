"""Stable Diffusion as a reader, beside diffusers' own classes and a loop over timesteps."""

from __future__ import annotations

import base64
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from fuse_core.adapter.fit import FitOptions
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.noised_latents import NoisedLatents
from fuse_core.objective.denoising_term import DenoisingTerm
from fuse_core.search.problem import fit_options
from fuse_core.search.replay import replay
from fuse_core.search.session import Session
from fuse_core.tensor.digest import tensor_digest
from tests.fuse_core import tiny_models
from tests.fuse_core.models import pipelines
from tests.fuse_core.models.test_architectures import check_gradient
from tests.fuse_core.on_device.shadow_device import DEVICE, ShadowTensor, shadow_device
from tests.fuse_core.tiny_models import settings_for

if TYPE_CHECKING:
    from fuse_core.models.stable_diffusion import StableDiffusion

TEXTS = ["a cat in the rain", "two dogs"]
DRAWS, SEED = 3, 5
# Model 1 pads with the token that ends a text, model 2 with another, and predicts velocities.
VERSIONS = {"1": ("epsilon", "<|endoftext|>"), "2": ("v_prediction", "!")}
DDIM = {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A pipeline of version 1, and its folder."""
    folder = tmp_path_factory.mktemp("sd")
    return pipelines.save_pipeline(folder), folder


@pytest.fixture
def folder(original: tuple[Any, Path], tmp_path: Path) -> Path:
    """A folder of it to change."""
    return Path(shutil.copytree(original[1], tmp_path / "sd"))


@pytest.fixture(scope="module", params=VERSIONS)
def saved(
    request: pytest.FixtureRequest, original: tuple[Any, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, StableDiffusion]:
    """A pipeline as diffusers made it, and as it was loaded from its folder; both in double precision."""
    made, first = original
    folder = Path(shutil.copytree(first, tmp_path_factory.mktemp("versions") / request.param))
    prediction, padding = VERSIONS[request.param]
    pipelines.change(folder / "scheduler" / "scheduler_config.json", prediction_type=prediction)
    (folder / "tokenizer" / "special_tokens_map.json").write_text(json.dumps({"pad_token": padding}))
    pipelines.rename_as_published(folder)
    made.scheduler = diffusers.DDIMScheduler(**pipelines.BETAS, **DDIM, prediction_type=prediction)
    made.tokenizer.pad_token = padding
    model = pipelines.read_pipeline(Library(folder / "cache"), folder)
    for network in (made.unet, made.vae, made.text_encoder, model.network, model.unet, model.vae):
        network.double()
    return made, model


def states_by_diffusers(made: Any, texts: list[str]) -> Tensor:
    ids = made.tokenizer(texts, padding="max_length", max_length=77, return_tensors="pt").input_ids
    return made.text_encoder(ids).last_hidden_state


def noised_by_hand(made: Any, version: str) -> tuple[list[int], list[Tensor], list[Tensor]]:
    """Timesteps, noisy latents and targets by the formulas, from the settings alone."""
    picture = np.asarray(tiny_models.picture(size=(24, 16)))[:, 4:20].astype(np.float64)  # its middle: 16 x 16
    pixels = torch.tensor(picture / 127.5 - 1).permute(2, 0, 1)[None]
    clean = made.vae.encode(pixels).latent_dist.mode()[0] * made.vae.config.scaling_factor
    betas = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    kept = np.cumprod(1 - betas)
    noise = torch.randn(DRAWS, 4, 8, 8, generator=torch.Generator().manual_seed(SEED)).double()
    times = [166, 500, 833]  # the middles of thirds of 1,000
    noisy = [kept[t] ** 0.5 * clean + (1 - kept[t]) ** 0.5 * e for t, e in zip(times, noise, strict=True)]
    velocity = [kept[t] ** 0.5 * e - (1 - kept[t]) ** 0.5 * clean for t, e in zip(times, noise, strict=True)]
    return times, noisy, velocity if version == "v_prediction" else list(noise)


@pytest.fixture(scope="module")
def term(saved: Any) -> DenoisingTerm:
    _, model = saved
    return DenoisingTerm(model, model.noised(tiny_models.picture(size=(24, 16)), DRAWS, SEED), 3.0, prefix="oh ")


def test_a_folder_is_a_diffusion_model_with_the_text_encoders_table(saved):
    made, model = saved
    assert catalog.entry(model.key).roles == ("tokenizer", "diffusion")
    torch.testing.assert_close(model.embedding_table, made.text_encoder.get_input_embeddings().weight)
    assert (model.max_length, model.begin, model.end) == (77, (49406,), (49407,))


@torch.no_grad()
def test_states_of_ids_and_embeddings_are_those_of_diffusers_at_all_places(saved):
    made, model = saved
    expected = states_by_diffusers(made, TEXTS).flatten(1)
    ids = model.tokenizer.encode_batch(TEXTS)
    torch.testing.assert_close(model.encode_ids(ids), expected)
    torch.testing.assert_close(model.encode_embeddings([model.embedding_table[row] for row in ids]), expected)


@torch.no_grad()
def test_losses_are_those_of_a_loop_over_timesteps(saved, term):
    made, _ = saved
    times, noisy, targets = noised_by_hand(made, made.scheduler.config.prediction_type)
    for found, expected in ((term.noised.latents, noisy), (term.noised.targets, targets)):
        torch.testing.assert_close(found, torch.stack(expected), rtol=1e-5, atol=1e-6)
    assert term.noised.timesteps.tolist() == times
    found = term.losses(TEXTS)
    for loss, states in zip(found, states_by_diffusers(made, [f"oh {text}" for text in TEXTS]), strict=True):
        by_hand = [
            ((made.unet(x[None], t, states[None]).sample[0] - y) ** 2).mean()
            for t, x, y in zip(times, noisy, targets, strict=True)
        ]
        torch.testing.assert_close(loss, sum(by_hand) / DRAWS, rtol=1e-6, atol=0)
    assert abs(found[0] - found[1]) > 1e-4 * found[0]  # the text matters


def test_the_same_noises_twice_and_others_of_another_seed(saved):
    _, model = saved
    one, same, other = (model.noised(tiny_models.picture(), DRAWS, seed).latents for seed in (1, 1, 2))
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.allclose(one, other)
    pair = NoisedLatents.together([model.noised(tiny_models.picture(k), DRAWS, 1) for k in (0, 1)])
    states = model.encode_ids(model.tokenizer.encode_batch(TEXTS))
    apart = [model.denoising_losses(states, model.noised(tiny_models.picture(k), DRAWS, 1)) for k in (0, 1)]
    torch.testing.assert_close(model.denoising_losses(states, pair), sum(apart) / 2)


def test_the_gradient_is_that_of_finite_differences_and_of_the_weighted_loss(saved, term):
    _, model = saved
    ids = model.tokenizer.encode(term.text(TEXTS[0]))
    inputs = model.embedding_table[ids]
    check_gradient(lambda x: term.loss_of(model.encode_embeddings([x]))[0], inputs)
    whole = inputs.clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(3.0 * term.loss_of(model.encode_embeddings([whole]))[0], whole)
    found = term.gradients(TEXTS)[0]
    torch.testing.assert_close(torch.cat([word[0].T for word in found.grads]), expected)
    assert [word.text.strip() for word in found.words[found.first : found.last]] == ["a", "cat", "in", "the", "rain"]


def test_losses_of_few_passes_at_a_time_are_the_same(saved, term, monkeypatch):
    _, model = saved
    expected = term.losses(TEXTS)
    monkeypatch.setattr(model._limit, "found", 1)
    torch.testing.assert_close(term.losses(TEXTS), expected)


@torch.no_grad()
def test_the_picture_of_a_text_is_the_pipelines_own(saved):
    made, model = saved
    made.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(7)
    expected = made("a cat", num_inference_steps=2, generator=generator).images[0]
    told: list[float] = []
    found = model.picture("a cat", steps=2, seed=7, progress=told.append)
    assert found.size == (16, 16)
    np.testing.assert_allclose(np.asarray(found, dtype=int), np.asarray(expected, dtype=int), atol=1)
    assert told == [0.5, 1.0]
    with pytest.raises(UserError, match=r"The text has 80 tokens"):
        model.picture("cat " * 80)


def test_half_precision_gives_losses_in_single_precision(folder):
    model = pipelines.read_pipeline(Library(folder / "cache", dtype="bfloat16"), folder)
    assert (model.network.dtype, model.unet.dtype, model.vae.dtype) == (torch.bfloat16, torch.bfloat16, torch.float32)
    term = DenoisingTerm(model, model.noised(tiny_models.picture(), 1, SEED))
    found, gradient = term.losses(TEXTS), term.gradients(TEXTS[:1])[0].at_last_word
    expected = DenoisingTerm(model.to(torch.device("cpu"), torch.float32), term.noised).losses(TEXTS)
    assert (found.dtype, gradient.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(found, expected, rtol=2e-2, atol=0)


@pytest.mark.parametrize(
    ("prediction", "changed", "sentence"),
    [
        ("sample", {}, "predicts 'sample'"),
        ("epsilon", {"in_channels": 9}, "does not read the latents"),
        ("epsilon", {"cross_attention_dim": 24}, "does not read the latents"),
    ],
)
def test_another_kind_of_pipeline_is_one_sentence(folder, prediction, changed, sentence):
    pipelines.change(folder / "scheduler" / "scheduler_config.json", prediction_type=prediction)
    pipelines.unet(**changed).save_pretrained(folder / "unet")
    with pytest.raises(UserError, match=sentence):
        Library(folder / "cache").diffusion(str(folder))


def asked(folder: Path) -> list[dict[str, Any]]:
    return [{"kind": "denoising", "model": str(folder), "weight": 100.0}]


@pytest.fixture(scope="module")
def library(original: tuple[Any, Path], tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Tiny models, the pipeline by its folder, and an adapter to its text encoder."""
    _, folder = original
    library = tiny_models.library(tmp_path_factory.mktemp("library"))
    source, model = library.causal(settings_for().source), library.diffusion(str(folder))
    options = fit_options(settings_for())
    library.once(("adapter", source.key, str(folder), options), lambda: tiny_models.random_adapter(source, model, 4))
    return library


@pytest.mark.parametrize("method", ["autodan", "gcg"])
def test_a_run_is_guided_by_the_denoising_loss_and_comes_back_from_its_file(original, library, method):
    made, folder = original
    picture = tiny_models.picture(size=(700, 500))  # larger than the copy that a file holds
    settings = settings_for(method=method, steps=1, beams=2, candidates=3, target="none", further=asked(folder))
    session = Session.start(library, settings, picture)
    session.step()
    assert session.config.looks_at_pictures
    small = Image.open(io.BytesIO(base64.b64decode(session.as_dict()["image"].partition(",")[2])))
    noised = library.diffusion(str(folder)).noised(small, 4, 0)
    made.scheduler, made.tokenizer.pad_token = diffusers.DDIMScheduler(**pipelines.BETAS, **DDIM), "<|endoftext|>"
    for network in (made.unet, made.text_encoder):
        network.float()
    states = states_by_diffusers(made, ["An image of" + session.best.text]).expand(4, -1, -1)
    with torch.no_grad():
        predicted = made.unet(noised.latents, noised.timesteps, states).sample
    expected = float((predicted - noised.targets).square().mean())
    assert session.best.losses[str(folder)] == pytest.approx(expected, rel=1e-4)
    assert any(word.by_model.get(str(folder)) for word in session.steps[-1].words)
    loaded = Session.from_json(session.to_json(), library)
    assert all(step.same for step in replay(loaded, library))


def test_an_adapter_to_the_text_encoder_is_fitted(original, library):
    made, folder = original
    source, model = library.causal(settings_for().source), library.diffusion(str(folder))
    adapter = library.adapter(source.key, str(folder), FitOptions(words=1000))
    assert adapter.info.target_table == tensor_digest(made.text_encoder.get_input_embeddings().weight.float())
    assert adapter.maps[1, 1].shape == (source.embedding_table.shape[1], model.embedding_table.shape[1], 1)
    assert adapter.maps[1, 1].abs().max() > 0


def test_without_a_picture_there_is_nothing_to_denoise(original, library):
    with pytest.raises(UserError, match="no picture for the diffusion model to denoise"):
        Session.start(library, settings_for(target="none", further=asked(original[1])), None)


@pytest.mark.parametrize("float64", [True, False])
def test_on_a_device_nothing_is_left_on_the_processor(folder, float64):
    """Losses, gradients and a picture are those of the processor; a device without float64 needs none."""
    model = Library(folder / "cache").diffusion(str(folder))

    def found() -> tuple[Tensor, Tensor, Image.Image]:
        term = DenoisingTerm(model, model.noised(tiny_models.picture(), 2, SEED), weight=100.0)
        gradient = term.gradients(TEXTS[:1])[0].at_last_word
        return term.losses(TEXTS).cpu(), gradient.cpu(), model.picture("a cat", steps=2)

    expected = found()
    with shadow_device(float64):
        model.to(DEVICE)
        here = [x.inner if isinstance(x, ShadowTensor) else x for x in found()]
    for one, other in zip(here[:2], expected[:2], strict=True):
        torch.testing.assert_close(one, other)
    assert np.array_equal(np.asarray(here[2]), np.asarray(expected[2]))
