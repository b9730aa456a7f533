"""SSLContext.options: reading, setting and clearing flags."""

import pytest

from conformance.peers import both_sides


def test_flag_is_set_and_cleared(ssl, peers, native):
    """A flag of options can be set with |= and cleared with &= ~, others stay.

    library/ssl.html#ssl.SSLContext.options
    """
    context = peers.client_context()
    before = context.options
    context.options |= ssl.OP_NO_TICKET
    assert context.options == before | ssl.OP_NO_TICKET
    assert native.type_name(context.options) == "Options"
    context.options &= ~ssl.OP_NO_TICKET
    assert context.options == before


def test_setting_a_set_flag_changes_nothing(ssl, peers):
    """Setting a flag twice is the same as once.

    library/ssl.html#ssl.SSLContext.options
    """
    context = peers.client_context()
    context.options |= ssl.OP_NO_TICKET
    once = context.options
    context.options |= ssl.OP_NO_TICKET
    assert context.options == once


def test_all_flags_can_be_cleared(peers):
    """Assigning 0 clears every flag.

    library/ssl.html#ssl.SSLContext.options
    """
    context = peers.client_context()
    context.options = 0
    assert context.options == 0


@pytest.mark.parametrize("value", [-1, -(2**31), 2**64], ids=["-1", "-2**31", "2**64"])
def test_number_out_of_range_is_refused(peers, about, value):
    """Assigning a negative or too big number raises an error and changes nothing.

    It is OverflowError; for a negative number ValueError since Python 3.14 (gh-132987).

    library/ssl.html#ssl.SSLContext.options
    """
    context = peers.client_context()
    before = context.options
    negative = ValueError if about.python >= (3, 14) else OverflowError
    with pytest.raises(negative if value < 0 else OverflowError):
        context.options = value
    assert context.options == before


@pytest.mark.parametrize("value", [None, "OP_ALL", 1.0], ids=repr)
def test_must_be_a_number(peers, value):
    """Assigning what is not an integer raises TypeError.

    library/ssl.html#ssl.SSLContext.options
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.options = value


@both_sides
def test_version_can_be_excluded(ssl, peers, side):
    """OP_NO_TLSv1_3 on either side makes a handshake TLS 1.2.

    library/ssl.html#ssl.OP_NO_TLSv1_3
    """
    contexts = {
        "client": peers.client_context(),
        "server": peers.server_context(),
    }
    contexts[side].options |= ssl.OP_NO_TLSv1_3
    connected = peers.connect(contexts["client"], contexts["server"])
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.2"


def test_excluding_every_version_leaves_no_protocol(ssl, peers):
    """A client whose options exclude every version raises NO_PROTOCOLS_AVAILABLE.

    library/ssl.html#ssl.OP_NO_TLSv1_3
    """
    client = peers.client_context()
    client.options |= ssl.OP_NO_TLSv1_2
    client.options |= ssl.OP_NO_TLSv1_3
    fresh = peers.connect(client, peers.server_context())
    with pytest.raises(ssl.SSLError) as caught:
        fresh.client.tls.do_handshake()
    assert caught.value.reason == "NO_PROTOCOLS_AVAILABLE"
    assert fresh.client.tls.version() is None


def test_options_are_taken_when_the_object_is_made(ssl, peers):
    """Setting an option after wrap_bio() does not change that object's handshake.

    library/ssl.html#ssl.SSLContext.options
    """
    client = peers.client_context()
    connected = peers.connect(client, peers.server_context())
    client.options |= ssl.OP_NO_TLSv1_3
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"


def test_client_preference_can_win(ssl, peers):
    """With OP_CIPHER_SERVER_PREFERENCE cleared a server picks the client's first cipher.

    library/ssl.html#ssl.OP_CIPHER_SERVER_PREFERENCE
    """
    client = peers.client_context(version="TLSv1.2")
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    server = peers.server_context()
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    server.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"


@pytest.mark.parametrize("flag", ["OP_NO_TICKET", "OP_NO_TLSv1_1"])
@pytest.mark.parametrize("there", [False, True], ids=["added", "removed"])
def test_options_that_are_set_amid_a_warning(ssl, native, about, flag, there):
    """An option that the handler of the warning changes is in the end as the handler left it.

    Before Python 3.10 there was no warning.

    library/ssl.html#ssl.SSLContext.options
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bit = native.integer(getattr(ssl, flag))
    context.options = bit if there else 0
    wanted = native.number_at(context, "options") | ssl.OP_NO_TLSv1

    def change():
        context.options ^= bit

    native.set_amid_warning(context, "options", wanted, change)
    expected = wanted ^ bit if about.has("3.10") else wanted
    assert native.number_at(context, "options") == expected
