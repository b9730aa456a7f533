"""What failed handshakes leave behind: nothing."""

import pytest


@pytest.mark.parametrize("identity", ["untrusted", "other_host", "expired"])
def test_refused_certificate_leaves_nothing(peers, native, identity):
    """Handshakes that fail for a certificate leave no object of ssl alive.

    library/ssl.html#ssl.SSLCertVerificationError
    """
    client, server = peers.client_context(), peers.server_context(identity)
    talk = native.handshake_and_echo(client, server, "localhost")
    assert native.left_behind(10, talk) == []


def test_no_agreement_leaves_nothing(peers, native):
    """Handshakes that fail for want of a version in common leave no object of ssl alive.

    library/ssl.html#ssl.SSLError
    """
    client, server = peers.client_context(version="TLSv1.3"), peers.server_context()
    native.limit_versions(server, maximum="TLSv1.2")
    assert native.left_behind(10, native.handshake_and_echo(client, server, "localhost")) == []


def test_failing_callback_leaves_nothing(peers, native):
    """Handshakes that a callback for server names ends leave no object of ssl alive.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = peers.contexts()
    server.sni_callback = native.raising_callback()
    assert native.left_behind(10, native.handshake_and_echo(client, server, "localhost")) == []


def test_refused_arguments_leave_nothing(ssl, peers, native):
    """wrap_bio() that refuses its arguments leaves no object of ssl alive.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    wrap = peers.client_context().wrap_bio
    bios = ssl.MemoryBIO(), ssl.MemoryBIO()
    assert native.left_behind(10, wrap, *bios, True, None) == []
    assert native.left_behind(10, wrap, *bios, False, "nul\0") == []
    assert native.left_behind(10, wrap, *bios, False, "localhost", 1) == []


def test_done_handshakes_leave_nothing(peers, native):
    """Connections that were made and dropped leave no object of ssl alive.

    library/ssl.html#ssl.SSLObject
    """
    talk = native.handshake_and_echo(*peers.contexts(), "localhost")
    assert native.left_behind(10, talk) == []


@pytest.mark.parametrize("identity", ["localhost", "untrusted"])
def test_contexts_are_let_go(peers, native, identity):
    """Contexts whose connections were made, or failed, are freed with their last reference.

    library/ssl.html#ssl.SSLContext
    """
    client, server = peers.client_context(), peers.server_context(identity)
    talk = native.handshake_and_echo(client, server, "localhost")
    native.left_behind(2, talk)
    gone = [native.weak_reference(client), native.weak_reference(server)]
    del client, server, talk
    native.collect()
    assert [reference() for reference in gone] == [None, None]
