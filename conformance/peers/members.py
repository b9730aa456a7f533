"""Uses every member of an established connection, for scenarios of how one can come to be."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.peers.memory import attempt_any

REFUSALS = {
    "session_reused": "AttributeError",
    "session": "ValueError",
    "context": "value",
    "do_handshake": "value",
}
"""What `refused` returns of whatever has a connection."""

REFUSED = {
    "objects": {"server_side": "AttributeError", "server_hostname": "AttributeError", **REFUSALS},
    "sockets": {"server_side": "value", "server_hostname": "value", **REFUSALS},
}
"""What `refused` returns of SSLObjects, and of SSLSockets."""


TELLING = (
    "version",
    "cipher",
    "get_channel_binding",
    "selected_alpn_protocol",
    "selected_npn_protocol",
    "pending",
    "compression",
)
"""Methods without arguments that report something of a connection."""


def told(end: Any) -> dict[str, Any]:
    """What an SSLObject or SSLSocket reports of its connection in every Python."""
    return {
        **{name: getattr(end, name)() for name in TELLING},
        "getpeercert": end.getpeercert(True),
        "server_side": end.server_side,
        "server_hostname": end.server_hostname,
    }


def told_newer(end: Any) -> dict[str, Any]:
    """The same of what 2.7 does not have: what comes behind it is not compared there."""
    return {
        "shared_ciphers": end.shared_ciphers() is None,
        "session": end.session is None,
        "session_reused": end.session_reused,
    }


def refused(end: Any, session: Any) -> dict[str, str]:
    """Set each attribute, and agree again; return what each attempt raised.

    Those that can be set get what they had.
    """
    values = {
        "server_side": end.server_side,
        "server_hostname": end.server_hostname,
        "session_reused": True,
        "session": session,
        "context": end.context,
    }
    found = {name: attempt_any(setattr, end, name, value) for name, value in values.items()}
    return {**found, "do_handshake": attempt_any(end.do_handshake)}


def ended(end: Any) -> list[str]:
    """Write, read and close where nothing was sent; return what each raised."""
    return [attempt_any(end.write, b"word"), attempt_any(end.read, 1), attempt_any(end.unwrap)]


def chains(end: Any) -> list[int]:
    """How many certificates it reports of its peer. The names are of Python 3.13: use it last."""
    return [len(end.get_verified_chain()), len(end.get_unverified_chain())]


def told_and_refused(ssl: Any, end: Any, carrier: str, before: dict[str, Any]) -> None:
    """Assert that an end has its connection as it was, and use all else that it has.

    `before` is what it `told`.
    """
    assert told(end) == before
    newer = told_newer(end)
    assert refused(end, end.session) == REFUSED[carrier]
    assert told_newer(end) == newer
    with pytest.raises(ssl.SSLError):
        end.verify_client_post_handshake()
    assert told(end) == before
    assert ended(end) == ["value", "SSLWantReadError", "SSLWantReadError"]
    chains(end)
