from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
import temporalio.workflow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.logging import configure_logging
from workflows import review_claim

MEMBER = ("SYN-M-0042", "Testcase", "Synthia", "1970-01-01")


@pytest.fixture(autouse=True)
def logging_as_in_production() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("test", "INFO", "json")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _raise(text: str) -> None:
    raise ValueError(text)


def test_allowed_fields_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("test", "INFO", "json")
    structlog.get_logger("x").info("claim accepted", claim_id="abc", count=3)
    line = capsys.readouterr().err
    assert '"claim_id": "abc"' in line
    assert '"count": 3' in line


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(field=st.from_regex(r"[a-z_]{3,12}", fullmatch=True), value=st.sampled_from(MEMBER))
def test_no_field_outside_the_allow_list_reaches_the_log(
    capsys: pytest.CaptureFixture[str], field: str, value: str
) -> None:
    configure_logging("test", "INFO", "json")
    structlog.get_logger("x").info("something happened", **{f"my_{field}": value})
    assert value not in capsys.readouterr().err


@pytest.mark.parametrize("value", MEMBER)
def test_an_exception_loses_its_text_but_keeps_its_class(capsys: pytest.CaptureFixture[str], value: str) -> None:
    configure_logging("test", "INFO", "json")
    try:
        _raise(f"duplicate key ({value}) already exists")
    except ValueError:
        structlog.get_logger("x").exception("write failed")
        logging.getLogger("temporalio.worker").warning("activity failed", exc_info=True)
    written = capsys.readouterr().err
    assert value not in written
    assert written.count("ValueError") == 2


@pytest.mark.parametrize("value", MEMBER)
def test_arguments_of_other_libraries_are_not_written(capsys: pytest.CaptureFixture[str], value: str) -> None:
    configure_logging("test", "INFO", "json")
    logging.getLogger("aiokafka.consumer").error("could not decode %s", value)
    written = capsys.readouterr().err
    assert value not in written
    assert "could not decode" in written


@pytest.mark.parametrize("value", MEMBER)
def test_our_own_lines_are_written_with_what_they_state_and_those_of_a_library_are_not(
    capsys: pytest.CaptureFixture[str], value: str
) -> None:
    """Workflows and activities log through Temporal's loggers, as Temporal itself does: where a line stands states whose it is."""
    configure_logging("test", "INFO", "json")
    logger = logging.getLogger("temporalio.workflow")
    for file, entry in ((review_claim.__file__, "SYN-CLAIM-1"), (temporalio.workflow.__file__, value)):
        words = "claim is past its due date: claim_id=%s codes=%s"
        logger.handle(logger.makeRecord(logger.name, logging.WARNING, file, 1, words, (entry, "P-DOC"), None))
    first, second = capsys.readouterr().err.splitlines()
    assert "claim is past its due date: claim_id=SYN-CLAIM-1 codes=P-DOC" in first
    assert value not in second
