"""Scenarios of other topics once more, their bytes arriving by record and one at a time."""

import pytest

from conformance.arrival import seen
from conformance.collection import scenarios

TOPICS = ("client_authentication", "data", "handshake", "session", "shutdown")

SCENARIOS = {
    scenario.id.replace("/test_", ".").replace(".py::test_", ".").partition("[")[0]: scenario
    for topic in TOPICS
    for scenario in scenarios(topic, certificates=None)
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
