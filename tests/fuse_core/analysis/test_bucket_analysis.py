"""A bucket's analysis agrees with the fit it explains."""

from __future__ import annotations

import pytest

from fuse_core.adapter.bucket_rows import bucket_rows
from fuse_core.adapter.fit import FitOptions, default_ridge, fit_adapter
from fuse_core.adapter.map import has_first_token_block
from fuse_core.analysis import bucket_analysis
from fuse_core.analysis.bucket_analysis import analyse_bucket
from tests.fuse_core.builders import synthetic_pair


@pytest.mark.parametrize("bucketing", ["pair", "target"])
def test_the_chosen_weight_is_on_the_curve_with_the_errors_reported(bucketing):
    pair = synthetic_pair(words=60, d_src=6)
    options = FitOptions(bucketing=bucketing, ridge=default_ridge(bucketing))
    adapter = fit_adapter(pair.source, pair.target, pair.corpus, options)
    rows = bucket_rows(pair.source.tokenizer, pair.target.tokenizer, pair.corpus, bucketing, 4, options.examples)
    for report in adapter.reports:
        bucket, shares = (report.i, report.j), []
        found = analyse_bucket(
            pair.source.table,
            pair.target.table,
            rows[bucket],
            bucket,
            has_first_token_block(bucketing, True, report.i),
            lambda share, what, shares=shares: shares.append(share),
        )
        assert (found.bucket, found.words) == (bucket, report.words - report.heldout_words)
        if report.ridge:
            at = found.curve.weights.index(pytest.approx(report.ridge))
            train, heldout = found.curve.train[at], found.curve.heldout[at]
        else:
            train, heldout = found.curve.plain
        # Every bucket here has i <= j, so that all slots are the target's own.
        assert train == pytest.approx(report.train_error, abs=1e-6)
        assert heldout == pytest.approx(report.heldout_error, abs=1e-6)
        assert len(found.spectra) == max(bucket) // 2 + 1
        assert found.penrose.words == found.words
        assert max(found.penrose.apa, found.penrose.pap) < 1e-10
        assert shares == sorted(shares)
        assert len(shares) >= 3


def test_the_pseudoinverse_is_checked_on_a_sample(monkeypatch):
    monkeypatch.setattr(bucket_analysis, "PENROSE_WORDS", 20)
    pair = synthetic_pair(words=60)
    rows = bucket_rows(pair.source.tokenizer, pair.target.tokenizer, pair.corpus, "pair", 4, 1000)[1, 1]
    training = sum(not row.heldout for row in rows)
    found = analyse_bucket(pair.source.table, pair.target.table, rows, (1, 1), separate=False)
    assert found.words == training
    assert 15 <= found.penrose.words <= 20
