"""A run under a debugger: branching, editing by hand, pinned and banned words, replaying."""

from __future__ import annotations

import dataclasses
import json

import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.replay import replay
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.tiny_models import settings_for

LIBRARY = tiny_models.shared_library()
PICTURE = tiny_models.picture()
every_method = pytest.mark.parametrize("method", METHODS)


def fresh(**changes) -> Session:
    settings = {"steps": 6, "length": 4, **changes}
    return Session.start(LIBRARY, settings_for(**settings), PICTURE, picture_name="cat.jpg")


def words(text: str) -> set[str]:
    return set(text.lower().split())


def taken(session: Session, count: int) -> Session:
    for _ in range(count):
        session.step()
    return session


class TestBranch:
    def test_it_shares_the_steps_before_and_leaves_the_run_as_it_is(self):
        session = taken(fresh(), 4)
        before = list(session.steps)
        branch = session.branch(2)
        assert branch.steps == before[:3]
        branch.change_search(LIBRARY, session.config.changed(guidance="random", seed=5))
        taken(branch, 2)
        assert branch.steps[3] != before[3]
        assert session.steps == before
        assert session.config.guidance.name == "fuse"
        branch.back()
        branch.reset()
        assert session.steps == before

    def test_only_from_a_step_there_is(self):
        session = taken(fresh(), 1)
        for at in (-1, 2):
            with pytest.raises(UserError, match="no step"):
                session.branch(at)


class TestMethodChanged:
    @pytest.mark.parametrize("method", ["gcg", "pez", "random"])
    def test_autodan_goes_on_from_a_prompt_that_was_changed_in_place(self, method):
        session = taken(fresh(method=method, learning_rate=1.0), 2)
        session.change_search(LIBRARY, session.config.changed(method="autodan"))
        step = session.step()
        check_exact(session.problem, step)

    @pytest.mark.parametrize("method", ["gcg", "pez", "random"])
    def test_before_the_first_step_a_run_begins_as_the_new_method_does(self, method):
        for first, then in (("autodan", method), (method, "autodan")):
            session = taken(fresh(method=first), 1)
            session.back()
            unbroken = taken(fresh(method=then), 2)
            session.change_search(LIBRARY, unbroken.config)
            assert [s.beams for s in taken(session, 2).steps] == [s.beams for s in unbroken.steps]
            assert [r.same for r in replay(session, LIBRARY)] == [True, True]


class TestByHand:
    def test_an_edited_prompt_is_judged_and_gone_on_from(self):
        session = taken(fresh(), 1)
        step = session.edit("a  small dog ")
        (beam,) = step.beams
        assert (beam.text, step.edited, step.index, session.position) == (" a small dog", True, 2, 2)
        total, _ = session.problem.objective.evaluate([" a small dog"])
        assert beam.objective == pytest.approx(float(total[0]))
        after = session.step()
        assert all(c.text.startswith(" a small dog") for c in after.candidates)
        check_exact(session.problem, after)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [("  ", "prompt is empty"), ("dog " * 80, "tokens, more than"), ("a" * 2_001, "'prompt' has 2,001 characters")],
    )
    def test_what_cannot_be_a_prompt_gets_a_sentence(self, text, sentence):
        session = taken(fresh(), 1)
        with pytest.raises(UserError, match=sentence):
            session.edit(text)
        assert session.position == 1


class TestWords:
    @every_method
    def test_banned_words_never_appear(self, method):
        free = taken(fresh(method=method, learning_rate=1.0), 3)
        banned = {c.text.split()[-1].lower() for step in free.steps[1:] for c in step.candidates[:2]} - {"x"}
        session = fresh(method=method, learning_rate=1.0, banned=tuple(sorted(banned)))
        steps = taken(session, 3).steps[1:]
        assert banned
        assert any(step.candidates for step in steps)  # words are proposed, though others
        assert not any(words(c.text) & banned for step in steps for c in step.candidates)

    def test_pinned_words_stay_where_others_change(self):
        session = fresh(method="gcg", start="a small dog runs", pinned=("dog",))
        steps = taken(session, 3).steps[1:]
        assert all("dog" in words(c.text) for step in steps for c in step.candidates)
        assert any("small" not in words(c.text) for step in steps for c in step.candidates)

    def test_a_word_pinned_in_a_running_search_keeps_the_beams_that_hold_it(self):
        session = taken(fresh(beams=3), 1)
        word = session.steps[1].beams[1].text.strip().lower()
        session.change_search(LIBRARY, session.config.changed(pinned=(word,)))
        step = session.step()
        assert step.candidates
        assert all(word in words(c.text) for c in step.candidates)

    @every_method
    @pytest.mark.parametrize("pinned", [("zebra",), ("zebra", "xylophone")])
    def test_words_that_no_proposal_holds_are_proposed_themselves(self, method, pinned):
        for before in (0, 1):  # pinned at first, and in a running search
            session = taken(fresh(method=method, learning_rate=1.0, pinned=() if before else pinned), before)
            session.change_search(LIBRARY, session.config.changed(pinned=pinned))
            steps = taken(session, 2).steps[before + 1 :]
            for step in steps:
                assert all(set(pinned) <= words(b.text) for b in (*step.beams, *step.candidates))
                if step.candidates:
                    check_exact(session.problem, step)
            assert steps[0].candidates or not before  # pins may be all that a start has room for
            assert all(r.same for r in replay(session, LIBRARY))

    def test_pins_that_are_met_change_no_run(self):
        free = taken(fresh(), 1)
        word = free.steps[1].candidates[2].text.strip().lower()
        pinned = taken(fresh(pinned=(word,)), 1)
        assert [c.text.strip().lower() for c in pinned.steps[1].candidates] == [word]

    def test_a_pin_that_cannot_be_met_gets_a_sentence(self):
        session = fresh(pinned=("fuck",))
        with pytest.raises(UserError, match=r"pinned word 'fuck' cannot .* Pin another"):
            session.step()
        assert session.position == 0

    def test_wrong_lists_are_named(self):
        for wrong in ("cat", ["two words"], [3], [""]):
            with pytest.raises(UserError, match="'banned' must be a list of single words"):
                CaptionConfig(banned=wrong)
        with pytest.raises(UserError, match="'cat' is pinned and banned at once"):
            CaptionConfig(banned=("Cat",), pinned=("cat ",))


class TestReplay:
    @every_method
    def test_a_saved_run_replays_exactly(self, method):
        session = taken(fresh(method=method), 3)
        loaded = Session.from_json(session.to_json(), LIBRARY)
        found = list(replay(loaded, LIBRARY))
        assert [r.index for r in found] == [1, 2, 3]
        assert all(r.same for r in found)
        assert [r.text for r in found] == [step.beams[0].text.strip() for step in session.steps[1:]]

    def test_settings_changed_on_the_way_and_edits_are_replayed_too(self):
        session = taken(fresh(), 2)
        session.change_search(LIBRARY, session.config.changed(guidance="random", seed=3))
        session.step()
        session.edit("a small dog")
        session.change_search(LIBRARY, session.config.changed(guidance="lm", beams=2))
        session.step()
        loaded = Session.from_json(session.to_json(), LIBRARY)
        assert [c.guidance.name for c in loaded.configs] == ["fuse", "fuse", "fuse", "random", "random", "lm"]
        assert loaded.configs == session.configs
        assert [r.same for r in replay(loaded, LIBRARY)] == [True] * 5

    def test_a_step_that_was_tampered_with_is_found(self):
        session = taken(fresh(), 2)
        beams = session.steps[2].beams
        session.steps[2] = dataclasses.replace(
            session.steps[2], beams=(dataclasses.replace(beams[0], objective=beams[0].objective + 0.01), *beams[1:])
        )
        assert [r.same for r in replay(session, LIBRARY)] == [True, False]

    def test_a_file_from_before_settings_were_kept_has_one_for_all_steps(self):
        session = taken(fresh(), 2)
        values = json.loads(session.to_json())
        del values["changes"]
        assert SavedSession.parse(json.dumps(values)).configs == [session.config] * 3

    @pytest.mark.parametrize("changes", [[], [{"from": 1}], [{"from": 1, "config": {}}], "x", [{"config": {}}]])
    def test_damaged_changes_are_refused(self, changes):
        values = json.loads(fresh().to_json())
        values["changes"] = changes
        with pytest.raises(UserError, match="not a session file"):
            SavedSession.parse(json.dumps(values))
