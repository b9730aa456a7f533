"""Scripts that leave the suite: each replays what was recorded, and shows the difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import certs
from conformance.explain.recording import Recording
from conformance.explain.reproducer.literals import literal_bytes, literal_text
from conformance.explain.reproducer.script import Question, file_name, how_to_run, script
from conformance.judge.verdict import Divergence
from conformance.run.claim import Claim
from conformance.run.runner import Run, Runner, Scenario
from conformance.run.scenarios import scenarios
from conformance.run.written_for import MAIN
from conformance.transcript.certificate_names import names_of
from conformance.transcript.render import render_outcome
from impls.host.build import BuildError
from impls.host.cache import cache_folder
from impls.host.declarations import Implementation, agent_environment
from impls.host.selection import Selection, assemble, built
from tests.support.scripts import execute, sides

REPLAYED = (
    "memory_bio/test_eof.py::test_turns_true_once_drained",
    "memory_bio/test_write.py::test_takes_every_buffer",
    "handshake/test_delivery.py::test_flights_may_arrive_in_fragments",
    "handshake/test_steps.py::test_handshake_may_be_driven_by_reads_alone",
    "shutdown/test_close_notify.py::test_answer_completes_both_sides",
    "shutdown/test_records.py::test_refused_record_is_answered_with_one_alert",
    "servername/test_sni_callback.py::test_may_switch_the_context",
    "servername/test_sni_callback.py::test_exception_ends_the_handshake_with_an_alert",
    "data/test_read_into.py::test_memoryview_slice_is_filled_within_its_borders",
    "data/test_read_into.py::test_array_is_filled_by_bytes",
    "data/test_write.py::test_takes_a_large_message_at_once",
    "lifetime/test_references.py::test_object_keeps_its_context",
    "socket/test_data.py::test_file_reads_lines",
    "threads/test_threads.py::test_socket_waits_while_another_thread_writes",
    "socket/test_blocking.py::test_reading_times_out",
    "socket/test_connecting.py::test_refused_by_connect",
    "socket/test_plain_text_before.py::test_accepted_peer_that_is_gone_is_refused",
    "socket/test_ending.py::test_detaching_keeps_the_descriptor",
    "message_callback/test_message_callback.py::test_messages_of_a_handshake",
    "lifetime/test_references.py::test_one_side_gone_does_not_disturb_the_other",
    "context/test_load_cert_chain.py::test_exception_of_the_password_function_passes_through",
    "context/test_load_verify_locations.py::test_authorities_come_from_data",
    "context/test_options.py",
    "certificate/test_getpeercert.py::test_serial_number_is_upper_case_hexadecimal",
    "certificate/test_getpeercert.py::test_unverified_chain_is_what_was_sent",
    "module/test_exceptions.py",
    "context/test_load_cert_chain.py::test_half_a_character_is_no_password",
    "context/test_keylog.py::test_log_is_continued",
    "lifetime/test_subclasses.py",
    "socket/test_plain_text_after.py",
    "socket/test_signals.py::test_unwrapping_without_a_time_out_is_interrupted",
)
"""Scenarios of every kind of operation; of a file or of parameters, the first."""

PRINTED = re.compile(r"^ *(\d+)  (?:called with |.*?  ->  )?(.*)$", re.MULTILINE)

# Scripts that replay


@pytest.fixture(scope="module")
def runner(certificates: certs.Catalogue) -> Iterator[Runner]:
    made = Runner(names_of(certificates))
    yield made
    made.close()


@pytest.fixture(scope="module")
def selection() -> Selection:
    return assemble(fetch=False)[1]


def asked(selection: Selection, who: str) -> Implementation:
    """The newest Python 3, the oldest, or the backport; a test without one is skipped."""
    if who == "newest":
        return selection.reference
    if who == "oldest":
        plain = [one for one in selection.implementations if one.plain_stdlib]
        oldest = [one for one in plain if one.interpreter is not None]
        if not oldest:
            pytest.skip("There is one Python 3 here.")
        return min(oldest, key=lambda one: one.interpreter.version_info if one.interpreter else ())
    found = [one for one in selection.implementations if one.id == "backport-py2.7"]
    if not found:
        pytest.skip("There is no Python 2.7 here.")
    try:
        return built(found[0], cache_folder())
    except BuildError as error:
        pytest.skip(f"The backport cannot be built here: {error}")


def first(name: str, certificates: certs.Catalogue) -> Scenario:
    """The first scenario of which the id begins so."""
    topic = name.partition("/")[0]
    found = scenarios(topic, certificates, MAIN)
    return next(each for each in found if each.id.startswith(name))


def question_about(
    run: Run, implementation: Implementation, scenario: str, divergence: Divergence | None = None
) -> Question:
    """A question about the end of a scenario, so that a script replays all of it."""
    recorded = Recording(implementation.id, run)
    end = Divergence("scenario", "operation", "on", "off", len(recorded.operations))
    claim = Claim("A claim.", "library/ssl.html")
    return Question(scenario, claim, divergence or end, implementation, recorded, recorded)


@pytest.mark.parametrize("who", ["newest", "oldest", "backport"])
@pytest.mark.parametrize("name", REPLAYED)
def test_a_script_does_what_was_recorded(
    name: str,
    who: str,
    runner: Runner,
    selection: Selection,
    certificates: certs.Catalogue,
    tmp_path: Path,
) -> None:
    implementation = asked(selection, who)
    scenario = first(name, certificates)
    run = runner.run(scenario, implementation)
    question = question_about(run, implementation, scenario.id)
    recorded = question.recorded
    path = tmp_path / "script.py"
    command = how_to_run(implementation, path)
    names = names_of(certificates)
    path.write_text(script(question, names, command), "ascii")
    process = execute(command, environment=agent_environment(implementation))
    assert process.returncode == 1, process.stderr
    assert process.stdout.endswith("only the suite can tell whether it does here.\n"), (
        process.stderr
    )
    printed = dict(PRINTED.findall(process.stdout))
    assert recorded.operations
    for position, operation in enumerate(recorded.operations):
        # A script answers a call with an exception pending as it was answered; it shows the call.
        fields = {name: value for name, value in operation.fields.items() if name != "pending"}
        outcome = render_outcome(replace(operation, fields=fields))
        outcome = outcome.encode("ascii", "backslashreplace").decode("ascii")
        assert printed.pop(str(position)) == outcome, operation.call
    assert not printed


def test_a_script_has_no_random_literals(
    runner: Runner, selection: Selection, certificates: certs.Catalogue
) -> None:
    """Bytes of TLS are passed on as variables: nothing else of that length is in the operations."""
    scenario = first("shutdown/test_records.py::test_refused", certificates)
    run = runner.run(scenario, selection.reference)
    text = script(question_about(run, selection.reference, scenario.id), {}, "")
    operations = text[text.rindex("files[name] =") :]
    assert "flipped(" in operations
    assert "\\x" not in operations and "unbase64" not in operations


def test_a_script_imports_nothing_of_the_project(
    runner: Runner, selection: Selection, certificates: certs.Catalogue
) -> None:
    scenario = first(REPLAYED[0], certificates)
    run = runner.run(scenario, selection.reference)
    text = script(question_about(run, selection.reference, scenario.id), {}, "")
    assert not re.search(r"^\s*(?:import|from) (?:conformance|impls|certs|tests)", text, re.M)


# Small things


def test_what_one_line_does_not_tell_of_an_exception_is_added(
    runner: Runner, selection: Selection, certificates: certs.Catalogue, tmp_path: Path
) -> None:
    scenario = first("memory_bio/test_eof.py::test_refuses_a_write_after_it", certificates)
    run = runner.run(scenario, selection.reference)
    operations = run.transcript.operations
    raised = next(i for i, each in enumerate(operations) if each.kind == "exception")
    path = tmp_path / "script.py"
    for field in ("bases", "library", "argument_count", "errno"):
        divergence = Divergence("member", field, "a", "b", raised)
        question = question_about(run, selection.reference, scenario.id, divergence)
        path.write_text(script(question, {}, ""), "ascii")
        told = sides(execute(how_to_run(selection.reference, path)))
        assert told["recorded"] == told["here"], told
        assert f"({field}: " in told["here"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain",
        b"\x00\xff\n\"'\\",
        b"a" * 16384,
        b"abc" * 40 + b"ab",
        bytes(range(256)) * 4,
        b"a" * 40 + b"b",
    ],
)
def test_bytes_as_a_literal(content: bytes) -> None:
    literal = literal_bytes(content)
    assert literal is not None and len(literal) < 80
    assert eval(literal) == content


@pytest.mark.parametrize(
    "text", ["", "plain", "b\u00fccher", "\U0001f511 \udc80", '"\\\n', "x" * 300]
)
def test_text_as_a_literal(text: str) -> None:
    literal = literal_text(text)
    assert literal.isascii() and eval(literal) == text
    assert literal.startswith("u") is not text.isascii()


def test_a_script_is_named_after_its_finding() -> None:
    found = Divergence("MemoryBIO.read", "value", "b'a'", "b'b'", 3)
    name = file_name("mine-py2.7", found)
    assert name == f"MemoryBIO.read-value-{found.fingerprint}-mine-py2.7.py"
    long = file_name("mine", replace(found, member="native.x[y/z]" * 99))
    assert len(long) < 200 and re.fullmatch(r"[\w.-]+", long)
