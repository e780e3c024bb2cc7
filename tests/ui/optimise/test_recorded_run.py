"""The run that the page opens with: made with today's settings, which it says."""

from __future__ import annotations

import html
import shlex

from fuse_core.cli.caption_command import caption_config
from fuse_core.cli.parser import parse
from fuse_core.search.default_preset import offline_preset
from fuse_core.search.presets import load_preset
from ui.optimise.fragments import RECORD, recorded_note
from ui.optimise.visit_state import recorded_run


def test_it_was_made_with_the_offline_presets_settings_of_today():
    saved, wanted = recorded_run(), load_preset(offline_preset())
    again = f"Make it again: {RECORD.format(picture=saved.picture_name, preset=offline_preset())}"
    assert all(config == wanted for config in [saved.config, *saved.configs[1:]]), again


def test_it_says_its_settings_and_the_command_that_makes_it_again():
    saved = recorded_run()
    note = html.unescape(recorded_note(saved))
    for told in ("image-text model minilm-centred", "candidates 64", "unit both", "beams 4", "steps 8"):
        assert told in note
    command = note.split("<code>")[1].split("</code>")[0].removeprefix("python -m fuse_core ")
    options = parse(shlex.split(command))
    assert caption_config(options) == saved.config
    assert options.image.name == saved.picture_name
