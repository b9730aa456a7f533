"""Identity, equality and copies."""

import pytest

from conformance.peers import memory as peers


def test_context_of_an_object_is_the_same_every_time(ssl, native, certificates):
    """`context` gives the very object that was wrapped with, each time it is asked.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = peers.client_context(ssl, certificates)
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert native.is_same(client.context, context) is True
    assert native.is_same(client.context, client.context) is True


def test_objects_are_equal_only_to_themselves(ssl, native, certificates):
    """SSLObjects of one context are compared and hashed by identity.

    reference/datamodel.html#object.__eq__
    """
    context = peers.client_context(ssl, certificates)
    one = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    other = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert native.is_equal(one, one) is True
    assert native.is_equal(one, other) is False
    assert native.is_hashable(one) is True


def test_contexts_are_equal_only_to_themselves(ssl, native, certificates):
    """Contexts with the same settings are compared and hashed by identity.

    reference/datamodel.html#object.__eq__
    """
    one = peers.client_context(ssl, certificates)
    other = peers.client_context(ssl, certificates)
    assert native.is_equal(one, other) is False
    assert native.is_hashable(one) is True


def test_context_cannot_be_copied(ssl, native, certificates):
    """Copying a context is a TypeError rather than a context without certificates.

    library/copy.html#copy.copy
    """
    with pytest.raises(TypeError):
        native.copy(peers.client_context(ssl, certificates))


def test_session_is_equal_to_the_same_session(ssl, native, certificates):
    """Two askings for `session` are equal; those of two connections are not. None has a hash.

    library/ssl.html#ssl.SSLSession
    """
    one = peers.established(ssl, certificates, native, "TLSv1.2").client.object
    other = peers.established(ssl, certificates, native, "TLSv1.2").client.object
    assert native.is_equal(one.session, one.session) is True
    assert native.is_equal(one.session, other.session) is False
    assert native.is_hashable(one.session) is False
