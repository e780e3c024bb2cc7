"""What the figures of a run call its models."""

from __future__ import annotations

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
