"""What is measured, and when two have done the same work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TLS12 = {"version": "TLSv1.2", "cipher": "ECDHE-ECDSA-AES256-GCM-SHA384"}
TLS13 = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
WIRE_TOLERANCE = 0.005
"""By how much of the bytes on the wire two may differ: an ECDSA signature has 70 to 72 bytes."""
CURVES = {"0017": "P-256", "001d": "X25519"}


class Refusal(Exception):
    """Nothing is measured; the message is one sentence that says whose work is not the same."""


@dataclass(frozen=True)
class Case:
    """One kind of work. Its name is what workload.py and limit.c call it."""

    name: str
    title: str
    unit: str
    amount: float
    """How many units one iteration is."""
    in_c: bool
    """Whether the C loop does it too."""
    reference_goal: float | None
    """How many times as fast as the reference the backport is meant to be, at least."""
    limit_goal: float | None
    """How many times as fast as the C loop the backport is meant to be, at least."""
    demands: Mapping[str, str]
    """What every proof must say."""
    resumed: bool | None = None
    """Whether every handshake must resume a session, or none may."""


CASES = (
    Case("handshake_tls12", "full handshake, TLS 1.2", "/s", 1, True, 1.0, 0.9, TLS12, False),
    Case("handshake_tls13", "full handshake, TLS 1.3", "/s", 1, True, 1.0, 0.9, TLS13, False),
    Case("resumed_tls12", "resumed handshake, TLS 1.2", "/s", 1, True, 1.0, 0.9, TLS12, True),
    Case("resumed_tls13", "resumed handshake, TLS 1.3", "/s", 1, True, 1.0, 0.9, TLS13, True),
    Case("bulk_16384", "SSLObject, 16 KiB at a time", "MB/s", 0.016384, True, 1.0, 0.9, TLS13),
    Case("bulk_64", "SSLObject, 64 B at a time", "MB/s", 0.000064, True, 1.0, None, TLS13),
    Case("pipe_16384", "MemoryBIO, 16 KiB at a time", "MB/s", 0.016384, True, 1.0, None, {}),
    Case("pipe_64", "MemoryBIO, 64 B at a time", "MB/s", 0.000064, True, 1.0, None, {}),
    Case("certificate_dict", "getpeercert()", "/s", 1, False, 1.0, None, {}),
    Case("certificate_der", "getpeercert(True)", "/s", 1, True, 1.0, None, {}),
    # Nothing of the backport: two calls as short as those to a MemoryBIO. It tells how much of a
    # case with tiny calls is the interpreter's own.
    Case("calls", "the interpreter alone: two calls", "/s", 1, False, None, None, {}),
)

ACCEPTED = {"the right one": True, "unknown authority": False, "other host": False}


def check_hello(name: str, hello: Mapping[str, Any], openssl: str) -> None:
    """Raise Refusal unless one verifies certificates, with the OpenSSL of all."""
    if hello["openssl"] != openssl:
        raise Refusal(
            f"{name} runs on {hello['openssl']} and not on {openssl}, as the others do: "
            "what would be compared is OpenSSL."
        )
    for what, wanted in ACCEPTED.items():
        if hello["accepts"][what] != wanted:
            raise Refusal(
                f"{name} {'refuses' if wanted else 'accepts'} a certificate ({what}): "
                "it does not verify as the others do."
            )


def check_proof(name: str, case: Case, iterations: int, proof: Mapping[str, Any]) -> None:
    """Raise Refusal unless what one did is what the case is."""
    for key, wanted in case.demands.items():
        if proof[key] != wanted:
            raise Refusal(
                f"{name} did other work in {case.name}: its {key} is {proof[key]}, not {wanted}."
            )
    if case.resumed is not None and proof["resumed"] != iterations * case.resumed:
        raise Refusal(
            f"{name} did other work in {case.name}: it resumed a session in {proof['resumed']} of "
            f"{iterations} handshakes, not in {'all' if case.resumed else 'none'}."
        )


def check_same(
    name: str, proof: Mapping[str, Any], other_name: str, other: Mapping[str, Any], case: Case
) -> None:
    """Raise Refusal unless two have done the same."""
    ours, theirs = comparable(proof), comparable(other)
    for key in sorted({*ours, *theirs}):
        one, two = ours.get(key), theirs.get(key)
        if key == "wire" and one and two and abs(one - two) <= two * WIRE_TOLERANCE:
            continue
        if one != two:
            raise Refusal(
                f"{name} did other work than {other_name} in {case.name}: "
                f"its {key} is {one}, not {two}."
            )


def comparable(proof: Mapping[str, Any]) -> dict[str, Any]:
    """A proof with the curve that the server's first flight shows in place of that flight."""
    found = {key: value for key, value in proof.items() if key != "flight"}
    if "flight" in proof:
        found["curve"] = curve_of(bytes.fromhex(proof["flight"]))
    return found


def curve_of(flight: bytes) -> str | None:
    """The curve of the key exchange, as a server's first flight tells it; None without one.

    Layout: RFC 8446 sections 4.1.3 and 4.2.8 (key_share), RFC 8422 section 5.4
    (ServerKeyExchange).
    """
    for kind, body in _messages(flight):
        if kind == 2:
            key_share = _extensions(body).get(51)
            if key_share is not None:
                return _curve(key_share[:2])
        if kind == 12:
            return _curve(body[1:3])
    return None


def _curve(number: bytes) -> str:
    return CURVES.get(number.hex(), number.hex())


def _messages(flight: bytes) -> list[tuple[int, bytes]]:
    """The handshake messages of a flight's unencrypted records, with their types."""
    stream = b""
    while flight and flight[0] == 22:
        length = int.from_bytes(flight[3:5], "big")
        stream += flight[5 : 5 + length]
        flight = flight[5 + length :]
    found = []
    while stream:
        length = int.from_bytes(stream[1:4], "big")
        found.append((stream[0], stream[4 : 4 + length]))
        stream = stream[4 + length :]
    return found


def _extensions(server_hello: bytes) -> dict[int, bytes]:
    rest = server_hello[34:]  # after the version and the random bytes
    rest = rest[1 + rest[0] + 3 + 2 :]  # after session id, cipher, compression; their own length
    found = {}
    while rest:
        length = int.from_bytes(rest[2:4], "big")
        found[int.from_bytes(rest[:2], "big")] = rest[4 : 4 + length]
        rest = rest[4 + length :]
    return found
