"""The same budget under every arm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fuse_core.analysis.arm_runs import run_arms
from fuse_core.analysis.arms import ARMS, PAIRS, arms_of
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG

LIBRARY = tiny_models.shared_library()
PICTURE = tiny_models.picture()


def test_every_arm_gets_the_same_budget_and_reports_its_run():
    found = list(run_arms(LIBRARY, CONFIG, PICTURE))
    assert [run.arm for run in found] == list(ARMS)
    assert len({run.evaluations for run in found}) == 1
    for run in found:
        arm = ARMS[run.arm]
        session = Session.start(LIBRARY, CONFIG.changed(guidance=arm.guidance, unit=arm.unit), PICTURE)
        steps = list(session.run())
        assert (run.caption, run.losses) == (session.caption, session.best.losses)
        assert run.objectives == tuple(step.beams[0].objective for step in steps)
        assert run.objective == session.best.objective
        assert run.evaluations == sum(step.evaluations for step in steps)
        assert run.n_forward_passes == sum(step.n_forward_passes for step in steps)


def test_arms_do_not_stop_when_their_captions_have_ended():
    fixed, free = (
        next(iter(run_arms(LIBRARY, CONFIG.changed(ending=ending), PICTURE, (ARMS["lm"],))))
        for ending in ("fixed", "free")
    )
    assert replace(free, cpu_seconds=0.0) == replace(fixed, cpu_seconds=0.0)


def test_arms_are_set_against_each_other_by_name():
    assert {arm.guidance for arm in ARMS.values()} == set(GUIDANCES)
    assert {name for pair in PAIRS for name in pair[:2]} <= set(ARMS)
    assert [arm.name for arm in arms_of("token")] == ["random", "lm", "fuse", "target"]
    assert [arm.name for arm in arms_of("both")] == ["lm + words", "fuse + words", "target + words"]


def test_progress_grows_and_what_it_raises_ends_the_comparison():
    seen = []
    arms = (ARMS["lm"], ARMS["random"])
    list(run_arms(LIBRARY, CONFIG, PICTURE, arms, lambda share, what: seen.append((share, what))))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert seen[-1][1] == f"random: step {CONFIG.steps} of {CONFIG.steps}"

    def stop(share: float, what: str) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    running = run_arms(LIBRARY, CONFIG, PICTURE, progress=stop)
    assert next(running).arm == "random"
    with pytest.raises(KeyboardInterrupt):
        list(running)
