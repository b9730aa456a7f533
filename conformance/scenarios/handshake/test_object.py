"""What an SSLObject is and reports about itself, apart from its handshake."""

import pytest

from conformance.peers import Pair, both_sides


def test_cannot_be_made_directly(ssl):
    """SSLObject() raises TypeError and names wrap_bio() as the way to get one.

    library/ssl.html#ssl.SSLObject
    """
    with pytest.raises(TypeError, match="SSLContext.wrap_bio"):
        ssl.SSLObject()


def test_wrap_bio_returns_an_sslobject(ssl, peers, native):
    """wrap_bio() returns an instance of SSLObject.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    fresh = peers.pair()
    assert native.is_instance(fresh.client.tls, ssl.SSLObject)
    assert native.type_name(fresh.client.tls) == "SSLObject"


def test_class_of_objects_can_be_replaced(ssl, peers, native):
    """wrap_bio() makes instances of the context's sslobject_class.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    context = peers.client_context()
    assert native.is_same(context.sslobject_class, ssl.SSLObject)
    special = native.subclass(ssl.SSLObject, "Special")
    context.sslobject_class = special
    made = peers.make_peer(context, server_hostname="localhost").tls
    assert native.is_instance(made, special)
    assert native.type_name(made) == "Special"


def test_knows_its_side(peers):
    """server_side is False for a client and True for a server.

    library/ssl.html#ssl.SSLSocket.server_side
    """
    fresh = peers.pair()
    assert fresh.client.tls.server_side is False
    assert fresh.server.tls.server_side is True


def test_knows_the_name_it_connects_to(peers):
    """server_hostname is the name given to wrap_bio(), and None for a server.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    fresh = peers.pair()
    assert fresh.client.tls.server_hostname == "localhost"
    assert fresh.server.tls.server_hostname is None


def test_knows_its_context(peers, native):
    """context is the very context that wrap_bio() was called on.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = peers.client_context()
    made = peers.make_peer(context, server_hostname="localhost").tls
    assert native.is_same(made.context, context)


def test_sides_and_names_are_read_only(peers):
    """server_side and server_hostname cannot be assigned.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    client = peers.pair().client.tls
    with pytest.raises(AttributeError):
        client.server_side = True
    with pytest.raises(AttributeError):
        client.server_hostname = "other.example"
    assert client.server_side is False
    assert client.server_hostname == "localhost"


def test_context_can_only_become_another_context(peers):
    """Assigning anything except an SSLContext to context raises TypeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    client = peers.pair().client.tls
    with pytest.raises(TypeError):
        client.context = None
    with pytest.raises(TypeError):
        client.context = "context"


def test_context_can_be_replaced_before_the_handshake(peers, native, certificates):
    """A server whose context is replaced before the handshake shows the new context's identity.

    library/ssl.html#ssl.SSLSocket.context
    """
    replacement = peers.server_context("localhost_rsa")
    fresh = peers.pair()
    fresh.server.tls.context = replacement
    assert native.is_same(fresh.server.tls.context, replacement)
    fresh.handshake()
    assert fresh.client.tls.getpeercert(True) == certificates.localhost_rsa.der


@pytest.mark.parametrize("which", ["incoming", "outgoing"])
def test_bios_must_be_memory_bios(ssl, peers, which):
    """wrap_bio() raises TypeError when one of its BIOs is not a MemoryBIO.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    bios = {"incoming": ssl.MemoryBIO(), "outgoing": ssl.MemoryBIO()}
    bios[which] = b"no BIO"
    with pytest.raises(TypeError):
        context.wrap_bio(bios["incoming"], bios["outgoing"], server_hostname="localhost")


def test_server_may_be_given_a_server_hostname(peers, about):
    """wrap_bio() accepts a server_hostname for a server and reports it, unlike wrap_socket().

    The documentation promises the meaning of wrap_socket(), which raises ValueError; wrap_bio()
    does so too since Python 3.14.8 at the latest.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.server_context()
    if about.python >= (3, 14, 8):
        with pytest.raises(ValueError):
            peers.make_peer(context, server_side=True, server_hostname="other.example")
        return
    server = peers.make_peer(context, server_side=True, server_hostname="other.example")
    assert server.tls.server_hostname == "other.example"
    assert server.tls.server_side is True
    client = peers.make_peer(peers.client_context(), server_hostname="localhost")
    Pair(client, server).handshake()
    assert server.tls.server_hostname == "other.example"


@both_sides
def test_protocol_of_the_context_must_fit_the_side(ssl, side):
    """A client context makes no server and a server context makes no client.

    library/ssl.html#ssl.PROTOCOL_TLS_CLIENT
    """
    other = "server" if side == "client" else "client"
    context = ssl.SSLContext(getattr(ssl, f"PROTOCOL_TLS_{side.upper()}"))
    context.check_hostname = False  # or a missing name is refused before that
    with pytest.raises(ssl.SSLError) as caught:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=other == "server")
    assert str(caught.value).startswith(f"Cannot create a {other} socket")


def test_one_bio_for_both_directions_reads_its_own_hello(ssl, peers):
    """A client with one MemoryBIO for both directions reads its own hello and refuses it.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    bio = ssl.MemoryBIO()
    client = peers.client_context().wrap_bio(bio, bio, server_hostname="localhost")
    with pytest.raises(ssl.SSLError) as caught:
        client.do_handshake()
    assert caught.value.reason == "UNEXPECTED_MESSAGE"


def test_sni_name_reaches_no_attribute_of_the_server(peers):
    """A server's server_hostname stays None although the client sent a name.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    connected = peers.pair()
    connected.handshake()
    assert connected.server.tls.server_hostname is None
    assert connected.client.tls.server_hostname == "localhost"


def test_objects_of_one_context_do_not_share_a_connection(peers, native):
    """Two connections of the same two contexts are established independently.

    library/ssl.html#ssl.SSLContext
    """
    client = peers.client_context()
    server = peers.server_context()
    one = peers.connect(client, server)
    other = peers.connect(client, server)
    one.handshake()
    assert other.client.tls.version() is None
    assert other.server.tls.cipher() is None
    other.handshake()
    assert other.client.tls.version() == "TLSv1.3"
    assert not native.is_same(one.client.tls, other.client.tls)
