"""What applications put in the place of methods, attributes and constructors."""

import pytest

SETTINGS = {
    "options": "OP_ALL",
    "verify_mode": "CERT_OPTIONAL",
    "verify_flags": "VERIFY_X509_STRICT",
    "minimum_version": "TLSVersion.TLSv1_2",
    "maximum_version": "TLSVersion.TLSv1_3",
    "check_hostname": True,
    "hostname_checks_common_name": False,
    "post_handshake_auth": True,
}
"""A setting of a context, and a value for it: that itself, or the name of a constant."""


def value_of(ssl, name):
    """The value for a setting."""
    value = SETTINGS[name]
    if isinstance(value, str):
        for part in value.split("."):
            ssl = getattr(ssl, part)
        return ssl
    return value


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_through_the_class(ssl, native, name):
    """A subclass that overrides a setting gets and sets the parent's through its descriptor.

    howto/descriptor.html#properties
    """
    watching = native.watching_subclass(ssl.SSLContext, name)
    context = native.construct(watching, ssl.PROTOCOL_TLS_CLIENT)
    value = value_of(ssl, name)
    watching.seen.take()
    setattr(context, name, value)
    shown = getattr(context, name)
    if name != "options":  # of which OpenSSL keeps bits of its own
        assert shown == value
    assert watching.seen.take() == ["set", "get"]


@pytest.mark.parametrize("name", ["wrap_bio", "wrap_socket", "set_ciphers", "load_cert_chain"])
def test_method_of_one_context(peers, native, name):
    """A method that is put in the place of a context's own is called instead, and on it alone.

    reference/datamodel.html#class-instances
    """
    context, other = peers.client_context(), peers.client_context()
    native.set_attribute(context, name, lambda *arguments: "replaced")
    assert getattr(context, name)("anything") == "replaced"
    with pytest.raises(TypeError):
        getattr(other, name)()
    native.delete_attribute(context, name)
    with pytest.raises(TypeError):
        getattr(context, name)()


@pytest.mark.parametrize("name", ["read", "write", "do_handshake", "version", "unwrap"])
def test_method_of_one_object(peers, native, name):
    """A method that is put in the place of an SSLObject's own is called instead, and on it alone.

    reference/datamodel.html#class-instances
    """
    pair = peers.established()
    tls = pair.client.tls
    native.set_attribute(tls, name, lambda *arguments: "replaced")
    assert getattr(tls, name)() == "replaced"
    native.delete_attribute(tls, name)
    assert tls.version() == "TLSv1.3"
    pair.server.tls.write(b"words")
    pair.transfer()
    assert tls.read(5) == b"words"


def test_context_of_an_application_s_own_arguments(ssl, peers, native, certificates):
    """A subclass may have a constructor of other arguments, and hands the protocol on.

    library/ssl.html#ssl.SSLContext
    """
    kind = native.constructing_subclass(ssl.SSLContext, ssl.PROTOCOL_TLS_CLIENT)
    context = native.construct(kind, "name", colour="blue")
    assert native.told_arguments(context) == ["name", "colour=blue"]
    assert context.check_hostname is True
    context.load_verify_locations(certificates.authority.certificate)
    connected = peers.connect(context, peers.server_context())
    connected.handshake()
    assert native.is_same(connected.client.tls.context, context) is True


def test_attributes_of_an_application(ssl, peers, native):
    """A context and an SSLObject take attributes of an application; BIOs and sessions do not.

    reference/datamodel.html#class-instances
    """
    pair = peers.established("TLSv1.2")
    for value in (pair.client.tls, pair.client.tls.context):
        native.set_attribute(value, "colour", "blue")
        assert native.attribute_text(value, "colour") == "blue"
        native.delete_attribute(value, "colour")
        with pytest.raises(AttributeError):
            native.attribute_text(value, "colour")
    for value in (ssl.MemoryBIO(), pair.client.tls.session):
        with pytest.raises(AttributeError):
            native.set_attribute(value, "colour", "blue")


def test_context_has_a_place_for_attributes(peers, native):
    """A context has a `__dict__`, for attributes of an application.

    reference/datamodel.html#object.__dict__
    """
    assert native.has(peers.client_context(), "__dict__") is True
