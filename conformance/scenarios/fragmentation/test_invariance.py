"""Scenarios of other topics once more, their bytes arriving by record and one at a time."""

import pytest

from conformance.peers.fragmented import scenarios_in, seen

SCENARIOS = scenarios_in(
    [
        "client_authentication/test_client_certificates.py",
        "data/test_delivery.py",
        "data/test_read.py",
        "handshake/test_delivery.py",
        "handshake/test_failures.py",
        "handshake/test_negotiated.py",
        "session/test_resumption.py",
        "shutdown/test_close_notify.py",
        "shutdown/test_ragged_eof.py",
    ]
)
"""Those that let many bytes pass between two sides; in others there is less to cut."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_application_sees_the_same(peers, about, name):
    """Whether bytes arrive at once, by record or one at a time, each call has the same outcome.

    library/ssl.html#ssl-nonblocking
    """
    scenario = SCENARIOS[name]
    at_once = seen(scenario, "at once", peers, about)
    assert seen(scenario, "by record", peers, about) == at_once
    assert seen(scenario, "by byte", peers, about) == at_once
