"""Settings given as text beyond ASCII, as numbers beyond a C int, and deleted settings."""

import pytest


def test_authorities_as_text(ssl, peers, native, certificates):
    """cadata may be the text of a PEM file.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    text = native.unicode(certificates.authority.pem)
    client = ssl.create_default_context(cadata=text)
    peers.connect(client, peers.server_context()).handshake()


def test_authorities_as_text_must_be_ascii(ssl, native):
    """cadata that is text beyond ASCII is refused.

    library/ssl.html#ssl.SSLContext.load_verify_locations
    """
    with pytest.raises((TypeError, ValueError)):
        ssl.create_default_context(cadata=native.unicode("b\u00fccher"))


def test_password_as_text(peers, native, certificates):
    """A password may be text, also where a callback returns it.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    password = native.unicode(certificates.password)
    context = peers.server_context()
    context.load_cert_chain(identity.chain, identity.key, password)
    context.load_cert_chain(identity.chain, identity.key, password=lambda: certificates.password)


def test_ciphers_as_text(peers, native):
    """set_ciphers() takes text.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client = peers.client_context()
    client.set_ciphers(native.unicode("ECDHE-ECDSA-AES128-GCM-SHA256"))
    native.limit_versions(client, minimum="TLSv1.2", maximum="TLSv1.2")
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"


@pytest.mark.parametrize("protocol", ["PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "PROTOCOL_TLSv1_2"])
def test_fixed_protocols_are_contexts_still(ssl, protocol):
    """The deprecated protocols make contexts that report their protocol.

    library/ssl.html#ssl.PROTOCOL_TLSv1
    """
    context = ssl.SSLContext(getattr(ssl, protocol))
    assert context.protocol == getattr(ssl, protocol)


@pytest.mark.parametrize("number", [2**40, -(2**40)], ids=["large", "small"])
@pytest.mark.parametrize("name", ["verify_mode", "minimum_version", "maximum_version"])
def test_number_beyond_c_is_refused(peers, name, number):
    """Settings refuse numbers that a C int cannot hold.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.client_context()
    with pytest.raises((OverflowError, ValueError)):
        setattr(context, name, number)


@pytest.mark.parametrize("name", ["post_handshake_auth", "num_tickets", "check_hostname"])
def test_switches_cannot_be_deleted(peers, native, name):
    """Deleting a switch of a context raises, and leaves it.

    library/ssl.html#ssl.SSLContext
    """
    context = peers.server_context()
    before = getattr(context, name)
    with pytest.raises((AttributeError, TypeError)):
        native.delete_attribute(context, name)
    assert getattr(context, name) == before


def test_sslv3_as_minimum_is_deprecated(ssl, peers):
    """minimum_version may be SSLv3, with a warning, and OP_NO_SSLv3 decides.

    library/ssl.html#ssl.TLSVersion.SSLv3
    """
    context = peers.client_context()
    context.minimum_version = ssl.TLSVersion.SSLv3
    assert context.minimum_version == ssl.TLSVersion.SSLv3


def test_sslv3_as_minimum_lifts_its_prohibition(ssl, peers, native):
    """minimum_version = SSLv3 takes OP_NO_SSLv3 out of the options; another minimum leaves it.

    library/ssl.html#ssl.SSLContext.minimum_version
    """
    context = peers.client_context()
    prohibition = native.integer(ssl.OP_NO_SSLv3)
    context.options = prohibition
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    assert native.number_at(context, "options") == prohibition
    context.minimum_version = ssl.TLSVersion.SSLv3
    assert native.number_at(context, "options") == 0


def test_sslv3_as_maximum_lifts_no_prohibition(ssl, peers, native):
    """maximum_version = SSLv3 leaves OP_NO_SSLv3 where it was.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    context = peers.client_context()
    context.options |= ssl.OP_NO_SSLv3
    before = native.number_at(context, "options")
    context.maximum_version = ssl.TLSVersion.SSLv3
    assert native.number_at(context, "options") == before
