"""Periods, buckets and percentiles, and cells that are no formulas."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st

from tocsin.reports import rules
from tocsin.reports.adapters import BOM, csv_lines
from tocsin.reports.rules import Period

TIMES = st.floats(0, 10 * 365 * 86400)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(TIMES)
def test_a_time_lies_in_its_bucket(seconds: float) -> None:
    bucket = rules.bucket_of(seconds)
    assert 0 <= bucket < 300
    assert rules.bucket_from(bucket) <= seconds * (1 + 1e-12)
    assert seconds <= rules.bucket_from(bucket + 1) * (1 + 1e-12)


@given(st.lists(TIMES, min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_percentiles_are_near_the_true_ones(times: list[float], part: float) -> None:
    found = rules.percentile(Counter(rules.bucket_of(time) for time in times), part)
    assert found is not None
    true = sorted(times)[max(0, math.ceil(part * len(times)) - 1)]
    assert abs(found - true) <= max(1.1, true * (2 ** (1 / 8) - 1) * 1.001)


@given(st.dictionaries(st.integers(0, 240), st.integers(1, 50), min_size=1))
def test_percentiles_rise(counts: dict[int, int]) -> None:
    found = [rules.percentile(counts, part / 20) for part in range(1, 20)]
    assert found == sorted(found, key=lambda value: value or 0)


def test_nothing_has_no_percentile() -> None:
    assert rules.percentile({}, 0.5) is None
    assert rules.share(0, 0) is None


@given(DAYS, st.integers(0, 800), st.sampled_from(["day", "week"]))
def test_points_share_out_the_period(first: date, more: int, unit: rules.Unit) -> None:
    period = Period(first, first + timedelta(days=more))
    points = period.points(unit)
    assert points[0].first == period.first
    assert points[-1].last == period.last
    assert sum(point.days for point in points) == period.days
    for one, following in pairwise(points):
        assert following.first == one.last + timedelta(days=1)
        assert unit == "day" or following.first.weekday() == 0
    assert period.before.days == period.days
    assert period.before.last == period.first - timedelta(days=1)


def test_periods_end_today() -> None:
    today = date(2026, 11, 26)
    for name, days in rules.PRESETS.items():
        period = rules.period_of(name, today, None, None)
        assert isinstance(period, Period)
        assert (period.last, period.days) == (today, days)
    assert rules.period_of("custom", today, date(2026, 11, 1), date(2027, 1, 1)) == Period(date(2026, 11, 1), today)


def test_ages_share_out_all_time() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    groups = rules.ages(now)
    assert groups[0][2] is None
    assert groups[-1][1] is None
    for (_, since, _), (_, _, before) in pairwise(groups):
        assert since == before


@given(st.integers(1, 500), st.data())
def test_shades_go_up_to_the_busiest(most: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, most))
    assert rules.heat_step(0, most) == 0
    assert 0 <= rules.heat_step(count, most) <= 5
    assert (rules.heat_step(count, most) == 0) == (count == 0)


CELLS = st.text(st.sampled_from("=+-@\t\r\n'\"\\,;|aä1 ＝"), max_size=6) | st.text(max_size=20)


@given(CELLS)
def test_no_cell_is_a_formula_and_none_is_lost(text: str) -> None:
    cell = rules.neutral(text)
    assert not cell or cell[0] not in rules.DANGEROUS
    assert rules.original(cell) == text


@given(st.lists(st.lists(CELLS.filter(lambda text: "\x00" not in text), min_size=2, max_size=3), max_size=8))
def test_csv_reads_back_equal(rows: list[list[str]]) -> None:
    written = csv_lines(rows, first=True).decode()
    assert written.startswith(BOM)
    read = list(csv.reader(io.StringIO(written.removeprefix(BOM), newline="")))
    assert [[rules.original(cell) for cell in row] for row in read] == rows
