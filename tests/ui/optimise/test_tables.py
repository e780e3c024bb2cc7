"""Tables of steps."""

from __future__ import annotations

import pytest

from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import settings_for
from ui.optimise.tables import candidate_table


@pytest.mark.parametrize("method", ["autodan", "gcg"])
def test_a_candidate_has_a_row_and_a_log_probability_where_it_appends(method):
    config = settings_for(method, candidates=8, length=4)
    session = Session.start(tiny_models.shared_library(), config, tiny_models.picture())
    step = session.step()
    table = candidate_table(step, config)
    assert list(table["prompt"]) == [c.text.strip() for c in step.candidates]
    assert list(table["objective"]) == [round(c.objective, 3) for c in step.candidates]
    assert ("LM log-prob" in table.columns) == (method == "autodan")
