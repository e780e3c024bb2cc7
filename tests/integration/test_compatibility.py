"""What earlier versions wrote still opens: saved runs, journals, settings, links, and what a browser keeps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fuse_core.library import Library
from fuse_core.search.batch import caption_all
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_config
from fuse_core.search.run_progress import best_beam
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from tests.ui.visitor import read_link
from ui.app import build
from ui.optimise import browser_storage as kept
from ui.optimise import settings
from ui.optimise.run import Run
from ui.optimise.settings_fields import panel_values

DATA = Path(__file__).parents[1] / "data" / "v1"
EXPECTED = json.loads((DATA / "expected.json").read_text("utf-8"))
LINKS = json.loads((DATA / "links.json").read_text("utf-8"))


# What has another name since version 1, and which settings each method had then.
RENAMED = {"moves": "inner_steps", "ball": "norm", "rate": "learning_rate"}
RENAMED_VALUES = {("guidance", "native"): "target", ("lm_loss", "kl_div"): "kl_reference"}
METHOD_FIELDS = {
    "autodan": {"candidates", "search", "guidance", "guidance_weight", "unit"},
    "gcg": {"candidates", "search", "guidance", "start", "length", "top_k"},
    "pez": {"search", "guidance", "start", "length", "rate", "moves"},
    "random": {"candidates", "search", "start", "length", "ball", "radius"},
}
# What methods can be told since, as they were without it.
ADDED = {
    "autodan": {
        "ending": "fixed",
        "repeats": "allowed",
        "budget": "even",
        "frontier_size": None,
        "initial_tokens": 0,
    },
    "gcg": {
        "sampling": "random",
        "n_replace": 1,
        "epsilon": 1.0,
        "distance_weight": 0.0,
        "rescoring": "allowed",
        "probe_share": 0.0,
        "buffer_size": None,
        "early_stop": "off",
        "stop_loss": None,
    },
    "pez": {"optimiser": "normalised", "weight_decay": 0.0},
    "random": {},
}
EVERY_METHODS = set().union(*METHOD_FIELDS.values())


def today(values: dict) -> dict:
    """Settings of version 1 as they are told today: those of the run's method alone, under today's names."""
    own = METHOD_FIELDS[values.get("method", "autodan")]
    told = {name: value for name, value in values.items() if name in own or name not in EVERY_METHODS}
    kept = {RENAMED.get(name, name): value for name, value in told.items()}
    kept |= {name: new for (name, old), new in RENAMED_VALUES.items() if kept.get(name) == old}
    # Embeddings were all there was to map from, no examples were read, one picture was the goal, no word was filtered.
    only = {"features": "embedding", "examples": "", "goal": "picture", "wanted_text": "", "further": []}
    only |= {"word_filter": "off"}
    kept |= only if "bucketing" in kept else {}
    return kept | ADDED.get(kept.get("method", ""), {})


def saved(name: str) -> str:
    return (DATA / "runs" / f"{name}.json").read_text("utf-8")


def test_every_file_is_expected():
    assert sorted(EXPECTED["runs"]) == sorted(path.stem for path in (DATA / "runs").iterdir())
    assert sorted(EXPECTED["batches"]) == sorted(path.name for path in (DATA / "batch").glob("*.jsonl"))


@pytest.mark.parametrize("name", EXPECTED["runs"])
def test_a_saved_run_is_read_with_all_it_held(name):
    run, content, expected = SavedSession.parse(saved(name)), json.loads(saved(name)), EXPECTED["runs"][name]
    best = best_beam(run.steps)
    assert (best.text.strip(), best.objective) == (expected["caption"], expected["objective"])
    assert len(run.steps) == expected["steps"] + 1 == len(run.configs)
    assert max(run.image.size) == 64
    assert run.image_vector == content["image_vector"]
    assert run.config.as_dict() == today(content["config"])
    for step, was in zip(run.steps, content["steps"], strict=True):
        assert [beam.text for beam in step.beams] == [beam["text"] for beam in was["beams"]]
        assert [c.objective for c in step.candidates] == [c["objective"] for c in was["candidates"]]


@pytest.mark.parametrize("name", EXPECTED["runs"])
def test_the_page_shows_a_saved_run(name):
    run = Run.parse(saved(name))
    assert run.best.objective == EXPECTED["runs"][name]["objective"]
    assert settings.read(run.config, *panel_values(run.config).values()) == run.config


def test_hand_written_steps_and_changed_settings_are_known_as_such():
    run = SavedSession.parse(saved("changed-search"))
    assert [step.edited for step in run.steps] == [False, False, True, False]
    assert [config.guidance.name for config in run.configs] == ["fuse", "fuse", "fuse", "lm"]


@pytest.mark.parametrize(
    "path", sorted([*(DATA / "presets").iterdir(), *(DATA / "config").iterdir()]), ids=lambda p: p.name
)
def test_a_settings_file_is_read_with_all_it_sets(path):
    given = json.loads(path.read_text("utf-8"))
    found = json.loads(json.dumps(load_config(path, CaptionConfig()).as_dict()))
    classifiers = given.pop("classifiers", [])
    given = today(given)
    assert {field: found[field] for field in given} == given
    assert len(found["classifiers"]) == len(classifiers)
    for was, now in zip(classifiers, found["classifiers"], strict=True):
        assert {field: now[field] for field in was} == was


@pytest.mark.parametrize("name", EXPECTED["batches"])
def test_a_journal_is_gone_on_with(name, tmp_path):
    text = (DATA / "batch" / name).read_text("utf-8")
    journal = tmp_path / name
    journal.write_text(text, "utf-8")
    config = CaptionConfig.from_dict(json.loads(text.splitlines()[0])["config"])
    expected = EXPECTED["batches"][name]
    # No model is asked: a picture that is not taken from the journal would be missing here.
    results = list(caption_all(Library(), config, [tmp_path / image for image in expected], journal))
    assert all(result.repeated for result in results)
    found = {r.image: {"caption": r.values["caption"], "objective": r.values["objective"]} for r in results}
    assert found == expected
    assert journal.read_text("utf-8") == text


def test_what_a_browser_kept_comes_back():
    visit = kept.unpack((DATA / "kept.txt").read_text("utf-8").strip())
    assert (visit.active, list(visit.runs)) == (EXPECTED["kept"]["active"], EXPECTED["kept"]["runs"])
    assert visit.best.objective == EXPECTED["runs"]["autodan"]["objective"]


@pytest.fixture(scope="module")
def page():
    return build(Library())


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link["query"] or "no query")
def test_a_link_opens_with_its_settings(page, link):
    """The handler that reads the address, found by the script that hands it over; names as they are written back."""
    scripts = [(fn, str(fn.js)) for fn in page.fns.values()]
    names = {
        fn.inputs[0]._id: found[1] for fn, script in scripts if (found := re.search(r'fxRemember\("(.+?)"', script))
    }
    given = {names[component._id]: value for component, value in read_link(page, link["query"]).items()}
    assert len(given) == len(names)
    restored = {name: value for name, value in given.items() if not isinstance(value, dict)}  # a dict: left as it is
    assert restored == link["state"]


def test_every_view_of_a_link_is_on_the_page(page):
    paths = next(str(fn.js) for fn in page.fns.values() if "fxShow" in str(fn.js))
    for link in LINKS:
        assert f'"{link["view"]}": [' in paths


@pytest.mark.models
@pytest.mark.parametrize("name", ["autodan-token-native", "random-l0"])
def test_a_saved_run_takes_its_last_step_again(name, library):
    """Those of GCG and PEZ go another way: their gradient lacked what a token is worth as a label."""
    session = Session.from_json(saved(name), library)
    before = session.steps[-1]
    session.back()
    after = session.step()
    assert [beam.text for beam in after.beams] == [beam.text for beam in before.beams]
    assert after.beams[0].objective == pytest.approx(before.beams[0].objective, abs=1e-3)
