"""Scenarios of other topics once more, their bytes arriving by record and one at a time."""

import pytest

from conformance.peers.fragmented import seen
from conformance.run.scenarios import scenarios

FILES = (
    "client_authentication/test_client_certificates.py",
    "data/test_delivery.py",
    "data/test_read.py",
    "handshake/test_delivery.py",
    "handshake/test_failures.py",
    "handshake/test_negotiated.py",
    "session/test_resumption.py",
    "shutdown/test_close_notify.py",
    "shutdown/test_ragged_eof.py",
)
"""Where scenarios let much pass between two sides; in others there is less to cut."""

SCENARIOS = {
    scenario.id.replace("/test_", ".").replace(".py::test_", ".").partition("[")[0]: scenario
    for topic in sorted({file.partition("/")[0] for file in FILES})
    for scenario in scenarios(topic, certificates=None)
    if scenario.id.startswith(FILES)
}
"""By name, the last of each: its other parameters differ in what bytes there are, not in how."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_application_sees_the_same(ssl, native, certificates, name):
    """Whether bytes arrive at once, by record or one at a time, each call has the same outcome.

    library/ssl.html#ssl-nonblocking
    """
    scenario = SCENARIOS[name]
    at_once = seen(scenario, "at once", ssl, native, certificates)
    assert seen(scenario, "by record", ssl, native, certificates) == at_once
    assert seen(scenario, "by byte", ssl, native, certificates) == at_once
