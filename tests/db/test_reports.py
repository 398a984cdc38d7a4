"""Reports that were issued, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from core.settings import Settings
from db import audit, reports
from db.reports import ReportRow, Rest
from db.rights import NotAllowed, User
from db.session import session
from tests.actors import DESK

AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
REST = Rest(1, 1, None, "e" * 64)
REPORT = ReportRow(
    "TT-20260302-0000000A", "case:4", "演説", "pdf", "d" * 64, "f" * 64, 5_000_000_000, (REST,), DESK, AT
)


def test_a_report_is_read_back_as_it_was_issued(either: Settings) -> None:
    with session(either) as opened:
        reports.add(opened, DESK, REPORT)
    with session(either) as opened:
        assert reports.by_reference(opened, REPORT.reference) == REPORT
        assert reports.by_file(opened, "f" * 64) == REPORT
        assert reports.of_subject(opened, "case:4") == [REPORT]
        assert reports.of_subject(opened, "case:40") == []
        assert reports.by_file(opened, "0" * 64) is None


def test_a_reference_is_given_once(either: Settings) -> None:
    with session(either) as opened:
        reports.add(opened, DESK, REPORT)
    with pytest.raises(IntegrityError), session(either) as opened:
        reports.add(opened, DESK, REPORT)


def test_issuing_and_fetching_are_in_the_log(either: Settings) -> None:
    with session(either) as opened:
        reports.add(opened, DESK, REPORT)
        reports.handed_out(opened, DESK, REPORT)
    with session(either) as opened:
        assert [event.action for event in audit.events(opened, "case:4")] == ["report.fetched", "report.issued"]


def test_who_may_not_export_issues_and_fetches_nothing(either: Settings) -> None:
    shut_out = User(1, "desk", "The desk", "admin", active=False)
    with session(either) as opened:
        for command in (reports.add, reports.handed_out):
            with pytest.raises(NotAllowed):
                command(opened, shut_out, REPORT)
