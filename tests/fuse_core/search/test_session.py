from __future__ import annotations

import copy
import dataclasses
import json
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled, called_between_batches, scores_told
from fuse_core.objective import language_term
from fuse_core.search.records import Beam, Step
from fuse_core.search.saved_session import FORMAT, SavedSession
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls
from tests.fuse_core.tiny_models import CONFIG, TOKEN_GUIDANCES

LIBRARY = tiny_models.shared_library()
PICTURE = tiny_models.picture()


def fresh(**changes) -> Session:
    return Session.start(LIBRARY, CONFIG.changed(**changes), PICTURE, picture_name="cat.jpg")


def untimed(session: Session) -> list[Step]:
    return [dataclasses.replace(step, seconds=0.0) for step in session.steps]


class TestSteps:
    def test_it_starts_with_one_empty_prompt(self):
        session = fresh()
        assert session.position == 0
        assert session.steps[0].beams == (Beam(),)
        assert session.caption == ""
        assert not session.finished
        assert (session.config, session.picture_name) == (CONFIG, "cat.jpg")

    def test_a_step_appends_one_token_and_is_recorded(self):
        session = fresh()
        taken = session.step()
        assert session.steps[-1] is taken
        assert (taken.index, session.position) == (1, 1)
        assert all(len(beam.ids) == 1 for beam in taken.beams)

    def test_the_caption_is_the_best_prompt_of_all_steps(self):
        session = fresh()
        list(session.run())
        best = min((b for step in session.steps[1:] for b in step.beams), key=lambda b: b.objective)
        assert session.best == best
        assert session.caption == best.text.strip()

    @pytest.mark.parametrize("method", ["autodan", "gcg", "pez", "random"])
    def test_a_step_that_is_ended_between_two_batches_leaves_the_run_as_it_was(self, method):
        session, looks = fresh(method=method), []

        def second_look() -> None:
            looks.append(0)
            if len(looks) > 1:
                raise Cancelled

        before = untimed(session)
        with called_between_batches(second_look), pytest.raises(Cancelled):
            session.step()
        assert untimed(session) == before
        assert session.step().index == 1

    @pytest.mark.parametrize("method", ["gcg", "random"])
    def test_a_long_step_tells_the_candidates_scored_so_far(self, method, monkeypatch):
        settings = tiny_models.settings_for(method, candidates=12, beams=2, steps=2, search="beam")
        quiet = Session.start(LIBRARY, settings, PICTURE)
        quiet.step()
        vocabulary = len(quiet.problem.objective.language.model.embedding_table)
        monkeypatch.setattr(language_term, "LOGITS_PER_BATCH", 40 * vocabulary)  # a few prompts at once
        session, told = Session.start(LIBRARY, settings, PICTURE), []
        with scores_told(lambda share, what: told.append((share, what))):
            session.step()
        count = session.steps[1].evaluations
        assert len(told) > 2
        assert [share for share, _ in told] == sorted(share for share, _ in told)
        assert told[-1] == (1.0, f"{count} of {count} candidates scored")
        assert [b.text for b in session.steps[1].beams] == [b.text for b in quiet.steps[1].beams]

    @pytest.mark.parametrize("broken", [float("nan"), float("inf")])
    def test_a_step_with_numbers_that_are_none_is_not_kept(self, broken, monkeypatch):
        session = fresh()
        list(session.run())
        session.back()
        before = session.to_json()
        monkeypatch.setattr(
            type(session.problem.objective),
            "combine",
            lambda self, losses: torch.full_like(next(iter(losses.values())), broken).double(),
        )
        for take in (session.step, lambda: session.edit("a cat")):
            with pytest.raises(UserError, match="not kept"):
                take()
            assert session.to_json() == before

    def test_steps_run_out_with_a_message_and_nothing_changes(self):
        session = fresh(steps=2)
        list(session.run())
        before = untimed(session)
        assert session.finished
        with pytest.raises(UserError, match=r"^All 2 steps are taken\. Go back, reset"):
            session.step()
        assert untimed(session) == before

    def test_a_step_that_fails_changes_nothing(self, monkeypatch):
        session = fresh()
        session.step()
        before = untimed(session)
        monkeypatch.setattr(type(session.problem.objective.targets[0]), "losses", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            session.step()
        assert untimed(session) == before

    @pytest.mark.parametrize("guidance", TOKEN_GUIDANCES)
    def test_going_back_and_stepping_repeats_the_step(self, guidance):
        session = fresh(guidance=guidance)
        session.step()
        session.step()
        before = untimed(session)
        session.back()
        assert session.position == 1
        session.step()
        assert untimed(session) == before

    def test_going_back_at_the_start_does_nothing(self):
        session = fresh()
        session.back()
        assert session.position == 0

    def test_after_a_reset_the_run_is_the_same_again(self):
        session = fresh()
        list(session.run())
        before = untimed(session)
        session.reset()
        assert session.position == 0
        assert session.caption == ""
        list(session.run())
        assert untimed(session) == before


class TestRun:
    def test_it_takes_the_remaining_steps_one_by_one(self):
        session = fresh()
        session.step()
        run = session.run()
        assert next(run).index == 2
        assert session.position == 2
        assert [step.index for step in run] == [3]
        assert list(session.run()) == []

    def test_a_pause_ends_it_after_the_step_in_progress_and_it_can_go_on(self):
        unbroken, session = fresh(), fresh()
        list(unbroken.run())
        for _ in session.run():
            session.pause()
        assert session.position == 1
        list(session.run())
        assert untimed(session) == untimed(unbroken)

    def test_a_pause_before_the_first_step_counts(self):
        session = fresh()
        remaining = session.run()
        session.pause()
        assert list(remaining) == []
        assert session.position == 0

    def test_another_thread_can_pause_it(self):
        session, stepped, paused = fresh(), threading.Event(), threading.Event()

        def pause():
            stepped.wait(30)
            session.pause()
            paused.set()

        thread = threading.Thread(target=pause)
        thread.start()
        for _ in session.run():
            stepped.set()
            assert paused.wait(30)
        thread.join()
        assert session.position == 1


class TestChangingTheSearch:
    def test_other_beams_and_guidance_go_on_from_the_same_step(self):
        session = fresh()
        session.step()
        before = untimed(session)
        config = CONFIG.changed(guidance="lm", beams=2, candidates=4, steps=5, seed=9)
        session.change_search(LIBRARY, config)
        assert untimed(session) == before
        assert session.config == config
        assert len(session.step().beams) == 2
        assert not session.finished

    def test_the_picture_stays_the_same(self):
        session = fresh()
        vector = session.problem.objective.targets[0].image
        session.change_search(LIBRARY, CONFIG.changed(guidance="target"))
        assert torch.equal(session.problem.objective.targets[0].image, vector)

    def test_equal_settings_cost_nothing(self):
        session = fresh()
        problem = session.problem
        session.change_search(LIBRARY, CONFIG.changed())
        assert session.problem is problem

    def test_another_objective_is_refused_and_the_session_stays(self):
        session = fresh()
        with pytest.raises(UserError, match="Start over with the new ones"):
            session.change_search(LIBRARY, CONFIG.changed(image_weight=1.0))
        assert session.config == CONFIG


class TestSaving:
    @pytest.mark.parametrize("suffix", ["", " in the rain"])
    @pytest.mark.parametrize("guidance", TOKEN_GUIDANCES)
    def test_a_loaded_session_goes_on_exactly_as_an_unbroken_one(self, guidance, suffix):
        unbroken = fresh(guidance=guidance, suffix=suffix, seed=3)
        list(unbroken.run())
        saved = fresh(guidance=guidance, suffix=suffix, seed=3)
        saved.step()
        loaded = Session.from_json(saved.to_json(), LIBRARY)
        assert loaded.position == 1
        assert loaded.steps == saved.steps
        list(loaded.run())
        assert untimed(loaded) == untimed(unbroken)
        assert loaded.caption == unbroken.caption
        assert loaded.best == unbroken.best

    def test_picture_name_and_settings_come_back(self):
        session = fresh(prefix='A "naïve" photo of')
        loaded = Session.from_json(session.to_json(), LIBRARY)
        assert loaded.config == session.config
        assert loaded.picture_name == "cat.jpg"
        assert loaded.image.tobytes() == PICTURE.tobytes()

    def test_the_picture_is_not_encoded_again(self, monkeypatch):
        text = fresh().to_json()
        encoded = record_calls(monkeypatch, LIBRARY.image_text(CONFIG.target), "encode_image")
        Session.from_json(text, LIBRARY)
        assert encoded == []

    def test_a_finished_session_stays_finished(self):
        session = fresh(steps=1)
        session.step()
        assert Session.from_json(session.to_json(), LIBRARY).finished

    def test_saving_twice_writes_the_same(self):
        session = fresh()
        session.step()
        assert Session.from_json(session.to_json(), LIBRARY).to_json() == session.to_json()

    def test_it_is_read_without_loading_a_model(self):
        session = fresh()
        session.step()
        saved = SavedSession.parse(session.to_json())
        assert saved.config == CONFIG
        assert saved.steps == session.steps
        assert saved.picture_name == "cat.jpg"
        assert saved.created == session.as_dict()["created"]


@pytest.fixture(scope="module")
def document() -> dict:
    """A saved session after two steps."""
    session = fresh(candidates=3, beams=2)
    session.step()
    session.step()
    return json.loads(session.to_json())


def changed(document: dict, path: tuple, value) -> str:
    """The document as JSON with one value replaced."""
    document = copy.deepcopy(document)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(document)


class TestDamagedFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "words",
            "{",
            "[" * 100_000,
            "null",
            "[]",
            "7",
            "{}",
            '{"format": "another-app"}',
            json.dumps({"format": FORMAT}),
            json.dumps({"format": FORMAT, "version": 1}),
        ],
    )
    def test_what_is_no_session_is_refused_in_one_sentence(self, text):
        with pytest.raises(
            UserError, match=r"^This is not a session file that can be continued: .*\. Choose a file"
        ) as e:
            Session.from_json(text, LIBRARY)
        assert "\n" not in str(e.value)

    def test_a_file_cut_short_is_refused(self, document):
        text = json.dumps(document)
        with pytest.raises(UserError, match="it is no JSON"):
            Session.from_json(text[: len(text) // 2], LIBRARY)

    @pytest.mark.parametrize(
        ("path", "value", "message"),
        [
            (("version",), 99, "its version is 99, this program reads the number 1"),
            (("version",), "1", "its version is '1', this program reads the number 1"),
            (("steps",), [], "'steps' is empty"),
            (("steps",), None, "'steps' is of another kind"),
            (("steps", 1, "index"), 7, "its steps are not in order"),
            (("steps", 2, "beams"), [], r"'steps\[2\]\.beams' is empty"),
            (("steps", 1, "beams", 0, "text"), " another text", "its prompts do not fit the language model"),
            (("steps", 1, "beams", 0, "text"), " a" * 10_001, "a prompt of step 1 is longer than any model reads"),
            (("steps", 1, "beams", 0, "ids"), [10**6], "its prompts do not fit the language model"),
            (("steps", 1, "beams", 0, "ids"), [-1], "its prompts do not fit the language model"),
            (("steps", 1, "beams", 0, "ids"), "ab", r"'steps\[1\]\.beams\[0\]\.ids' is of another kind"),
            (("steps", 1, "beams", 0, "objective"), None, r"'steps\[1\]\.beams\[0\]\.objective' is missing"),
            (("steps", 1, "beams", 0, "nll"), 10**400, "nll' is of another kind"),
            (("steps", 2, "candidates", 0, "losses"), 7, r"candidates\[0\]\.losses' is of another kind"),
            (("steps", 2, "candidates", 0, "losses"), {}, r"candidates\[0\]\.losses' lacks that of"),
            (("image_vector",), [0.1, 0.2], "its picture vector does not fit the model"),
            (("steps",), [{"index": 0, "beams": []}] * 1_001, "'steps' has more than 1,000 entries"),
            (("changes",), [{"from": 0, "config": {"source": "a", "target": "b"}}] * 1_001, "'changes' has more than"),
            (("image_vector",), "0123", "'image_vector' is of another kind"),
            (("image_vector", 0), float("nan"), r"'image_vector\[0\]' is of another kind"),
            (("image_vector", 0), "half", r"'image_vector\[0\]' is of another kind"),
            (("image",), None, "'image' is missing"),
            (("image",), ["data:"], "'image' is of another kind"),
        ],
    )
    def test_a_damaged_part_is_refused(self, document, path, value, message):
        with pytest.raises(UserError, match=f"^This is not a session file that can be continued: .*{message}"):
            Session.from_json(changed(document, path, value), LIBRARY)

    @pytest.mark.parametrize(
        ("path", "value", "message"),
        [
            (("config", "source"), "gpt5", "There is no model 'gpt5'"),
            (("config", "target"), "gpt2-tokenizer", "no image-text model"),
            (("config", "steps"), 0, "'steps' must be a whole number"),
            (("config", "colour"), "red", "The settings of the session file are wrong: 'colour' is no setting"),
            (("config",), [], "'config' is of another kind"),
            (("config",), {}, r"'config\.source' is missing"),
            (("changes", 0, "config"), {"source": "smollm2"}, r"'changes\[0\]\.config\.target' is missing"),
            (("image",), "data:image/png;base64,AAAA", "not a picture"),
            (("image",), "", "empty"),
        ],
    )
    def test_a_wrong_setting_or_picture_says_which(self, document, path, value, message):
        with pytest.raises(UserError, match=message):
            Session.from_json(changed(document, path, value), LIBRARY)

    @settings(max_examples=80)
    @given(st.data())
    def test_whatever_is_damaged_it_is_refused_or_can_go_on(self, document, data):
        path, place = [], document
        while isinstance(place, (dict, list)) and place and (not path or data.draw(st.integers(0, 3))):
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            path.append(key)
            place = place[key]
        junk = data.draw(st.sampled_from([None, True, -1, 10**9, 1.5, 1e999, "", "x", [], [None], {}, {"x": 1}]))
        with suppress(UserError):
            session = Session.from_json(changed(document, tuple(path), junk), LIBRARY)
            assert isinstance(session.caption, str)
            session.reset() if session.finished else session.step()
            json.loads(session.to_json())


def test_a_candidate_without_losses_is_named():
    """Case 18: read before, and a KeyError when it was shown."""
    path = Path(__file__).parents[2] / "data" / "cases" / "session_candidate_without_losses.json"
    with pytest.raises(UserError, match=r"'steps\[\d\]\.candidates\[\d\]\.losses' (is missing|lacks that of)"):
        SavedSession.parse(path.read_text("utf-8"))


def test_half_a_character_in_a_saved_run_is_refused(document):
    text = changed(document, ("picture_name",), "\ud83d.jpg")
    with pytest.raises(UserError, match="it is no JSON"):
        SavedSession.parse(text)
