"""The expected wait: from what the latest analyses took, and silent where they tell nothing."""

import pytest

from db.waits import Work, expected


def test_clips_are_told_from_the_time_per_second_of_clip() -> None:
    assert expected([Work(30.0, None)], [Work(10.0, 20.0), Work(20.0, 10.0)]) == pytest.approx(30.0)


def test_pictures_are_told_from_pictures() -> None:
    assert expected([Work(None, None)] * 3, [Work(None, 2.0), Work(10.0, 90.0)]) == pytest.approx(6.0)


def test_what_a_running_job_has_left_counts_as_it_is() -> None:
    assert expected([Work(60.0, 4.0), Work(5.0, None)], [Work(10.0, 20.0)]) == pytest.approx(14.0)


def test_nothing_is_promised_where_nothing_is_known() -> None:
    assert expected([Work(30.0, None)], []) is None
    assert expected([Work(30.0, None), Work(None, None)], [Work(10.0, 20.0)]) is None


def test_an_empty_queue_needs_no_time() -> None:
    assert expected([], []) == 0.0
