"""What an SSLObject is and says about itself, apart from its handshake."""

import pytest

from conformance.peers.memory import Pair, client_context, connect, make_peer, pair, server_context


def test_cannot_be_made_directly(ssl):
    """SSLObject() raises TypeError and names wrap_bio() as the way to get one.

    library/ssl.html#ssl.SSLObject
    """
    with pytest.raises(TypeError, match="SSLContext.wrap_bio"):
        ssl.SSLObject()


def test_wrap_bio_returns_an_sslobject(ssl, certificates, native):
    """wrap_bio() returns an instance of SSLObject.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    fresh = pair(ssl, certificates)
    assert native.is_instance(fresh.client.object, ssl.SSLObject)
    assert native.type_name(fresh.client.object) == "SSLObject"


def test_class_of_objects_can_be_replaced(ssl, certificates, native):
    """wrap_bio() makes instances of the context's sslobject_class.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    context = client_context(ssl, certificates)
    assert native.is_same(context.sslobject_class, ssl.SSLObject)
    special = native.subclass(ssl.SSLObject, "Special")
    context.sslobject_class = special
    made = make_peer(ssl, context, server_hostname="localhost").object
    assert native.is_instance(made, special)
    assert native.type_name(made) == "Special"


def test_knows_its_side(ssl, certificates):
    """server_side is False for a client and True for a server.

    library/ssl.html#ssl.SSLSocket.server_side
    """
    fresh = pair(ssl, certificates)
    assert fresh.client.object.server_side is False
    assert fresh.server.object.server_side is True


def test_knows_the_name_it_connects_to(ssl, certificates):
    """server_hostname is the name given to wrap_bio(), and None for a server.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    fresh = pair(ssl, certificates)
    assert fresh.client.object.server_hostname == "localhost"
    assert fresh.server.object.server_hostname is None


def test_knows_its_context(ssl, certificates, native):
    """context is the very context that wrap_bio() was called on.

    library/ssl.html#ssl.SSLSocket.context
    """
    context = client_context(ssl, certificates)
    made = make_peer(ssl, context, server_hostname="localhost").object
    assert native.is_same(made.context, context)


def test_sides_and_names_are_read_only(ssl, certificates):
    """server_side and server_hostname cannot be assigned.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    client = pair(ssl, certificates).client.object
    with pytest.raises(AttributeError):
        client.server_side = True
    with pytest.raises(AttributeError):
        client.server_hostname = "other.example"
    assert client.server_side is False
    assert client.server_hostname == "localhost"


def test_context_can_only_become_another_context(ssl, certificates):
    """Assigning anything but an SSLContext to context raises TypeError.

    library/ssl.html#ssl.SSLSocket.context
    """
    client = pair(ssl, certificates).client.object
    with pytest.raises(TypeError):
        client.context = None
    with pytest.raises(TypeError):
        client.context = "context"


def test_context_can_be_replaced_before_the_handshake(ssl, certificates, native):
    """A server whose context is replaced before the handshake shows the new context's identity.

    library/ssl.html#ssl.SSLSocket.context
    """
    replacement = server_context(ssl, certificates.localhost_rsa)
    fresh = pair(ssl, certificates)
    fresh.server.object.context = replacement
    assert native.is_same(fresh.server.object.context, replacement)
    fresh.handshake()
    assert fresh.client.object.getpeercert(True) == certificates.localhost_rsa.der


@pytest.mark.parametrize("which", ["incoming", "outgoing"])
def test_bios_must_be_memory_bios(ssl, certificates, which):
    """wrap_bio() raises TypeError when one of its BIOs is no MemoryBIO.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = client_context(ssl, certificates)
    bios = {"incoming": ssl.MemoryBIO(), "outgoing": ssl.MemoryBIO()}
    bios[which] = b"no BIO"
    with pytest.raises(TypeError):
        context.wrap_bio(bios["incoming"], bios["outgoing"], server_hostname="localhost")


def test_server_may_be_given_a_server_hostname(ssl, certificates):
    """wrap_bio() takes a server_hostname for a server and reports it; wrap_socket() would not.

    The documentation promises the meaning of wrap_socket(), which raises ValueError.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = server_context(ssl, certificates.localhost)
    server = make_peer(ssl, context, server_side=True, server_hostname="other.example")
    assert server.object.server_hostname == "other.example"
    assert server.object.server_side is True
    client = make_peer(ssl, client_context(ssl, certificates), server_hostname="localhost")
    Pair(client, server).handshake()
    assert server.object.server_hostname == "other.example"


def test_protocol_of_the_context_must_fit_the_side(ssl):
    """A client context makes no server and a server context makes no client.

    library/ssl.html#ssl.PROTOCOL_TLS_CLIENT
    """
    with pytest.raises(ssl.SSLError) as caught:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True
        )
    assert str(caught.value).startswith("Cannot create a server socket")
    with pytest.raises(ssl.SSLError) as caught:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    assert str(caught.value).startswith("Cannot create a client socket")


def test_one_bio_for_both_directions_reads_its_own_hello(ssl, certificates):
    """A client given one MemoryBIO for both directions meets its own hello and refuses it.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    bio = ssl.MemoryBIO()
    client = client_context(ssl, certificates).wrap_bio(bio, bio, server_hostname="localhost")
    with pytest.raises(ssl.SSLError) as caught:
        client.do_handshake()
    assert caught.value.reason == "UNEXPECTED_MESSAGE"


def test_sni_name_reaches_no_attribute_of_the_server(ssl, certificates):
    """A server's server_hostname stays None although the client sent a name.

    library/ssl.html#ssl.SSLSocket.server_hostname
    """
    connected = pair(ssl, certificates)
    connected.handshake()
    assert connected.server.object.server_hostname is None
    assert connected.client.object.server_hostname == "localhost"


def test_objects_of_one_context_do_not_share_a_connection(ssl, certificates, native):
    """Two connections of the same two contexts are established independently.

    library/ssl.html#ssl.SSLContext
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    one = connect(ssl, client, server)
    other = connect(ssl, client, server)
    one.handshake()
    assert other.client.object.version() is None
    assert other.server.object.cipher() is None
    other.handshake()
    assert other.client.object.version() == "TLSv1.3"
    assert not native.is_same(one.client.object, other.client.object)
