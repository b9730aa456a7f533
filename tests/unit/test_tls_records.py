"""The record view: which records a TLS stream has, however it is cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.transcript.tls_records import RecordStream


def record(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(payload)) + payload


def message(kind: int, length: int = 3) -> bytes:
    return bytes([kind]) + length.to_bytes(3, "big") + bytes(length)


HELLO = record(22, message(1))
FLIGHT = record(22, message(2) + message(11) + message(14))
CHANGE = record(20, b"\1")
FINISHED = record(22, bytes(40))
DATA = record(23, bytes(99))
CLOSE = record(21, b"\1\0")
FATAL = record(21, b"\2\x30")
SEALED_ALERT = record(21, bytes(26))


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (HELLO, ["handshake ClientHello"]),
        (FLIGHT, ["handshake ServerHello Certificate ServerHelloDone"]),
        (CHANGE + FINISHED, ["change_cipher_spec", "handshake encrypted"]),
        (CLOSE, ["alert warning close_notify"]),
        (FATAL, ["alert fatal unknown_ca"]),
        (record(21, b"\3\xc8"), ["alert 3 200"]),
        (SEALED_ALERT, ["alert encrypted"]),
        (DATA + DATA, ["application_data 99", "application_data 99"]),
        (record(22, message(99)), ["handshake 99"]),
        (b"", []),
    ],
)
def test_records(data: bytes, shown: list[str]) -> None:
    stream = RecordStream()
    assert stream.feed(data, show_lengths=True) == shown
    assert not stream.is_inside_record


def test_lengths_are_hidden_where_they_may_vary() -> None:
    assert RecordStream().feed(DATA, show_lengths=False) == ["application_data"]


def test_a_record_is_told_when_it_is_complete() -> None:
    stream = RecordStream()
    assert stream.feed(HELLO[:-1], show_lengths=True) == []
    assert stream.is_inside_record
    assert stream.feed(HELLO[-1:], show_lengths=True) == ["handshake ClientHello"]
    assert not stream.is_inside_record


def test_what_is_no_tls_is_shown() -> None:
    stream = RecordStream()
    assert stream.feed(b"HTTP/1.1 400", show_lengths=True) == ["NOT TLS: b'HTTP/1.1 400'"]
    assert stream.feed(HELLO, show_lengths=True) == ["handshake ClientHello"]


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.integers(0, 200), max_size=12))
def test_the_cuts_make_no_difference(cuts: list[int]) -> None:
    data = HELLO + FLIGHT + CHANGE + FINISHED + DATA + SEALED_ALERT
    whole = RecordStream().feed(data, show_lengths=True)
    stream = RecordStream()
    found = []
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in zip(places, places[1:], strict=False):
        found += stream.feed(data[start:stop], show_lengths=True)
    assert found == whole


def test_byte_by_byte() -> None:
    stream = RecordStream()
    found = [stream.feed(bytes([byte]), show_lengths=True) for byte in HELLO + CLOSE]
    assert found[len(HELLO) - 1] == ["handshake ClientHello"]
    assert found[-1] == ["alert warning close_notify"]
    assert sum(map(len, found)) == 2
