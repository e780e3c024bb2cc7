"""What the figures of a run call its models."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from ui.optimise.objective_curve import objective_curve
from ui.optimise.step_figures import shares
from ui.optimise.visit_state import recorded_run


def test_legends_name_what_is_judged_and_the_pointer_finds_the_model() -> None:
    run = recorded_run()
    curve, bars = objective_curve(run.steps, run.config), shares(run.steps[1], run.config)
    fluency, picture = f"fluency x {run.config.lm_weight:g}", f"picture x {run.config.image_weight:g}"
    assert [line.name for line in curve.data] == ["objective", fluency, picture]
    assert [bar.name for bar in bars.data] == ["fluency", "picture"]
    for drawn in (curve.data[2], bars.data[1]):
        assert f"judged by {run.config.target}<" in drawn.hovertemplate


def test_changed_settings_and_the_step_on_show_have_lines_that_are_drawn_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A saved run may change its settings a thousand times: a line by itself looks at all that are there."""
    for one_by_one in ("add_vline", "add_shape"):
        monkeypatch.setattr(go.Figure, one_by_one, None)
    run = recorded_run()
    configs = [run.config.changed(seed=k) for k in range(len(run.steps))]
    lines = objective_curve(run.steps, run.config, 2, configs).layout.shapes
    assert [(line.x0, line.line.dash) for line in lines] == [
        *((k - 0.5, "dash") for k in range(1, len(run.steps))),
        (2, "dot"),
    ]
    assert {(line.x1 - line.x0, line.y0, line.y1, line.yref) for line in lines} == {(0, 0, 1, "y domain")}
