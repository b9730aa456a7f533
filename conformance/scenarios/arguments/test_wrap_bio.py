"""The arguments of SSLContext.wrap_bio()."""

import pytest


def test_wants_two_bios(ssl, peers):
    """wrap_bio() without an incoming and an outgoing BIO is a TypeError.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.wrap_bio()
    with pytest.raises(TypeError):
        context.wrap_bio(ssl.MemoryBIO())
    with pytest.raises(TypeError):
        context.wrap_bio(ssl.MemoryBIO(), server_hostname="localhost")


@pytest.mark.parametrize("wrong", [None, b"", 3, "x"], ids=["None", "bytes", "int", "str"])
@pytest.mark.parametrize("place", ["incoming", "outgoing"])
def test_takes_only_memory_bios(ssl, peers, place, wrong):
    """Both BIOs must be MemoryBIOs; anything else in either place is a TypeError.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    bios = {"incoming": ssl.MemoryBIO(), "outgoing": ssl.MemoryBIO()}
    bios[place] = wrong
    with pytest.raises(TypeError):
        context.wrap_bio(bios["incoming"], bios["outgoing"], server_hostname="localhost")


def test_takes_everything_by_position(ssl, peers):
    """The order is incoming, outgoing, server_side, server_hostname, session; a sixth is too many.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    wrapped = context.wrap_bio(incoming, outgoing, False, "localhost", None)
    assert wrapped.server_side is False
    assert wrapped.server_hostname == "localhost"
    with pytest.raises(TypeError):
        context.wrap_bio(incoming, outgoing, False, "localhost", None, True)


def test_takes_everything_by_keyword(ssl, peers):
    """The parameters are named incoming, outgoing, server_side, server_hostname and session.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    wrapped = context.wrap_bio(
        outgoing=ssl.MemoryBIO(),
        incoming=ssl.MemoryBIO(),
        server_side=False,
        server_hostname="localhost",
        session=None,
    )
    assert wrapped.server_hostname == "localhost"


@pytest.mark.parametrize(
    "name", ["do_handshake_on_connect", "suppress_ragged_eofs", "owner", "sock"]
)
def test_refuses_the_keywords_of_wrap_socket(ssl, peers, name):
    """Keywords that only wrap_socket() has are a TypeError.

    library/ssl.html#ssl.SSLObject
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost", **{name: None}
        )


def test_the_first_bio_is_read_and_the_second_written(ssl, peers):
    """A client's hello appears in the second BIO, and the first is what it waits for.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    first, second = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(first, second, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    assert first.pending == 0
    assert second.pending > 0


def test_wrapping_writes_nothing(ssl, peers):
    """wrap_bio() itself puts nothing into a BIO and takes nothing out.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(b"waiting")
    context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    assert incoming.pending == 7
    assert outgoing.pending == 0


@pytest.mark.parametrize("hostname", ["", b""], ids=["str", "bytes"])
def test_refuses_an_empty_hostname(ssl, peers, hostname):
    """An empty server_hostname is a ValueError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = peers.client_context()
    with pytest.raises(ValueError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=hostname)


@pytest.mark.parametrize(
    "hostname",
    [
        ".",
        ".localhost",
        "local..host",
        "a" * 64 + ".example",
        "a" * 64 + ".",
        "local\u3002\u3002host",
        "local\uff0e" + "a" * 64 + "\uff61example",
        "a" * 64 + "\u3002example",
    ],
    ids=ascii,
)
def test_refuses_a_hostname_with_a_bad_label(ssl, peers, hostname):
    """A leading dot, an empty label or one of more than 63 characters is a ValueError.

    library/ssl.html#ssl.SSLContext.wrap_socket
    """
    context = peers.client_context()
    with pytest.raises(ValueError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=hostname)


@pytest.mark.parametrize(
    "hostname", [3, 1.5, True, ["localhost"]], ids=["3", "1.5", "True", "list"]
)
def test_refuses_a_hostname_that_is_no_string(ssl, peers, hostname):
    """A server_hostname without a decode method is an AttributeError.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(AttributeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=hostname)


def test_refuses_a_hostname_with_a_null(ssl, peers):
    """A NUL in server_hostname is a TypeError: it could hide the name that is checked.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost\0.example")


def test_takes_a_hostname_in_bytes(ssl, peers):
    """A server_hostname in ASCII bytes or a bytearray is reported as text.

    library/ssl.html#ssl.SSLObject.server_hostname
    """
    context = peers.client_context()
    one = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=b"localhost")
    other = context.wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=bytearray(b"localhost")
    )
    assert one.server_hostname == "localhost"
    assert other.server_hostname == "localhost"


@pytest.mark.parametrize("hostname", [None, "localhost"], ids=["without", "with"])
def test_checks_the_hostname_only_later(ssl, peers, about, hostname):
    """wrap_bio() does not raise for a missing hostname, although the context will check it.

    Since Python 3.14.8 at the latest it raises ValueError, as wrap_socket() does: the documentation
    of wrap_bio() promises that the arguments have the same meaning.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    context = peers.client_context()
    assert context.check_hostname is True
    if hostname is None and about.python >= (3, 14, 8):
        with pytest.raises(ValueError):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
        return
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=hostname)
    assert client.server_hostname == hostname


def test_missing_hostname_and_the_wrong_side(ssl, peers, about):
    """wrap_bio() with server_side makes no server of a client's context, nor asks it for a name.

    Since Python 3.14.8 at the latest a name is missed first.

    library/ssl.html#ssl.PROTOCOL_TLS_CLIENT
    """
    context = peers.client_context()
    assert context.check_hostname is True
    refusal = ValueError if about.python >= (3, 14, 8) else ssl.SSLError
    with pytest.raises(refusal):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)


@pytest.mark.parametrize("side", [None, 0, [], ""], ids=["None", "0", "list", "str"])
def test_takes_any_false_value_for_a_client(ssl, peers, side):
    """A false server_side is accepted and reported as False.

    library/ssl.html#ssl.SSLObject.server_side
    """
    context = peers.client_context()
    client = context.wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=side, server_hostname="localhost"
    )
    assert client.server_side is False


@pytest.mark.parametrize("side", [1, 2, "yes", [0]], ids=["1", "2", "str", "list"])
def test_takes_any_true_value_for_a_server(ssl, peers, side):
    """A true server_side is accepted and reported as True.

    library/ssl.html#ssl.SSLObject.server_side
    """
    context = peers.server_context()
    server = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=side)
    assert server.server_side is True


@pytest.mark.parametrize("session", [3, "x", b"", True], ids=["3", "str", "bytes", "True"])
def test_refuses_what_is_no_session(ssl, peers, session):
    """A session that is not an SSLSession is a TypeError.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    context = peers.client_context()
    with pytest.raises(TypeError):
        context.wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost", session=session
        )
