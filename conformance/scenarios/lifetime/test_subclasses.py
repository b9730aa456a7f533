"""Subclasses of SSLContext and SSLObject."""

import pytest

from conformance.peers import both_versions

NO_LABEL = "encoded." + 70 * "x"
"""What the codec for names refuses, so that nothing can have been encoded twice."""


def test_subclass_of_context_wraps(ssl, native):
    """A subclass of SSLContext is made like its parent, and is the context of its objects.

    library/ssl.html#ssl.SSLContext
    """
    kind = native.subclass(ssl.SSLContext, "OwnContext")
    context = kind(ssl.PROTOCOL_TLS)
    assert native.type_name(context) == "OwnContext"
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    assert native.is_same(client.context, context) is True
    assert native.type_name(client) == "SSLObject"
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()


def test_object_class_belongs_to_the_context_class(ssl, native):
    """sslobject_class set on a subclass of SSLContext is used there, and the parent keeps its own.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    own = native.subclass(ssl.SSLObject, "OwnObject")
    kind = native.subclass(ssl.SSLContext, "OwnContext")
    kind.sslobject_class = own
    client = kind(ssl.PROTOCOL_TLS).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    assert native.type_name(client) == "OwnObject"
    assert native.is_instance(client, ssl.SSLObject) is True
    assert native.is_same(ssl.SSLContext.sslobject_class, ssl.SSLObject) is True


@both_versions
def test_subclass_of_object_does_all_the_work(ssl, peers, native, version):
    """Objects of a subclass do handshake, data and closing like SSLObjects.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    client, server = peers.contexts(version)
    client.sslobject_class = native.subclass(ssl.SSLObject, "OwnObject")
    pair = peers.connect(client, server)
    assert native.type_name(pair.client.tls) == "OwnObject"
    assert native.type_name(pair.server.tls) == "SSLObject"
    pair.handshake()
    pair.client.tls.write(b"hello")
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    pair.transfer()
    assert pair.server.tls.read(10) == b"hello"
    assert pair.server.tls.unwrap() is None
    pair.transfer()
    assert pair.client.tls.unwrap() is None


def test_context_that_counts_as_false(ssl, peers, native, certificates):
    """A context is one whatever its truth value: to wrap with, to be switched to, and to resume.

    library/stdtypes.html#truth-value-testing
    """
    kind = native.empty_subclass(ssl.SSLContext)
    client, server, other = (kind(ssl.PROTOCOL_TLS) for _ in range(3))
    client.verify_mode = ssl.CERT_REQUIRED
    client.load_verify_locations(certificates.authority.certificate)
    other.load_cert_chain(certificates.localhost.combined)

    def switch(called_for, name, context):
        called_for.context = other

    server.set_servername_callback(switch)
    pair = peers.connect(client, server)
    pair.handshake()
    assert native.is_same(pair.server.tls.context, other) is True
    assert native.is_same(pair.client.tls.context, client) is True
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.read(1)  # it takes the tickets
    again = peers.connect(client, server, session=pair.client.tls.session)
    again.handshake()
    assert again.client.tls.session_reused is True


def test_constructor_of_a_subclass_of_object_is_called(peers, ssl, native):
    """wrap_bio() makes the object by `__new__` of its class alone, which is given nothing else.

    reference/datamodel.html#object.__new__
    """
    client, server = peers.contexts()
    client.sslobject_class = native.made_subclass(ssl.SSLObject)
    pair = peers.connect(client, server)
    assert native.told_arguments(pair.client.tls) == []
    pair.handshake()


def test_constructor_of_a_subclass_of_socket_is_called(ssl, native):
    """wrap_socket() makes the socket by `__new__` of its class.

    reference/datamodel.html#object.__new__
    """
    kind = native.subclass(ssl.SSLContext, "OwnContext")
    kind.sslsocket_class = native.made_subclass(ssl.SSLSocket)
    client = kind(ssl.PROTOCOL_TLS_CLIENT)
    one, _ = native.socketpair()
    wrapped = client.wrap_socket(one, server_hostname="localhost", do_handshake_on_connect=False)
    assert native.has(wrapped, "told") is True


@pytest.mark.parametrize("passed_on", [0, 1])
def test_constructor_of_a_subclass_of_context_hands_on(ssl, native, passed_on):
    """`__init__` of an SSLContext takes no argument: `__new__` has taken the protocol.

    library/ssl.html#ssl.SSLContext
    """
    kind = native.initialized_subclass(ssl.SSLContext, passed_on)
    if passed_on:
        with pytest.raises(TypeError):
            kind(ssl.PROTOCOL_TLS_CLIENT)
    else:
        assert kind(ssl.PROTOCOL_TLS_CLIENT).check_hostname is True


@pytest.mark.parametrize("own", [True, False], ids=["with its own", "without"])
def test_constructor_of_a_mixin_is_called(ssl, native, own):
    """A class that a subclass of SSLContext has beside it gets the arguments of `__init__`.

    reference/datamodel.html#object.__init__
    """
    context = native.mixed_subclass(ssl.SSLContext, own)(ssl.PROTOCOL_TLS_CLIENT)
    assert native.told_arguments(context) == ["1 by position"]
    assert context.check_hostname is True


def test_constructor_of_a_subclass_of_context_does_nothing(ssl, native):
    """A subclass of SSLContext whose `__init__` does not call its parent's is whole all the same.

    library/ssl.html#ssl.SSLContext
    """
    context = native.uninitialized_subclass(ssl.SSLContext)(ssl.PROTOCOL_TLS_CLIENT)
    assert context.protocol == ssl.PROTOCOL_TLS_CLIENT
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_context_becomes_one_of_a_subclass(ssl, peers, native):
    """A context can be given a subclass of its class as its own, and is what it was.

    reference/datamodel.html#object.__class__
    """
    client = peers.client_context()
    native.set_attribute(client, "__class__", native.subclass(ssl.SSLContext, "OwnContext"))
    assert native.type_name(client) == "OwnContext"
    peers.connect(client, peers.server_context()).handshake()


@pytest.mark.parametrize("name", ["localhost", "b\xfccher.example"], ids=ascii)
def test_maker_of_an_object_gets_the_name_encoded(ssl, peers, native, name):
    """wrap_bio() hands the class of its objects all by keyword but the BIOs, the name encoded.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    client = peers.client_context()
    client.sslobject_class = native.subclass_noting_create(ssl.SSLObject)
    client.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    encoded = name.encode("idna").decode("ascii")
    assert native.told_arguments(client.sslobject_class) == [
        "2 by position",
        f"server_hostname={encoded}",
        "server_side=False",
    ]


@pytest.mark.parametrize("method", ["wrap_bio", "wrap_socket", "set_servername_callback"])
def test_names_are_encoded_by_the_context(ssl, peers, native, method):
    """A subclass of SSLContext whose `_encode_hostname()` is another one encodes names so.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    asked = []

    def encode(name):
        asked.append(name)
        return name and NO_LABEL

    kind = native.replacing_subclass(ssl.SSLContext, "_encode_hostname", encode)
    if method == "wrap_bio":
        bios = ssl.MemoryBIO(), ssl.MemoryBIO()
        wrapped = kind(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(*bios, server_hostname="localhost")
        assert wrapped.server_hostname == NO_LABEL
    elif method == "wrap_socket":
        sock = native.unconnected_socket()
        wrapped = kind(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(sock, server_hostname="localhost")
        assert wrapped.server_hostname == NO_LABEL
    else:
        told = []
        server = kind(ssl.PROTOCOL_TLS_SERVER)
        server.set_servername_callback(lambda called_for, name, context: told.append(name))
        peers.connect(peers.client_context(), server).handshake_outcomes()
        assert told == [NO_LABEL]
        assert asked.pop(0) is None  # the name of the server's own object
    assert asked == ["localhost"]


@pytest.mark.parametrize(
    "name", ["SSLContext", "SSLObject", "SSLSocket", "MemoryBIO", "SSLSession", "SSLError"]
)
def test_classes_of_python_can_be_patched(ssl, native, name):
    """Classes of Python can be patched, those of C cannot: MemoryBIO, SSLSession and the errors.

    reference/datamodel.html#object.__setattr__
    """
    cls = getattr(ssl, name)
    if name in ("SSLContext", "SSLObject", "SSLSocket"):
        assert native.takes_attribute(cls) is True
    else:
        with pytest.raises(TypeError):
            native.takes_attribute(cls)


@pytest.mark.parametrize("kind", ["SSLContext", "OwnContext"])
def test_object_class_may_belong_to_one_context(ssl, native, kind):
    """sslobject_class set on a context counts there alone, until it is deleted again.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    make = ssl.SSLContext if kind == "SSLContext" else native.subclass(ssl.SSLContext, kind)
    contexts = [make(ssl.PROTOCOL_TLS), make(ssl.PROTOCOL_TLS)]

    def made():
        objects = [context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO()) for context in contexts]
        return [native.type_name(one) for one in objects]

    assert made() == ["SSLObject", "SSLObject"]
    contexts[0].sslobject_class = native.subclass(ssl.SSLObject, "OwnObject")
    assert made() == ["OwnObject", "SSLObject"]
    native.delete_attribute(contexts[0], "sslobject_class")
    assert made() == ["SSLObject", "SSLObject"]
    with pytest.raises(AttributeError):
        native.delete_attribute(contexts[0], "sslobject_class")


def test_object_class_may_belong_to_one_context_of_a_subclass(ssl, native):
    """sslobject_class set on an instance of a subclass comes before that of the subclass.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    kind = native.subclass(ssl.SSLContext, "OwnContext")
    one, other = kind(ssl.PROTOCOL_TLS), kind(ssl.PROTOCOL_TLS)
    kind.sslobject_class = native.subclass(ssl.SSLObject, "ObjectOfClass")
    one.sslobject_class = native.subclass(ssl.SSLObject, "ObjectOfContext")
    assert native.type_name(one.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())) == "ObjectOfContext"
    assert native.type_name(other.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())) == "ObjectOfClass"
    native.delete_attribute(one, "sslobject_class")
    assert native.type_name(one.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())) == "ObjectOfClass"


def test_subclass_may_show_another_protocol(ssl, native):
    """What a subclass shows as its protocol does not decide what a context may do.

    library/ssl.html#ssl.SSLContext.protocol
    """
    kind = native.subclass(ssl.SSLContext, "OwnContext")
    kind.protocol = 5  # PROTOCOL_TLSv1_2, for which there is no range of versions
    context = kind(ssl.PROTOCOL_TLS)
    assert context.protocol == 5
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())


@pytest.mark.parametrize("wrong", [None, 3], ids=["None", "int"])
def test_object_class_that_is_none_fails_when_wrapping(ssl, peers, wrong):
    """sslobject_class is not checked when it is set: wrap_bio() fails with AttributeError.

    library/ssl.html#ssl.SSLContext.sslobject_class
    """
    context = peers.client_context()
    context.sslobject_class = wrong
    with pytest.raises(AttributeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")


def test_subclass_of_object_is_not_made_directly(ssl, native):
    """A subclass of SSLObject has no public constructor either.

    library/ssl.html#ssl.SSLObject
    """
    with pytest.raises(TypeError):
        native.subclass(ssl.SSLObject, "OwnObject")()


def test_session_cannot_be_subclassed(ssl, native):
    """SSLSession is final: a subclass is refused with TypeError.

    library/ssl.html#ssl.SSLSession
    """
    with pytest.raises(TypeError):
        native.subclass(ssl.SSLSession, "OwnSession")
