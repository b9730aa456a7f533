"""Identity, equality and copies."""

import pytest


def test_context_of_an_object_is_the_same_every_time(ssl, peers, native):
    """`context` is the very object that was wrapped with, each time it is read.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = peers.client_context()
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert native.is_same(client.context, context) is True
    assert native.is_same(client.context, client.context) is True


def test_core_s_owner_is_the_object(peers, native):
    """The object of the C core knows the SSLObject around it as its owner.

    sslkeylog and other programs that work on the core find it so.

    library/ssl.html#ssl.SSLObject
    """
    made = peers.pair().client.tls
    assert native.is_same(made._sslobj.owner, made) is True


def test_objects_are_equal_only_to_themselves(ssl, peers, native):
    """SSLObjects of one context are compared and hashed by identity.

    reference/datamodel.html#object.__eq__
    """
    context = peers.client_context()
    one = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    other = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert native.is_equal(one, one) is True
    assert native.is_equal(one, other) is False
    assert native.is_hashable(one) is True


def test_contexts_are_equal_only_to_themselves(peers, native):
    """Contexts with the same settings are compared and hashed by identity.

    reference/datamodel.html#object.__eq__
    """
    one = peers.client_context()
    other = peers.client_context()
    assert native.is_equal(one, other) is False
    assert native.is_hashable(one) is True


def test_context_cannot_be_copied(peers, native):
    """Copying a context is a TypeError rather than a context without certificates.

    library/copy.html#copy.copy
    """
    with pytest.raises(TypeError):
        native.copy(peers.client_context())


def test_session_is_equal_to_the_same_session(peers, native):
    """`session` read twice is equal; sessions of two connections are not. Neither is hashable.

    library/ssl.html#ssl.SSLSession
    """
    one = peers.established("TLSv1.2").client.tls
    other = peers.established("TLSv1.2").client.tls
    assert native.is_equal(one.session, one.session) is True
    assert native.is_equal(one.session, other.session) is False
    assert native.is_hashable(one.session) is False


def test_core_s_owner_can_be_another(peers, native):
    """The owner of the object of the C core can be replaced.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.pair()
    inner = pair.client.tls._sslobj
    inner.owner = pair.server.tls
    assert native.is_same(inner.owner, pair.server.tls) is True
    with pytest.raises(TypeError):
        inner.owner = 1


def test_core_s_owner_may_be_gone(peers, native):
    """The object of the C core outlives its owner, which is None from then on.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.pair()
    inner = pair.client.tls._sslobj
    pair.client.tls = None
    native.collect()
    assert inner.owner is None
