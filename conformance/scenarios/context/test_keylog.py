"""keylog_filename: a log of secrets for who debugs."""

import pytest

from conformance.peers import client_context, connect, server_context


@pytest.mark.parametrize("side", ["client", "server"])
def test_handshake_goes_on_while_logging(ssl, certificates, side):
    """A context with a keylog_filename connects like another.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client = client_context(ssl, certificates)
    server = server_context(ssl, certificates.localhost)
    logging = client if side == "client" else server
    assert logging.keylog_filename is None
    logging.keylog_filename = "/dev/null"
    assert logging.keylog_filename == "/dev/null"
    connect(ssl, client, server).handshake()
    logging.keylog_filename = None
    assert logging.keylog_filename is None
    connect(ssl, client, server).handshake()


def test_folder_that_does_not_exist_is_refused(ssl, certificates):
    """A file that cannot be opened raises OSError and leaves no log.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = client_context(ssl, certificates)
    context.keylog_filename = "/dev/null"
    with pytest.raises(OSError):
        context.keylog_filename = "/there/is/no/such/folder/keys.log"
    assert context.keylog_filename is None


@pytest.mark.parametrize("wrong", [1, 1.5], ids=["int", "float"])
def test_must_be_a_path(ssl, certificates, wrong):
    """What is no path raises TypeError.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = client_context(ssl, certificates)
    with pytest.raises(TypeError):
        context.keylog_filename = wrong
    assert context.keylog_filename is None


def test_path_with_nul_is_refused(ssl, certificates):
    """A path with a NUL in it raises ValueError.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    with pytest.raises(ValueError):
        client_context(ssl, certificates).keylog_filename = "/dev/null\0"


def test_context_may_go_while_logging(ssl, certificates, native):
    """A context that still has a keylog_filename is let go like another.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = client_context(ssl, certificates)
    context.keylog_filename = "/dev/null"
    reference = native.weak_reference(context)
    del context
    native.collect()
    assert reference() is None
