"""A result as one page, and the command that writes it."""

from __future__ import annotations

import shutil

import pytest

from fuse_core.analysis.experiments.experiment import EXPERIMENTS
from fuse_core.analysis.experiments.record import RECORDED, read_record
from ui.evidence.__main__ import main
from ui.evidence.result_page import result_page


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_recorded_result_is_a_page_with_its_command_figures_and_rows(name):
    record, experiment = read_record(RECORDED / f"{name}.json"), EXPERIMENTS[name]
    page = result_page(record)
    assert record["command"] in page
    assert page.count('class="figure"') == len(experiment.figures)
    assert all(figure.title in page for figure in experiment.figures)
    assert page.count("<tr>") >= len(record["rows"])
    assert ">nan<" not in page.lower()
    assert 'src="http' not in page


def test_the_page_lies_beside_the_result(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.json"
    shutil.copy(RECORDED / "storage.json", file)
    monkeypatch.setattr("sys.argv", ["evidence", str(file)])
    main()
    assert capsys.readouterr().out.strip() == str(tmp_path / "mine.html")
    assert EXPERIMENTS["storage"].title in (tmp_path / "mine.html").read_text(encoding="utf-8")


def test_a_file_that_is_no_result_is_a_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.json").write_text("[]")
    monkeypatch.setattr("sys.argv", ["evidence", str(tmp_path / "mine.json")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "'mine.json' is no record of an experiment." in capsys.readouterr().err
