"""Methods, losses and guidances are found by their files; what front ends offer is made from them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fuse_core.cli.caption_command import caption_config
from fuse_core.cli.parser import parse
from fuse_core.common.errors import UserError
from fuse_core.objective import losses
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search import methods
from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.presets import load_config
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG
from ui.optimise import settings

METHOD = """
from pydantic import Field
from fuse_core.search.methods.in_place_search import Change, in_place_step
from fuse_core.search.methods.method import InPlaceSettings, Method
from fuse_core.search.start import start_beam


class SwapSettings(InPlaceSettings, frozen=True):
    swaps: int = Field(default=1, ge=1, le=9, title="Swaps", description="Pairs of tokens exchanged a step.")


def step(problem, before, index):
    beam = before.beams[0]
    changes = [Change(0, (*beam.ids[k:], *beam.ids[:k]), "", beam.ids[0]) for k in range(1, len(beam.ids))]
    return in_place_step(problem, before.beams, index, lambda: changes[: problem.config.own(SwapSettings).swaps])


METHOD = Method("swap", "Swap", "swaps tokens", "**Swap** costs little.", SwapSettings, start_beam, step)
"""
LOSS = """
from fuse_core.objective.losses.loss import LanguageLoss, negative_log_likelihood

LOSS = LanguageLoss(
    "perplexity", "Perplexity", "surprise as a factor",
    lambda reading: negative_log_likelihood(reading, "mean").exp(),
)
"""


def add_file(monkeypatch: pytest.MonkeyPatch, package, folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])


@pytest.fixture
def swap(monkeypatch, tmp_path):
    add_file(monkeypatch, methods, tmp_path, "swap_of_a_test", METHOD)


@pytest.fixture
def perplexity(monkeypatch, tmp_path):
    add_file(monkeypatch, losses, tmp_path, "perplexity_of_a_test", LOSS)


def shown_help(capsys) -> str:
    with pytest.raises(SystemExit):
        parse(["caption", "--help"])
    return " ".join(capsys.readouterr().out.split())


class TestMethodInAFile:
    def test_the_command_line_has_its_name_and_its_fields(self, swap, capsys):
        text = shown_help(capsys)
        assert "swap swaps tokens" in text
        assert "--swaps N swap: Pairs of tokens exchanged a step. (1 to 9; default 1)" in text

    def test_caption_runs_it(self, swap):
        config = caption_config(parse(["caption", "cat.jpg", "--method", "swap", "--swaps", "3", "--length", "4"]))
        config = CONFIG.changed(method="swap", swaps=config.as_dict()["swaps"], length=4)
        session = Session.start(tiny_models.shared_library(), config, tiny_models.picture())
        assert session.step().evaluations == 3
        again = Session.from_json(session.to_json(), tiny_models.shared_library())
        assert again.config == config

    def test_its_fields_are_refused_under_another_method(self, swap):
        with pytest.raises(UserError, match="--swaps goes with the method swap, not with gcg"):
            caption_config(parse(["caption", "cat.jpg", "--method", "gcg", "--swaps", "3"]))
        with pytest.raises(UserError, match="'swaps' must be a whole number from 1 to 9 for the method swap, got 10"):
            CaptionConfig(method="swap", swaps=10)

    def test_the_panel_has_a_field_for_it(self, swap):
        import gradio as gr

        with gr.Blocks():
            panel = settings.build("offline-caption")
        field = panel.fields["swaps"]
        assert (field.label, field.info) == ("Swaps", "Pairs of tokens exchanged a step. 1 to 9.")
        assert not field.visible
        assert "swap" in [value for _, value in panel.fields["method"].choices]
        config = CONFIG.changed(method="swap", swaps=5)
        assert settings.read(*(value for k, value in enumerate(settings.values_of(config)) if k != 1)) == config

    def test_without_the_file_it_is_gone(self):
        assert list(METHODS) == ["autodan", "gcg", "pez", "random"]
        assert "swaps" not in config_options()


class TestLossInAFile:
    def test_the_command_line_and_the_panel_have_it(self, perplexity, capsys):
        import gradio as gr

        assert "perplexity: surprise as a factor" in shown_help(capsys)
        with gr.Blocks():
            panel = settings.build("offline-caption")
        assert "perplexity" in [value for _, value in panel.fields["lm_loss"].choices]
        assert CaptionConfig(lm_loss="perplexity").lm_loss == "perplexity"

    def test_a_term_reckons_with_it(self, perplexity):
        model = tiny_models.shared_library().causal(CONFIG.source)
        mean, factor = (LanguageTerm(model, prefix="An", kind=kind).losses([[257, 3797]]) for kind in LOSSES_OF_TEST)
        torch.testing.assert_close(factor, mean.exp())

    def test_without_the_file_it_is_gone(self):
        assert list(LOSSES) == ["nll", "log_prob", "cross_entropy", "kl_reference", "kl_prompt", "mellowmax"]


LOSSES_OF_TEST = ("nll", "perplexity")


@pytest.mark.parametrize("name", [n for n, o in config_options().items() if o.kind != "list"])
def test_every_field_has_a_label_a_help_and_where_it_is_a_number_a_range(name):
    option = config_options()[name]
    assert option.label
    assert option.label != name
    assert option.help
    assert (option.low is not None and option.high is not None) == (option.kind in ("whole", "number"))
    assert bool(option.choices) == (option.kind == "choice")


def test_every_guidance_and_method_says_what_it_is():
    assert list(GUIDANCES) == ["fuse", "target", "words", "lm", "random"]
    assert all(item.help for registry in (GUIDANCES, METHODS, LOSSES) for item in registry.values())


class TestEarlierNames:
    @pytest.mark.parametrize(
        ("options", "field", "value"),
        [
            (["--guidance", "native"], "guidance", "target"),
            (["--method", "pez", "--moves", "7"], "inner_steps", 7),
            (["--method", "pez", "--rate", "2"], "learning_rate", 2.0),
            (["--method", "random", "--ball", "l2"], "norm", "l2"),
            (["--lm-loss", "kl_div", "--lm-text", "a dog"], "lm_loss", "kl_reference"),
        ],
    )
    def test_options_are_read_and_not_shown(self, options, field, value, capsys):
        assert caption_config(parse(["caption", "cat.jpg", *options])).as_dict()[field] == value
        assert options[-2] not in shown_help(capsys) or options[-2] in ("--guidance", "--lm-text")
        assert "kl_div" not in shown_help(capsys)

    def test_settings_are_read(self):
        assert CaptionConfig(method="pez", moves=7) == CaptionConfig(method="pez", inner_steps=7)
        assert CaptionConfig(guidance="native").guidance.name == "target"
        assert CaptionConfig(lm_loss="kl_div", lm_text="a dog").lm_loss == "kl_reference"
        with pytest.raises(UserError, match="'inner_steps' is given twice"):
            CaptionConfig(method="pez", moves=7, inner_steps=7)


class TestFieldsOfOtherMethods:
    def test_an_option_is_refused(self):
        with pytest.raises(UserError, match="--learning-rate goes with the method pez, not with autodan"):
            caption_config(parse(["caption", "cat.jpg", "--rate", "2"]))
        with pytest.raises(UserError, match="--guidance goes with the methods autodan, gcg, pez, not with random"):
            caption_config(parse(["caption", "cat.jpg", "--method", "random", "--guidance", "lm"]))

    def test_one_in_a_file_of_ones_own_is_refused(self, tmp_path):
        path = tmp_path / "mine.json"
        path.write_text('{"method": "gcg", "rate": 2.0}')
        with pytest.raises(
            UserError, match=r"mine\.json' are wrong: 'learning_rate' goes with the method pez, not with gcg"
        ):
            load_config(path, CaptionConfig())

    def test_those_that_version_1_wrote_beside_each_other_are_dropped(self):
        values = json.loads((Path(__file__).parents[2] / "data/v1/config/every-field.json").read_text("utf-8"))
        found = CaptionConfig.from_dict(values)
        assert (found.method, found.as_dict()["norm"], found.as_dict()["radius"]) == ("random", "l2", 1.5)
        assert not found.as_dict().keys() & {"learning_rate", "inner_steps", "guidance", "unit", "top_k"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lm_weight": 1.7e308}, "'lm_weight' must be a number from 0 to 1,000,000, got 1.7e"),
        ({"image_weight": True}, "'image_weight' must be a number from 0 to 1,000,000, got True"),
        ({"prefix": "A \ud83d of"}, "'prefix' holds half a character"),
        ({"banned": ["\ud83d"]}, "'banned' holds half a character"),
        ({"classifiers": [{"label": "\ud83d"}]}, r"'classifiers\[0\].label' holds half a character"),
    ],
)
def test_numbers_have_bounds_and_texts_can_be_written(fields, message):
    with pytest.raises(UserError, match=message):
        CaptionConfig(**fields)


def test_settings_are_whole_whatever_is_imported_first():
    """An annotation that a circular import cuts off would leave a setting without kind, choices or option."""
    code = (
        "from fuse_core.search.config import CaptionConfig, config_options\n"
        "assert CaptionConfig.__pydantic_complete__\n"
        "lists = [name for name, option in config_options().items() if option.kind == 'list']\n"
        "assert lists == ['classifiers', 'further'], lists\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
