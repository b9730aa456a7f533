"""keylog_filename: a log of secrets, for debugging."""

import pytest

from conformance.peers import both_sides, both_versions


@both_sides
def test_handshake_goes_on_while_logging(peers, side):
    """A context with a keylog_filename connects like any other.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client = peers.client_context()
    server = peers.server_context()
    logging = client if side == "client" else server
    assert logging.keylog_filename is None
    logging.keylog_filename = "/dev/null"
    assert logging.keylog_filename == "/dev/null"
    peers.connect(client, server).handshake()
    logging.keylog_filename = None
    assert logging.keylog_filename is None
    peers.connect(client, server).handshake()


def test_name_may_be_text(peers, native):
    """A name of a log that is text, not a native string, is told as it was given.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = peers.client_context()
    context.keylog_filename = native.unicode("/dev/null")
    assert context.keylog_filename == "/dev/null"
    context.keylog_filename = None


def test_folder_that_does_not_exist_is_refused(peers):
    """A file that cannot be opened raises OSError and leaves no log.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = peers.client_context()
    context.keylog_filename = "/dev/null"
    with pytest.raises(OSError):
        context.keylog_filename = "/there/is/no/such/folder/keys.log"
    assert context.keylog_filename is None


def test_log_is_not_inherited(peers, native):
    """A child process does not have the log open, and a log that was ended is closed.

    library/os.html#fd-inheritance
    """
    context = peers.client_context()
    path = native.new_path("keys.log")
    context.keylog_filename = path
    assert native.descriptors_of(path) == ["closed"]
    context.keylog_filename = None
    assert native.descriptors_of(path) == []


@pytest.mark.parametrize("wrong", [1, 1.5], ids=["int", "float"])
def test_must_be_a_path(peers, wrong):
    """A value that is not a path raises TypeError.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.keylog_filename = wrong
    assert context.keylog_filename is None


def test_path_with_nul_is_refused(peers):
    """A path with a NUL in it raises ValueError.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    with pytest.raises(ValueError):
        peers.client_context().keylog_filename = "/dev/null\0"


def test_context_may_go_while_logging(peers, native):
    """A context that still has a keylog_filename is freed like any other.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = peers.client_context()
    context.keylog_filename = "/dev/null"
    reference = native.weak_reference(context)
    del context
    native.collect()
    assert reference() is None


@both_versions
@both_sides
def test_log_has_the_secrets_of_each_handshake(peers, native, side, version):
    """The log has a comment first, and then a line for each secret of each handshake.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client, server = peers.contexts(version)
    logging = client if side == "client" else server
    path = native.new_path("keys.log")
    logging.keylog_filename = path
    assert len(native.key_log(path)) == 1
    for _ in range(2):
        peers.connect(client, server).handshake()
    told = native.key_log(path)
    label = "CLIENT_RANDOM (64, 96)" if version == "TLSv1.2" else "EXPORTER_SECRET (64, 96)"
    assert told.count(label) == 2


def test_log_is_continued(peers, native):
    """Two contexts may log to one file: what is there is kept, and the comment is not repeated.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client = peers.client_context()
    server = peers.server_context()
    path = native.new_path("keys.log")
    client.keylog_filename = path
    peers.connect(client, server).handshake()
    first = native.key_log(path)
    server.keylog_filename = path
    assert native.key_log(path) == first
    peers.connect(client, server).handshake()
    assert len(native.key_log(path)) == len(first) * 3 - 2


def test_new_log_is_a_plain_file(peers, native):
    """A log that was not there may be read and written by its owner, and run by nobody.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    path = native.new_path("keys.log")
    peers.client_context().keylog_filename = path
    mode = native.module("os").stat(path).st_mode
    assert native.operate("and", mode, 0o700) == 0o600
    assert native.operate("and", mode, 0o7011) == 0


def test_log_that_is_replaced_gets_no_more(peers, native):
    """Setting another keylog_filename closes the previous log.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client = peers.client_context()
    server = peers.server_context()
    one, other = native.new_path("keys.log"), native.new_path("other.log")
    client.keylog_filename = one
    client.keylog_filename = other
    peers.connect(client, server).handshake()
    client.keylog_filename = None
    told = native.key_log(other)
    peers.connect(client, server).handshake()
    assert len(native.key_log(one)) == 1
    assert native.key_log(other) == told


def test_log_of_the_same_name_is_opened_anew(peers, native):
    """keylog_filename set to the name that it has begins a new file where the old one is gone.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client, server = peers.contexts()
    path = native.new_path("keys.log")
    client.keylog_filename = path
    peers.connect(client, server).handshake()
    first = native.key_log(path)
    native.module("os").remove(path)
    client.keylog_filename = path
    peers.connect(client, server).handshake()
    assert native.key_log(path) == first


def test_log_to_a_pipe(peers, native):
    """A log to a named pipe gets lines of secrets and no heading.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client, server = peers.contexts()
    path = native.new_path("keys.pipe")
    native.module("os").mkfifo(path)
    reader = native.open_pipe(path)
    client.keylog_filename = path
    peers.connect(client, server).handshake()
    client.keylog_filename = None
    assert native.first_label(reader) == "SERVER_HANDSHAKE_TRAFFIC_SECRET"


def test_path_goes_with_its_context(ssl, native):
    """What was given as keylog_filename is held by the context and by nothing else.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    path = native.new_path("keys.log")
    given = native.answering("fspath", lambda: path)
    referent = native.weak_reference(given)
    context.keylog_filename = given
    del given
    native.collect()
    assert (referent() is None) is False
    del context
    native.collect()
    assert referent() is None
    assert native.descriptors_of(path) == []


def test_context_that_refused_ciphers_closes_its_log(ssl, native):
    """A context is gone with its log also where set_ciphers() was refused.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    path = native.new_path("keys.log")
    context.keylog_filename = path
    with pytest.raises(ssl.SSLError):
        context.set_ciphers("none such")
    assert native.descriptors_of(path) == ["closed"]
    del context
    assert native.descriptors_of(path) == []


def test_log_on_a_full_disk(ssl, peers):
    """A server's handshake fails where its secrets cannot be written.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    server = peers.server_context()
    server.keylog_filename = "/dev/full"
    outcomes = peers.connect(peers.client_context(), server).handshake_outcomes()
    assert isinstance(outcomes.server, ssl.SSLError)
