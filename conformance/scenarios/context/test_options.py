"""SSLContext.options: reading, setting and clearing flags."""

import pytest

from conformance.peers.memory import client_context, connect, server_context


def test_flag_is_set_and_cleared(ssl, certificates, native):
    """A flag of options can be set with |= and cleared with &= ~, others stay.

    library/ssl.html#ssl.SSLContext.options
    """
    context = client_context(ssl, certificates)
    before = context.options
    context.options |= ssl.OP_NO_TICKET
    assert context.options == before | ssl.OP_NO_TICKET
    assert native.type_name(context.options) == "Options"
    context.options &= ~ssl.OP_NO_TICKET
    assert context.options == before


def test_setting_a_set_flag_changes_nothing(ssl, certificates):
    """Setting a flag twice is the same as once.

    library/ssl.html#ssl.SSLContext.options
    """
    context = client_context(ssl, certificates)
    context.options |= ssl.OP_NO_TICKET
    once = context.options
    context.options |= ssl.OP_NO_TICKET
    assert context.options == once


def test_all_flags_can_be_cleared(ssl, certificates):
    """Assigning 0 clears every flag.

    library/ssl.html#ssl.SSLContext.options
    """
    context = client_context(ssl, certificates)
    context.options = 0
    assert context.options == 0


@pytest.mark.parametrize("value", [-1, -(2**31), 2**64], ids=["-1", "-2**31", "2**64"])
def test_number_out_of_range_is_refused(ssl, certificates, value):
    """Assigning a negative or too big number raises OverflowError and changes nothing.

    library/ssl.html#ssl.SSLContext.options
    """
    context = client_context(ssl, certificates)
    before = context.options
    with pytest.raises(OverflowError):
        context.options = value
    assert context.options == before


@pytest.mark.parametrize("value", [None, "OP_ALL", 1.0], ids=repr)
def test_must_be_a_number(ssl, certificates, value):
    """Assigning what is no integer raises TypeError.

    library/ssl.html#ssl.SSLContext.options
    """
    context = client_context(ssl, certificates)
    with pytest.raises(TypeError):
        context.options = value


@pytest.mark.parametrize("side", ["client", "server"])
def test_version_can_be_excluded(ssl, certificates, side):
    """OP_NO_TLSv1_3 on either side makes a handshake TLS 1.2.

    library/ssl.html#ssl.OP_NO_TLSv1_3
    """
    contexts = {
        "client": client_context(ssl, certificates),
        "server": server_context(ssl, certificates.localhost),
    }
    contexts[side].options |= ssl.OP_NO_TLSv1_3
    connected = connect(ssl, contexts["client"], contexts["server"])
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.2"


def test_excluding_every_version_leaves_no_protocol(ssl, certificates):
    """A client whose options exclude every version raises NO_PROTOCOLS_AVAILABLE.

    library/ssl.html#ssl.OP_NO_TLSv1_3
    """
    client = client_context(ssl, certificates)
    client.options |= ssl.OP_NO_TLSv1_2
    client.options |= ssl.OP_NO_TLSv1_3
    fresh = connect(ssl, client, server_context(ssl, certificates.localhost))
    with pytest.raises(ssl.SSLError) as caught:
        fresh.client.object.do_handshake()
    assert caught.value.reason == "NO_PROTOCOLS_AVAILABLE"
    assert fresh.client.object.version() is None


def test_options_are_taken_when_the_object_is_made(ssl, certificates):
    """Setting an option after wrap_bio() does not change that object's handshake.

    library/ssl.html#ssl.SSLContext.options
    """
    client = client_context(ssl, certificates)
    connected = connect(ssl, client, server_context(ssl, certificates.localhost))
    client.options |= ssl.OP_NO_TLSv1_3
    connected.handshake()
    assert connected.client.object.version() == "TLSv1.3"


def test_client_preference_can_win(ssl, certificates, native):
    """With OP_CIPHER_SERVER_PREFERENCE cleared a server picks the client's first cipher.

    library/ssl.html#ssl.OP_CIPHER_SERVER_PREFERENCE
    """
    client = client_context(ssl, certificates)
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    server = server_context(ssl, certificates.localhost)
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    server.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    connected = connect(ssl, client, server)
    connected.handshake()
    assert connected.client.object.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
