"""SSLContext.load_cert_chain(): files, keys that do not fit, and passwords."""

import pytest

from conformance.peers import attempt_any


def server(ssl):
    """A server context without any certificate."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


def serves(peers, context, identity):
    """Assert that the context shows the identity in a handshake."""
    client = peers.client_context()
    connected = peers.connect(client, context)
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == identity.der


def test_key_may_be_in_the_same_file(ssl, peers, certificates):
    """Without keyfile the key is taken from certfile.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    assert context.load_cert_chain(certificates.localhost.combined) is None
    serves(peers, context, certificates.localhost)


def test_key_may_be_in_its_own_file(ssl, peers, certificates):
    """With keyfile the key is taken from there, by position or keyword.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    context.load_cert_chain(
        certfile=certificates.localhost.chain, keyfile=certificates.localhost.key
    )
    serves(peers, context, certificates.localhost)


def test_later_identity_of_the_same_kind_replaces_the_earlier(ssl, peers, certificates):
    """The last loaded certificate of a kind of key is the one that is shown.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    context.load_cert_chain(certificates.other_host.combined)
    context.load_cert_chain(certificates.localhost.combined)
    serves(peers, context, certificates.localhost)


def test_later_identity_comes_without_the_chain_of_the_earlier(ssl, peers, certificates):
    """Certificates between the earlier one and its authority are not sent with the later one.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    context.load_cert_chain(certificates.through_intermediate.combined)
    context.load_cert_chain(certificates.localhost.combined)
    connected = peers.connect(peers.client_context(), context)
    connected.handshake()
    assert connected.client.tls.get_unverified_chain() == [certificates.localhost.der]


LABELS = {
    "CERTIFICATE": "value",
    "X509 CERTIFICATE": "value",
    "TRUSTED CERTIFICATE": "value",
    "CERTIFICATE REQUEST": "SSLError",
    "X509 CRL": "SSLError",
}
"""Labels of PEM, and what comes of a certificate under them."""


@pytest.mark.parametrize("label", LABELS)
def test_label_of_a_certificate(ssl, native, certificates, label):
    """A file has certificates under each label that OpenSSL has for them, and under no other.

    man:PEM_read_bio_X509(3)
    """
    context = server(ssl)
    own = native.relabelled("own.pem", certificates.localhost.certificate, label)
    outcome = attempt_any(context.load_cert_chain, own, certificates.localhost.key)
    assert outcome == LABELS[label]
    client = ssl.create_default_context()
    authority = native.relabelled("authority.pem", certificates.authority.certificate, label)
    assert attempt_any(client.load_verify_locations, authority) == LABELS[label]


def test_key_missing_from_the_certificate_s_file(ssl, certificates):
    """A certificate file without a key raises SSLError with the PEM library's reason.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    with pytest.raises(ssl.SSLError) as caught:
        server(ssl).load_cert_chain(certificates.localhost.chain)
    assert caught.value.library == "SSL"
    assert caught.value.reason is None


@pytest.mark.parametrize(
    "defect, library, reason",
    [
        ("mismatched_key", "X509", "KEY_VALUES_MISMATCH"),
        ("mismatched_key_type", "SSL", "NO_CERTIFICATE_ASSIGNED"),
    ],
    ids=["same kind", "other kind"],
)
def test_key_of_another_certificate_is_refused(ssl, certificates, defect, library, reason):
    """A key that does not belong to the certificate raises SSLError with a specific reason.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = getattr(certificates, defect)
    with pytest.raises(ssl.SSLError) as caught:
        server(ssl).load_cert_chain(identity.chain, identity.key)
    assert caught.value.reason == reason
    assert caught.value.library == library


def test_context_is_usable_after_a_refused_key(ssl, peers, certificates):
    """A context that refused a key can still load an identity that fits, and serve.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    refused = certificates.mismatched_key
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(refused.chain, refused.key)
    context.load_cert_chain(certificates.localhost.combined)
    serves(peers, context, certificates.localhost)


def test_key_is_compared_with_an_earlier_certificate_of_its_kind(ssl, peers, certificates):
    """A key of another kind than its certificate belongs to the earlier certificate of its kind.

    Where it fits that, nothing is raised, and the certificate that came with it has no key.

    man:SSL_CTX_use_PrivateKey(3)
    """
    context = server(ssl)
    other_kind = certificates.localhost_rsa.chain
    with pytest.raises(ssl.SSLError) as caught:
        context.load_cert_chain(other_kind, certificates.localhost.key)
    assert caught.value.reason == "NO_CERTIFICATE_ASSIGNED"
    context.load_cert_chain(certificates.localhost.chain, certificates.localhost.key)
    assert context.load_cert_chain(other_kind, certificates.localhost.key) is None
    serves(peers, context, certificates.localhost)
    with pytest.raises(ssl.SSLError) as caught:
        context.load_cert_chain(other_kind, certificates.several_names.key)
    assert caught.value.reason == "KEY_VALUES_MISMATCH"


def test_refused_key_takes_the_identity_that_was_there(ssl, peers, certificates):
    """A context that refused a key has lost the identity that it had before.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    context.load_cert_chain(certificates.localhost.combined)
    refused = certificates.mismatched_key
    with pytest.raises(ssl.SSLError):
        context.load_cert_chain(refused.chain, refused.key)
    connected = peers.connect(peers.client_context(), context)
    assert connected.client.step() is False
    connected.transfer()
    with pytest.raises(ssl.SSLError) as caught:
        connected.server.tls.do_handshake()
    assert caught.value.reason == "NO_SHARED_CIPHER"


@pytest.mark.parametrize("missing", ["certfile", "keyfile"])
def test_missing_file_is_not_found(ssl, certificates, missing):
    """A file that does not exist raises FileNotFoundError, not SSLError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    files = {"certfile": certificates.localhost.chain, "keyfile": certificates.localhost.key}
    files[missing] = "/nonexistent/file.pem"
    with pytest.raises(FileNotFoundError) as caught:
        server(ssl).load_cert_chain(**files)
    assert caught.value.errno == 2


@pytest.mark.parametrize("file", ["garbage", "empty", "broken"])
def test_file_without_a_certificate_is_refused(ssl, certificates, file):
    """A file that holds no certificate raises SSLError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(getattr(certificates, file), certificates.localhost.key)


@pytest.mark.parametrize("file", ["garbage", "empty"])
def test_file_without_a_key_is_refused(ssl, certificates, file):
    """A key file that holds no key raises SSLError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(certificates.localhost.chain, getattr(certificates, file))


@pytest.mark.parametrize("arguments", [(None,), (1,), ([],)], ids=["None", "int", "list"])
def test_certificate_file_must_be_a_path(ssl, arguments):
    """A certfile that is not a path raises TypeError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    with pytest.raises(TypeError):
        server(ssl).load_cert_chain(*arguments)


def test_key_file_must_be_a_path(ssl, certificates):
    """A keyfile that is not a path raises TypeError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    with pytest.raises(TypeError):
        server(ssl).load_cert_chain(certificates.localhost.chain, 1)


@pytest.mark.parametrize("kind", ["str", "bytes", "bytearray"])
def test_password_may_be_text_or_bytes(ssl, peers, certificates, kind):
    """The password of an encrypted key may be str, bytes or bytearray.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    encoded = certificates.password.encode("ascii")
    password = {"str": certificates.password, "bytes": encoded, "bytearray": bytearray(encoded)}
    context = server(ssl)
    context.load_cert_chain(identity.chain, identity.key, password[kind])
    serves(peers, context, identity)


@pytest.mark.parametrize("kind", ["str", "bytes", "bytearray"])
def test_password_may_come_from_a_function(ssl, peers, certificates, kind):
    """A password function is called without arguments, once, and returns text or bytes.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    encoded = certificates.password.encode("ascii")
    password = {"str": certificates.password, "bytes": encoded, "bytearray": bytearray(encoded)}
    calls = []

    def ask(*arguments):
        calls.append(arguments)
        return password[kind]

    context = server(ssl)
    context.load_cert_chain(identity.chain, identity.key, password=ask)
    assert calls == [()]
    serves(peers, context, identity)


def test_password_function_is_not_called_for_a_plain_key(ssl, certificates):
    """A password, or a function for one, is not used for a key that is not encrypted.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    calls = []

    def ask():
        calls.append("called")
        return "unused"

    context = server(ssl)
    context.load_cert_chain(certificates.localhost.combined, password=ask)
    context.load_cert_chain(certificates.localhost.combined, password="unused")
    assert calls == []


@pytest.mark.parametrize("password", ["wrong", "", b"wrong"], ids=["str", "empty", "bytes"])
def test_wrong_password_is_an_ssl_error(ssl, certificates, password):
    """A wrong password raises SSLError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(identity.chain, identity.key, password)


def test_half_a_character_is_no_password(ssl, native, certificates):
    """A password with a lone surrogate is a UnicodeEncodeError, also one that a function returns.

    library/exceptions.html#UnicodeEncodeError
    """
    identity = certificates.encrypted_key
    half = native.unicode("\ud800")
    with pytest.raises(UnicodeEncodeError):
        server(ssl).load_cert_chain(identity.chain, identity.key, half)
    with pytest.raises(UnicodeEncodeError):
        server(ssl).load_cert_chain(identity.chain, identity.key, lambda: half)


@pytest.mark.parametrize("length", [1025, 102400])
def test_too_long_password_is_refused(ssl, certificates, length):
    """A password longer than 1024 bytes raises ValueError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(ValueError, match="cannot be longer than"):
        server(ssl).load_cert_chain(identity.chain, identity.key, "a" * length)
    with pytest.raises(ValueError, match="cannot be longer than"):
        server(ssl).load_cert_chain(identity.chain, identity.key, lambda: b"a" * length)


def test_longest_password_is_tried(ssl, certificates):
    """A password of 1024 bytes is as good as any: the wrong one raises SSLError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(identity.chain, identity.key, "a" * 1024)
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(identity.chain, identity.key, lambda: b"a" * 1024)


@pytest.mark.parametrize("kind", ["text", "bytes", "function"])
@pytest.mark.parametrize("after", ["\0 and more", "\n", " "], ids=ascii)
def test_password_counts_to_its_end(ssl, certificates, kind, after):
    """A password with a NUL and more, a line's end or a space after it is another one.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    text = certificates.password + after
    password = {"text": text, "bytes": text.encode("ascii"), "function": lambda: text}[kind]
    with pytest.raises(ssl.SSLError):
        server(ssl).load_cert_chain(identity.chain, identity.key, password)


@pytest.mark.parametrize("password", [9, ["correct horse"], 1.5], ids=["int", "list", "float"])
def test_password_of_a_wrong_type_is_refused(ssl, certificates, password):
    """A password that is neither text, bytes nor callable raises TypeError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(TypeError, match="should be a string or callable"):
        server(ssl).load_cert_chain(identity.chain, identity.key, password)


@pytest.mark.parametrize("answer", [9, None, ["x"]], ids=["int", "None", "list"])
def test_password_function_must_return_text(ssl, certificates, answer):
    """A password function that returns neither text nor bytes makes load_cert_chain() a TypeError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(TypeError, match="must return a string"):
        server(ssl).load_cert_chain(identity.chain, identity.key, lambda: answer)


@pytest.mark.parametrize("answer", [None, "a" * 1025], ids=["None", "long"])
def test_error_of_a_password_that_a_function_returned(ssl, native, certificates, answer):
    """A function's answer is a TypeError where it is no text, a ValueError of more than 1024 bytes.

    In Python 3.6 and 3.7 both were a SystemError.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    with pytest.raises(TypeError if answer is None else ValueError):
        server(ssl).load_cert_chain(identity.chain, identity.key, native.returning(answer))


def test_exception_of_the_password_function_passes_through(ssl, certificates):
    """An exception of a password function passes through load_cert_chain().

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key

    def refuse():
        raise RuntimeError("no password today")

    with pytest.raises(RuntimeError, match="no password today"):
        server(ssl).load_cert_chain(identity.chain, identity.key, refuse)


def test_context_is_usable_after_a_failed_password_function(ssl, peers, certificates):
    """After a password function failed the same context loads the key with the right password.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    identity = certificates.encrypted_key
    context = server(ssl)

    def refuse():
        raise RuntimeError("no password today")

    with pytest.raises(RuntimeError):
        context.load_cert_chain(identity.chain, identity.key, refuse)
    context.load_cert_chain(identity.chain, identity.key, lambda: certificates.password)
    serves(peers, context, identity)


def test_encrypted_key_in_the_certificate_s_file(ssl, peers, certificates):
    """An encrypted key next to its certificate in one file is decrypted too.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    context = server(ssl)
    context.load_cert_chain(certificates.encrypted_key.combined, password=certificates.password)
    serves(peers, context, certificates.encrypted_key)
