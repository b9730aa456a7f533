"""Which objects keep which others alive."""

import pytest


def wrapped(ssl, context):
    """Return an SSLObject of the context, a client."""
    return context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")


def test_context_with_a_callback_dies_with_its_last_reference(peers, native):
    """A context whose sni_callback does not refer to it is freed with its last reference.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    context = peers.server_context()
    context.sni_callback = native.message_log()
    gone = native.weak_reference(context)
    del context
    assert gone() is None


def test_object_dies_with_its_last_reference(ssl, peers, native):
    """An SSLObject is freed with its last reference; a weak reference to it is then dead.

    library/weakref.html#weakref.ref
    """
    context = peers.client_context()
    client = wrapped(ssl, context)
    reference = native.weak_reference(client)
    assert native.is_same(reference(), client) is True
    del client
    native.collect()
    assert reference() is None


def test_object_dies_in_the_middle_of_a_handshake(ssl, peers, native):
    """Dropping an SSLObject between flights frees it and leaves its context usable.

    library/ssl.html#ssl.SSLObject
    """
    context = peers.client_context()
    client = wrapped(ssl, context)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    reference = native.weak_reference(client)
    del client
    native.collect()
    assert reference() is None
    with pytest.raises(ssl.SSLWantReadError):
        wrapped(ssl, context).do_handshake()


def test_context_dies_with_its_last_reference(peers, native):
    """A context that made no object is freed with its last reference.

    library/weakref.html#weakref.ref
    """
    context = peers.client_context()
    reference = native.weak_reference(context)
    del context
    native.collect()
    assert reference() is None


def test_object_keeps_its_context(ssl, peers, native):
    """An SSLObject keeps its context alive until it is freed itself.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = peers.client_context()
    client = wrapped(ssl, context)
    reference = native.weak_reference(context)
    del context
    native.collect()
    assert native.is_same(reference(), client.context) is True
    del client
    native.collect()
    assert reference() is None


def test_replaced_context_is_let_go(ssl, peers, native):
    """An SSLObject that is given another context keeps the new one and not the old one.

    library/ssl.html#ssl.SSLSocket.context
    """
    old = peers.client_context()
    client = wrapped(ssl, old)
    reference = native.weak_reference(old)
    client.context = peers.client_context()
    del old
    native.collect()
    assert reference() is None
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()


def test_object_keeps_its_bios(ssl, peers, native):
    """An SSLObject works on after the caller dropped both BIOs.

    The BIOs belong to two owners; freed by one, they crash the other.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    client = wrapped(ssl, peers.client_context())
    native.collect()
    for _ in range(2):
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)


def test_bios_outlive_the_object(ssl, peers, native):
    """After the SSLObject is gone its BIOs can be read, written and ended.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    del client, context
    native.collect()
    assert outgoing.pending > 5
    assert outgoing.read(1) == b"\x16"
    assert outgoing.write(b"x") == 1
    assert incoming.pending == 0
    assert incoming.write(b"abc") == 3
    incoming.write_eof()
    assert incoming.read() == b"abc"
    assert incoming.eof is True


def test_bios_can_serve_a_second_object(ssl, peers, native):
    """BIOs of an SSLObject that is gone can be given to another one.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    for _ in range(2):
        client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        del client
        native.collect()
        assert outgoing.read(1) == b"\x16"
        outgoing.read()


@pytest.mark.parametrize("what", ["incoming", "outgoing", "context", "session", "sslobject_class"])
def test_object_that_is_gone_keeps_nothing(ssl, peers, native, what):
    """What an SSLObject was made of has as many references as before once the object is gone.

    reference/datamodel.html#objects-values-and-types
    """
    client = peers.client_context(version="TLSv1.2")
    client.sslobject_class = native.subclass(ssl.SSLObject, "OwnObject")
    pair = peers.connect(client, peers.server_context())
    pair.handshake()
    used = {
        "incoming": ssl.MemoryBIO(),
        "outgoing": ssl.MemoryBIO(),
        "context": client,
        "session": pair.client.tls.session,
        "sslobject_class": client.sslobject_class,
    }
    wrap = native.repeated(
        2,
        client.wrap_bio,
        used["incoming"],
        used["outgoing"],
        False,
        "localhost",
        used["session"],
    )
    assert native.references_kept(used[what], wrap) == [0, None]
    too_long = 5 * (60 * "a" + ".")  # which OpenSSL refuses, when all else is done
    failing = native.repeated(
        2, client.wrap_bio, used["incoming"], used["outgoing"], False, too_long
    )
    assert native.references_kept(used[what], failing) == [0, "SSLError"]


@pytest.mark.parametrize("name", ["keylog_filename", "sni_callback", "_msg_callback"])
def test_value_that_is_replaced_is_not_kept(peers, native, name):
    """What a context had has as many references as before once something else was set.

    reference/datamodel.html#objects-values-and-types
    """
    context = peers.server_context()
    if name == "keylog_filename":
        value = native.answering("fspath", native.returning(native.new_path("keys")))
    else:
        value = native.message_log()
    setattr(context, name, None)
    put = native.repeated(2, native.probe("set_and_take_away"), context, name, value)
    assert native.references_kept(value, put) == [0, None]


def test_one_side_gone_does_not_disturb_the_other(peers, native):
    """When one end of a connection is gone the other still reads what had been delivered.

    library/ssl.html#ssl.SSLObject
    """
    pair = peers.established("TLSv1.3")
    pair.client.tls.write(b"last words")
    pair.transfer()
    server = pair.server
    del pair
    native.collect()
    assert server.tls.read(20) == b"last words"
    assert server.tls.write(b"to nobody") == 9


def test_session_outlives_its_connection(peers, native):
    """A session is whole after the object and the context it came from are gone.

    library/ssl.html#ssl.SSLSession
    """
    pair = peers.established("TLSv1.2")
    session = pair.client.tls.session
    del pair
    native.collect()
    assert native.type_name(session) == "SSLSession"
    assert native.length(session.id) == 32
    assert session.has_ticket is True


def test_cycle_through_an_attribute_is_collected(ssl, peers, native):
    """An SSLObject that refers to itself through an attribute is found by the collector.

    library/gc.html#gc.collect
    """
    client = wrapped(ssl, peers.client_context())
    client.myself = client
    reference = native.weak_reference(client)
    del client
    native.collect()
    assert reference() is None


def test_strangers_do_not_refer_to_each_other(peers, native):
    """For the garbage collector no session and no context refers to another's context.

    library/gc.html#gc.get_referrers
    """
    pair = peers.established("TLSv1.2")
    session = pair.client.tls.session
    context, stranger = pair.client.tls.context, pair.server.tls.context
    assert native.refers(session, stranger) is False
    assert native.refers(context, stranger) is False
    assert native.refers(stranger, context) is False


@pytest.mark.parametrize("what", ["object", "session", "context"])
def test_collector_knows_it(ssl, peers, native, what):
    """An object, its session and its context are known to the garbage collector.

    library/gc.html#gc.is_tracked
    """
    tls = peers.established("TLSv1.2").client.tls
    value = tls if what == "object" else getattr(tls, what)
    assert native.module("gc").is_tracked(value) is True
