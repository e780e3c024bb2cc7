"""The same budget under every guidance."""

from __future__ import annotations

import pytest

from fuse_core.analysis.baselines import baselines
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG

LIBRARY = tiny_models.shared_library()
PICTURE = tiny_models.picture()


def test_every_guidance_gets_the_same_budget_and_reports_its_run():
    found = list(baselines(LIBRARY, CONFIG, PICTURE))
    assert tuple(b.guidance for b in found) == tuple(GUIDANCES)
    for b in found:
        session = Session.start(LIBRARY, CONFIG.changed(guidance=b.guidance), PICTURE)
        steps = list(session.run())
        assert (b.caption, b.losses) == (session.caption, session.best.losses)
        assert b.objectives == tuple(step.beams[0].objective for step in steps)
        assert b.objective == session.best.objective
        assert b.evaluations == sum(step.evaluations for step in steps)
        assert b.n_forward_passes == sum(step.n_forward_passes for step in steps)


def test_progress_grows_and_what_it_raises_ends_the_comparison():
    seen = []
    list(baselines(LIBRARY, CONFIG, PICTURE, ("lm", "random"), lambda share, what: seen.append((share, what))))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert seen[-1][1] == f"random: step {CONFIG.steps} of {CONFIG.steps}"

    def stop(share: float, what: str) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    running = baselines(LIBRARY, CONFIG, PICTURE, progress=stop)
    assert next(running).guidance == "fuse"
    with pytest.raises(KeyboardInterrupt):
        list(running)
