"""How environment variables affect default contexts."""

import pytest

DEFAULT = pytest.mark.parametrize(
    "function", ["create_default_context", "_create_unverified_context"]
)


@DEFAULT
def test_secrets_are_logged_where_the_environment_says(ssl, native, function):
    """Default contexts log secrets to the file that SSLKEYLOGFILE names, and others do not.

    library/ssl.html#ssl.create_default_context
    """
    path = native.new_path("keys.log")
    native.heed_environment()
    native.set_environment("SSLKEYLOGFILE", path)
    assert getattr(ssl, function)().keylog_filename == path
    assert ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename is None


@DEFAULT
@pytest.mark.parametrize("purpose", ["SERVER_AUTH", "CLIENT_AUTH"])
def test_every_purpose_logs(ssl, native, function, purpose):
    """Default contexts of either purpose use SSLKEYLOGFILE.

    library/ssl.html#ssl.create_default_context
    """
    path = native.new_path("keys.log")
    native.heed_environment()
    native.set_environment("SSLKEYLOGFILE", path)
    if function == "create_default_context":
        context = ssl.create_default_context(getattr(ssl.Purpose, purpose))
    else:
        context = ssl._create_unverified_context(purpose=getattr(ssl.Purpose, purpose))
    assert context.keylog_filename == path


@DEFAULT
def test_nothing_is_logged_where_the_environment_does_not_count(ssl, native, function):
    """An interpreter that was started with -E ignores SSLKEYLOGFILE.

    library/sys.html#sys.flags
    """
    native.set_environment("SSLKEYLOGFILE", native.new_path("keys.log"))
    assert getattr(ssl, function)().keylog_filename is None


@DEFAULT
def test_empty_name_logs_nothing(ssl, native, function):
    """An empty SSLKEYLOGFILE is ignored.

    library/ssl.html#ssl.create_default_context
    """
    native.heed_environment()
    native.set_environment("SSLKEYLOGFILE", "")
    assert getattr(ssl, function)().keylog_filename is None


@DEFAULT
def test_name_that_cannot_be_opened(ssl, native, function):
    """An SSLKEYLOGFILE that cannot be opened is an OSError of the function.

    library/ssl.html#ssl.create_default_context
    """
    native.heed_environment()
    native.set_environment("SSLKEYLOGFILE", "/nonexistent/folder/keys.log")
    with pytest.raises(OSError) as caught:
        getattr(ssl, function)()
    assert caught.value.errno == native.error_number("ENOENT")


@pytest.mark.parametrize("keyword", ["cafile", "capath", "cadata"])
@pytest.mark.parametrize("function", ["create_default_context", "_create_unverified_context"])
def test_empty_authorities_are_none(ssl, native, certificates, function, keyword):
    """An empty cafile, capath or cadata counts as none: the platform's authorities are loaded.

    library/ssl.html#ssl.create_default_context
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    verified = {} if function == "create_default_context" else {"cert_reqs": ssl.CERT_REQUIRED}
    context = getattr(ssl, function)(**{keyword: ""}, **verified)
    assert certificates.authority.der in context.get_ca_certs(True)


def test_contexts_that_verify_nobody_load_no_authorities(ssl, native, certificates):
    """Only default contexts that verify load what SSL_CERT_FILE names.

    library/ssl.html#ssl.create_default_context
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    assert server.cert_store_stats()["x509"] == 0
    assert ssl._create_unverified_context().cert_store_stats()["x509"] == 0
    assert ssl.create_default_context().cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("mode", ["CERT_OPTIONAL", "CERT_REQUIRED"])
def test_contexts_that_are_to_verify_load_authorities(ssl, native, certificates, mode):
    """_create_unverified_context() that is told to verify loads what SSL_CERT_FILE names.

    library/ssl.html#ssl.create_default_context
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    context = ssl._create_unverified_context(cert_reqs=getattr(ssl, mode))
    assert context.cert_store_stats()["x509"] == 1
    assert context.verify_mode == getattr(ssl, mode)


@pytest.mark.parametrize("purpose", ["SERVER_AUTH", "CLIENT_AUTH"])
def test_purpose_of_the_standard_library(ssl, native, certificates, purpose):
    """Purposes of the ssl of the standard library are those of whatever takes its place.

    library/ssl.html#ssl.Purpose
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    member = native.module("operator").attrgetter(purpose)
    standard = native.kept(member, native.standard("Purpose"))
    context = ssl.create_default_context(standard)
    assert context.verify_mode == (2 if purpose == "SERVER_AUTH" else 0)
    context.load_default_certs(standard)
    assert context.cert_store_stats()["x509"] == 1
    made = ssl._create_unverified_context(purpose=standard)
    assert made.verify_mode == 0


@pytest.mark.parametrize("purpose", ["SERVER_AUTH", "CLIENT_AUTH"])
def test_default_authorities_are_for_both_purposes(ssl, native, certificates, purpose):
    """load_default_certs() loads what SSL_CERT_FILE names for servers as for clients.

    library/ssl.html#ssl.SSLContext.load_default_certs
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_default_certs(getattr(ssl.Purpose, purpose))
    assert context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("heeded", [True, False])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_are_found_where_the_environment_says(
    ssl, peers, native, certificates, variable, heeded
):
    """Default contexts trust what SSL_CERT_FILE and SSL_CERT_DIR name, started with -E or not.

    man:SSL_CTX_set_default_verify_paths(3)
    """
    path = certificates.capath
    if variable == "SSL_CERT_FILE":
        path = certificates.authority.certificate
    if heeded:
        native.heed_environment()
    native.set_environment(variable, path)
    client = ssl.create_default_context()
    connected = peers.connect(client, peers.server_context())
    connected.handshake()
    assert connected.client.tls.version() == "TLSv1.3"
    assert len(client.get_ca_certs()) >= 1


def test_default_paths_are_those_of_the_environment(ssl, native, certificates):
    """get_default_verify_paths() has the paths of SSL_CERT_FILE and SSL_CERT_DIR where they exist.

    library/ssl.html#ssl.get_default_verify_paths
    """
    native.set_environment("SSL_CERT_FILE", certificates.authority.certificate)
    native.set_environment("SSL_CERT_DIR", certificates.capath)
    paths = ssl.get_default_verify_paths()
    assert paths.cafile is not None
    assert paths.capath is not None
    assert paths.openssl_cafile_env == "SSL_CERT_FILE"
    assert paths.openssl_capath_env == "SSL_CERT_DIR"


def test_default_paths_that_do_not_exist(ssl, native):
    """get_default_verify_paths() has None for an SSL_CERT_FILE or _DIR that does not exist.

    library/ssl.html#ssl.get_default_verify_paths
    """
    native.set_environment("SSL_CERT_FILE", "/nonexistent/file")
    native.set_environment("SSL_CERT_DIR", "/nonexistent/folder")
    paths = ssl.get_default_verify_paths()
    assert paths.cafile is None
    assert paths.capath is None
