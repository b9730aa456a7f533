"""Transcripts: labels, and masks that hide what they name and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.transcript.build import build
from conformance.transcript.elide import VALUE
from conformance.transcript.masks import MASKS
from conformance.transcript.model import Records, Transcript
from conformance.transcript.render import render, render_outcome
from impls.host import wire
from impls.host.process import Lost
from impls.host.wire import ByteString, ClassDescription, Event, Returned
from tests.unit.test_tls_records import DATA, FLIGHT, HELLO

NAMES = ("object", "MemoryBIO", "SSLObject", "SSLContext", "SSLSession", "SSLError", "OSError")
CLASSES = {
    number: ClassDescription(name, "ssl", () if name == "object" else (0,), False, {})
    for number, name in enumerate(NAMES)
}
CLASSES[5] = ClassDescription("SSLError", "ssl", (6,), True, {})
MINTED: dict[str | bytes, str] = {b"DER": "certificate of localhost", "01AB": "number of localhost"}


def octets(content: bytes, kind: str = "bytes") -> ByteString:
    return ByteString(kind, content)


def thing(handle: int, number: int = 1) -> wire.Object:
    return wire.Object(handle, number)


def called(target: int | None, name: str | None, value: Any, *args: Any, **more: Any) -> Event:
    return Event("call", target, name, list(args), {}, Returned(value, **more))


def got(target: int, name: str, value: Any) -> Event:
    return Event("get", target, name, [], {}, Returned(value))


def made(*events: Event) -> Transcript:
    return build(events, CLASSES, "completed", MINTED)


def value_of(*events: Event) -> Any:
    """The value of the last event, and the masks that were used."""
    transcript = made(*events)
    used = {name for name, hits in transcript.masks.items() if hits}
    return transcript.operations[-1].fields.get("value"), used


def test_objects_have_labels_in_the_order_in_which_they_came() -> None:
    transcript = made(
        called(0, "MemoryBIO", thing(17)),
        called(0, "SSLContext", thing(18, 3)),
        called(0, "MemoryBIO", thing(40)),
        called(40, "read", octets(b"")),
        called(17, "me", thing(17)),
        called(18, "wrap_bio", thing(50, 2), wire.Reference(17), wire.Reference(40)),
    )
    assert [operation.call for operation in transcript.operations] == [
        "ssl.MemoryBIO()",
        "ssl.SSLContext()",
        "ssl.MemoryBIO()",
        "MemoryBIO #2.read()",
        "MemoryBIO #1.me()",
        "SSLContext #1.wrap_bio(<MemoryBIO #1>, <MemoryBIO #2>)",
    ]
    assert [render_outcome(operation) for operation in transcript.operations][-2:] == [
        "<MemoryBIO #1>",
        "<SSLObject #1>",
    ]
    assert transcript.operations[3].member == "MemoryBIO.read"


def test_other_handles_give_the_same_transcript() -> None:
    def events(first: int) -> list[Event]:
        return [called(0, "MemoryBIO", thing(first)), called(first, "read", octets(b"x"))]

    assert made(*events(3)) == made(*events(333))


def test_every_kind_of_operation_reads_like_code() -> None:
    transcript = made(
        called(0, "MemoryBIO", thing(1)),
        Event("get", 1, "eof", [], {}, Returned(False)),
        Event("set", 1, "x", ["y"], {}, Returned(None)),
        Event("del", 1, "x", [], {}, Returned(None)),
        Event("call", 1, None, [1], {"a": octets(b"b")}, Returned(None)),
        Event("probe", None, "repr", [1], {}, Returned("1")),
        Event("callback", None, "f", [thing(1)], {}, Returned(None), parent=4),
    )
    assert [operation.call for operation in transcript.operations] == [
        "ssl.MemoryBIO()",
        "MemoryBIO #1.eof",
        "MemoryBIO #1.x = 'y'",
        "del MemoryBIO #1.x",
        "MemoryBIO #1(1, a=b'b')",
        "native.repr(1)",
        "callback.f(<MemoryBIO #1>)",
    ]
    assert transcript.operations[-1].inside == 4


def failed(text: str, **attributes: Any) -> Event:
    error = wire.Error(5, [1, text], text, attributes)
    return Event("call", 0, "f", [], {}, wire.Raised(error))


def test_an_exception_has_its_class_bases_and_details() -> None:
    (operation,) = made(failed("bad", errno=1, reason="BAD")).operations
    assert operation.kind == "exception"
    assert operation.fields == {
        "exception": "SSLError",
        "bases": ["OSError"],
        "message": "bad",
        "argument_count": 2,
        "errno": 1,
        "reason": "BAD",
    }


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        ("c-location", "[SSL: BAD] no (_ssl.c:1007)", "[SSL: BAD] no"),
        ("c-location", "no (/src/x-1/ssl.c:7)!", "no!"),
        ("c-location", "_ssl.c:983: The handshake timed out", "The handshake timed out"),
        ("descriptor", "<ssl.SSLSocket fd=12, family=1>", "<ssl.SSLSocket fd=..., family=1>"),
        ("port", "raddr=('127.0.0.1', 40123)>", "raddr=('127.0.0.1', ...)>"),
        ("object-address", "<C object at 0x7f00AB>", "<C object at ...>"),
        (
            "agent-file",
            "[Errno 2] '/tmp/conformance-ab12/run/key.pem'",
            "[Errno 2] '<file run/key.pem>'",
        ),
    ],
)
def test_a_mask_hides_what_it_names(mask: str, text: str, shown: str) -> None:
    transcript = made(failed(text))
    assert transcript.operations[0].fields["message"] == shown
    assert {name for name, hits in transcript.masks.items() if hits} == {mask}


@pytest.mark.parametrize(
    "text",
    [
        "no (_ssl.c)",
        "no (_ssl.c:x)",
        "no (_ssl.py:7)",
        "(error 7)",
        "at 0xzz",
        "at 12",
        "('127.0.0.2', 40123)",
        "127.0.0.1:40123",
        "/tmp/other/run/key.pem",
        "01ABC",
    ],
)
def test_what_comes_close_is_shown(text: str) -> None:
    transcript = made(failed(text))
    assert transcript.operations[0].fields["message"] == text
    assert not any(transcript.masks.values())


@pytest.mark.parametrize("host", ["127.0.0.1", octets(b"127.0.0.1", "str")])
def test_the_port_of_an_address_is_masked(host: Any) -> None:
    address = wire.Collection("tuple", [host, 40123])
    value, masks = value_of(called(0, "getsockname", address))
    assert render(value) == "('127.0.0.1', '...')"
    assert masks == {"port"}


@pytest.mark.parametrize(
    "items", [["127.0.0.1", True], ["127.0.0.2", 40123], ["127.0.0.1", 40123, 0]]
)
def test_what_is_no_address_keeps_its_number(items: list[Any]) -> None:
    value, masks = value_of(called(0, "getsockname", wire.Collection("tuple", items)))
    assert value.items == items
    assert not masks


def test_what_was_minted_is_shown_by_its_name() -> None:
    value, used = value_of(called(0, "f", octets(b"DER")))
    assert value.name == "certificate of localhost" and used == {"minted"}
    value, _ = value_of(called(0, "f", wire.Collection("tuple", ["01AB", "other"])))
    assert value.items[0].name == "number of localhost" and value.items[1] == "other"
    assert value_of(called(0, "f", octets(b"DERx"))) == (octets(b"DERx"), set())


@pytest.mark.parametrize("name", ["id", "time"])
def test_sessions(name: str) -> None:
    raw = octets(bytes(32)) if name == "id" else 1700000000
    start = called(0, "SSLSession", thing(9, 4))
    value, used = value_of(start, got(9, name, raw))
    shown = "session id of 32 bytes" if name == "id" else "a time"
    assert value.text == shown and used == {f"session-{name}"}
    other, used = value_of(start, got(9, name, None))
    assert other is None and not used
    assert value_of(start, got(9, "timeout", 7200)) == (7200, set())
    assert value_of(called(0, "MemoryBIO", thing(8)), got(8, name, raw))[1] == set()


def test_channel_bindings() -> None:
    start = called(0, "SSLObject", thing(9, 2))
    value, used = value_of(start, called(9, "get_channel_binding", octets(bytes(12))))
    assert value.text == "channel binding of 12 bytes" and used == {"channel-binding"}
    assert value_of(start, called(9, "get_channel_binding", None)) == (None, set())


# TLS


def wrapped() -> list[Event]:
    """An SSLObject #1 with incoming BIO 11 and outgoing BIO 12; BIO 13 is nobody's."""
    return [
        called(0, "MemoryBIO", thing(11)),
        called(0, "MemoryBIO", thing(12)),
        called(0, "MemoryBIO", thing(13)),
        called(0, "SSLContext", thing(14, 3)),
        called(14, "wrap_bio", thing(15, 2), wire.Reference(11), wire.Reference(12)),
    ]


def test_what_tls_sent_is_shown_as_records() -> None:
    value, used = value_of(*wrapped(), called(12, "read", octets(HELLO)))
    assert value.found == ["handshake ClientHello"] and used == {"tls-records"}
    assert render(value) == "records[handshake ClientHello]"


def test_a_bio_of_nobody_is_shown_as_it_is() -> None:
    assert value_of(*wrapped(), called(13, "read", octets(HELLO))) == (octets(HELLO), set())
    assert value_of(*wrapped(), got(13, "pending", 5)) == (5, set())
    assert value_of(*wrapped(), called(13, "write", 3, octets(b"abc"))) == (3, set())


def test_application_data_read_from_an_ssl_object_is_not_masked() -> None:
    assert value_of(*wrapped(), called(15, "read", octets(b"hi"))) == (octets(b"hi"), set())


def test_byte_by_byte_is_the_same_records() -> None:
    events = [called(12, "read", octets(bytes([byte])), 1) for byte in HELLO + FLIGHT]
    transcript = made(*wrapped(), *events)
    values = [operation.fields["value"] for operation in transcript.operations[5:]]
    assert all(isinstance(value, Records) for value in values)
    records = [value for value in values if isinstance(value, Records)]
    assert [record for value in records for record in value.found] == [
        "handshake ClientHello",
        "handshake ServerHello Certificate ServerHelloDone",
    ]
    assert [value.inside for value in records].count(False) == 2


def test_an_empty_read_is_told_from_a_partial_one() -> None:
    empty, _ = value_of(*wrapped(), called(12, "read", octets(b"")))
    partial, _ = value_of(*wrapped(), called(12, "read", octets(HELLO[:3])))
    assert empty != partial and empty.empty and partial.inside


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (got(12, "pending", 0), "no bytes"),
        (got(12, "pending", 517), "some bytes"),
        (called(11, "write", 5, octets(b"12345")), "all bytes"),
        (called(11, "write", 4, octets(b"12345")), "some bytes"),
        (called(11, "write", 0, octets(b"12345")), "no bytes"),
        (called(11, "write", -1, octets(b"12345")), "-1 bytes"),
    ],
)
def test_counts_of_tls_bytes(event: Event, shown: str) -> None:
    value, used = value_of(*wrapped(), event)
    assert value.text == shown and used == {"tls-byte-count"}


def test_what_is_no_count_is_not_masked() -> None:
    assert value_of(*wrapped(), got(12, "pending", None)) == (None, set())
    assert value_of(*wrapped(), got(12, "pending", True)) == (True, set())
    assert value_of(*wrapped(), got(12, "eof", False)) == (False, set())


def test_lengths_are_shown_once_nothing_random_is_among_them() -> None:
    before, used = value_of(*wrapped(), called(12, "read", octets(DATA)))
    assert before.found == ["application_data"] and "record-length" in used
    done = [*wrapped(), called(15, "do_handshake", None)]
    first, _ = value_of(*done, called(12, "read", octets(DATA)))
    assert first.found == ["application_data"]
    drained = [*done, called(12, "read", octets(b""))]
    after, used = value_of(*drained, called(12, "read", octets(DATA)))
    assert after.found == ["application_data 99"] and used == {"tls-records"}


def test_a_handshake_that_is_only_looked_up_is_not_done() -> None:
    looked_up = [*wrapped(), got(15, "do_handshake", None), called(12, "read", octets(b""))]
    value, used = value_of(*looked_up, called(12, "read", octets(DATA)))
    assert value.found == ["application_data"] and "record-length" in used


def test_lengths_are_hidden_where_a_client_may_answer_later() -> None:
    *before, wrap_bio = wrapped()

    def found(*answering: bool) -> list[str]:
        settings = [
            Event("set", 14, "post_handshake_auth", [each], {}, Returned(None))
            for each in answering
        ]
        done = [*before, *settings, wrap_bio, called(15, "do_handshake", None)]
        drained = [*done, called(12, "read", octets(b""))]
        return list(value_of(*drained, called(12, "read", octets(DATA)))[0].found)

    assert found() == found(True, False) == ["application_data 99"]
    assert found(True) == found(False, True) == ["application_data"]


# The rest


def test_a_lost_agent() -> None:
    event = Event("call", 0, "f", [], {}, wire.AgentGone(Lost("CRASH", "It died of SIGSEGV.", "")))
    transcript = build([event], CLASSES, "lost", {})
    assert transcript.lost is transcript.operations[0]
    assert transcript.operations[0].kind == "CRASH"
    assert render_outcome(transcript.operations[0]) == "CRASH: It died of SIGSEGV."


def test_warnings_and_filled_buffers_are_in_the_outcome() -> None:
    event = called(0, "f", 1, warnings=(("DeprecationWarning", "old"),), mutated={0: b"x"})
    operation = made(event).operations[0]
    assert operation.fields["warnings"] == ["DeprecationWarning: old"]
    assert render_outcome(operation) == "1; mutated [b'x']; warnings ['DeprecationWarning: old']"


def test_the_order_in_a_dictionary_or_set_is_no_matter() -> None:
    pairs: list[tuple[wire.Value, wire.Value]] = [("b", 1), ("a", 2)]
    one, _ = value_of(called(0, "f", wire.Dictionary(pairs)))
    other, _ = value_of(called(0, "f", wire.Dictionary(pairs[::-1])))
    assert one == other
    one, _ = value_of(called(0, "f", wire.Collection("set", [2, 1])))
    other, _ = value_of(called(0, "f", wire.Collection("set", [1, 2])))
    assert one == other
    one, _ = value_of(called(0, "f", [2, 1]))
    assert one == [2, 1]


def test_long_values_are_told_apart() -> None:
    one, other = b"x" * 500 + b"1", b"x" * 500 + b"2"
    assert render(octets(one)) != render(octets(other))
    assert len(render(octets(one))) < VALUE
    assert "501 long" in render(octets(one))


def test_every_mask_says_what_it_hides() -> None:
    assert all(name == name.lower() and len(text) > 15 for name, text in MASKS.items())
