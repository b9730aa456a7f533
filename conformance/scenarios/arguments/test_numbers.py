"""Objects that can be numbers, for every parameter and setting that wants one."""

import pytest

from conformance.peers import attempt_any

SETTINGS = {"verify_mode": 0, "minimum_version": 771, "maximum_version": 771, "num_tickets": 1}
"""A setting of a context, and a number it accepts."""

PARAMETERS = {
    "MemoryBIO.read": "value",
    "SSLObject.read": "SSLWantReadError",
    "ssl.RAND_bytes": "value",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_takes_an_index(peers, native, name):
    """A setting takes an object with `__index__` for the number, and none that has only `__int__`.

    reference/datamodel.html#object.__index__
    """
    context = peers.server_context()
    index = native.answering("index", lambda: SETTINGS[name])
    assert attempt_any(setattr, context, name, index) == "value"
    assert native.number_at(context, name) == SETTINGS[name]
    old = native.answering("index", lambda: SETTINGS[name] + 1, old_style=True)
    assert attempt_any(setattr, context, name, old) == "value"
    assert native.number_at(context, name) == SETTINGS[name] + 1
    assert attempt_any(setattr, context, name, index) == "value"
    other = native.answering("int", lambda: SETTINGS[name])
    assert attempt_any(setattr, context, name, other) == "TypeError"
    assert native.number_at(context, name) == SETTINGS[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_takes_an_index(peers, native, name):
    """A length is an object with `__index__`, and none that has only `__int__`.

    reference/datamodel.html#object.__index__
    """
    call = getattr(peers.untouched(name), name.partition(".")[2])
    index = native.answering("index", lambda: 0)
    if name == "SSLObject.read":
        index = native.answering("index", lambda: 3)
    assert attempt_any(call, index) == PARAMETERS[name]
    assert attempt_any(call, native.answering("int", lambda: 0)) == "TypeError"


def test_buffer_has_its_own_length(ssl, peers, native):
    """The length of a buffer is that of its memory, whatever `__len__` says.

    c-api/buffer.html#c.Py_buffer.len
    """
    bio = ssl.MemoryBIO()
    assert bio.write(native.lying_buffer(b"content", 3)) == 7
    assert bio.read() == b"content"
    pair = peers.established()
    assert pair.server.tls.write(native.lying_buffer(b"content", 3)) == 7
    pair.transfer()
    buffer = native.lying_buffer(bytes(4), 7)
    assert pair.client.tls.read(7, buffer) == 4
    assert native.beginning(buffer, 7) == b"cont"
    assert pair.client.tls.read(7) == b"ent"
