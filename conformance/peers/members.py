"""Uses every member of an established connection, for scenarios of how one can come to be."""

from __future__ import annotations

from typing import Any

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


def told(end: Any) -> tuple[Any, ...]:
    """What an SSLObject or SSLSocket reports of its connection, except for chains."""
    return (
        end.version(),
        end.cipher(),
        end.getpeercert(True),
        end.get_channel_binding(),
        end.selected_alpn_protocol(),
        end.selected_npn_protocol(),
        end.shared_ciphers() is None,
        end.pending(),
        end.compression(),
        end.session is None,
        end.session_reused,
        end.server_side,
        end.server_hostname,
    )


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
