"""Which values are paths, for every parameter and setting that wants one."""

from pathlib import Path

import pytest

from conformance.peers import attempt_any

DH_PARAMETERS = Path(__file__).parent.parent / "context" / "ffdhe2048.pem"

MEMBERS = {
    "load_cert_chain": ("load_cert_chain", ()),
    "load_cert_chain, key": ("load_cert_chain", ("chain",)),
    "load_verify_locations": ("load_verify_locations", ()),
    "load_verify_locations, folder": ("load_verify_locations", (None,)),
    "load_dh_params": ("load_dh_params", ()),
}
"""A method of a context, and what comes before the path."""

WRONG = {"number": 1, "float": 1.5, "list": [], "folder in a list": ["/"]}


LOADERS = [name for name in MEMBERS if "folder" not in name]
"""Those that read a file."""


def taker(peers, certificates, member):
    """A function that gives a member of a new context its path, and a file that it can load."""
    name, before = MEMBERS[member]
    files = {
        "load_cert_chain": certificates.localhost.combined,
        "load_cert_chain, key": certificates.localhost.key,
        "load_verify_locations": certificates.authority.certificate,
        "load_verify_locations, folder": certificates.capath,
        "load_dh_params": DH_PARAMETERS,
    }
    context = peers.server_context()
    before = [certificates.localhost.chain if value == "chain" else value for value in before]

    def take(path):
        getattr(context, name)(*before, path)

    return take, files[member]


def outcomes(call, values):
    """What a call makes of each value."""
    return {name: attempt_any(call, value) for name, value in values.items()}


@pytest.mark.parametrize("member", MEMBERS)
def test_value_is_a_path(peers, certificates, member):
    """A path is text or bytes; a NUL in it is a ValueError and all else a TypeError.

    library/os.html#os.fspath
    """
    name, before = MEMBERS[member]
    context = peers.server_context()
    before = [certificates.localhost.chain if value == "chain" else value for value in before]

    def call(path):
        getattr(context, name)(*before, path)

    missing = "value" if "folder" in member else "FileNotFoundError"
    paths: dict[str, object] = {"text": "no/such/file", "bytes": b"no/such/file"}
    if "folder" in member:  # which is not opened yet, so that no message names it
        paths |= {"beyond ASCII": "/n\xf6/such", "not UTF-8": b"/n\xff/such"}
    found = outcomes(call, paths)
    assert found == dict.fromkeys(found, missing)
    found = outcomes(call, {"NUL": "nul\0", "NUL in bytes": b"nul\0"})
    assert found == dict.fromkeys(found, "ValueError")
    found = outcomes(call, WRONG)
    assert found == dict.fromkeys(found, "TypeError")


@pytest.mark.parametrize("member", LOADERS)
def test_folder_is_no_file(peers, certificates, member):
    """A folder in the place of a file is an error, and so is no name at all.

    library/ssl.html#ssl.SSLContext
    """
    name, before = MEMBERS[member]
    context = peers.server_context()
    before = [certificates.localhost.chain if value == "chain" else value for value in before]
    for path in ("/", ""):
        assert attempt_any(getattr(context, name), *before, path) != "value"


def test_key_log_is_a_path(peers, certificates):
    """keylog_filename is text or bytes; a NUL in it is a ValueError, and a folder an OSError.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    context = peers.client_context()

    def call(path):
        context.keylog_filename = path

    found = outcomes(call, {"text": "/no/such/log", "bytes": b"/no/such/log", "relative": "no/log"})
    assert found == dict.fromkeys(found, "FileNotFoundError")
    assert outcomes(call, {"folder": certificates.capath}) == {"folder": "IsADirectoryError"}
    assert outcomes(call, {"NUL": "nul\0"}) == {"NUL": "ValueError"}
    found = outcomes(call, WRONG)
    assert found == dict.fromkeys(found, "TypeError")


@pytest.mark.parametrize("member", MEMBERS)
def test_object_may_have_a_path(peers, native, certificates, member):
    """An object whose class has `__fspath__` is a path: what that returns, be it text or bytes.

    library/os.html#os.PathLike
    """
    take, file = taker(peers, certificates, member)
    encoded, unicode = native.in_bytes(file), native.unicode(file)
    paths = {
        "text": native.answering("fspath", lambda: file),
        "2.7's unicode": native.answering("fspath", lambda: unicode),
        "bytes": native.answering("fspath", lambda: encoded),
        "old style": native.answering("fspath", lambda: file, old_style=True),
    }
    assert outcomes(take, paths) == dict.fromkeys(paths, "value")


@pytest.mark.parametrize("member", MEMBERS)
def test_object_that_has_no_path(peers, native, certificates, member):
    """`__fspath__` that returns another object is a TypeError, and what it raises passes through.

    An object that alone has `__fspath__`, and not its class, is no path.

    library/os.html#os.fspath
    """
    take, file = taker(peers, certificates, member)

    def refuse():
        raise KeyError("no path today")

    path = native.answering("fspath", lambda: file)
    own = native.answering("own_method", lambda: None)
    native.set_attribute(own, "__fspath__", lambda: file)
    wrong = {
        "number": native.answering("fspath", lambda: 1),
        "None": native.answering("fspath", lambda: None),
        "path": native.answering("fspath", lambda: path),
        "attribute": own,
    }
    assert outcomes(take, wrong) == dict.fromkeys(wrong, "TypeError")
    found = outcomes(take, {"NUL": native.answering("fspath", lambda: "nul\0")})
    assert found == {"NUL": "ValueError"}
    with pytest.raises(KeyError, match="no path today"):
        take(native.answering("fspath", refuse))


@pytest.mark.parametrize("member", MEMBERS)
def test_path_that_cannot_be_looked_up(peers, native, certificates, member):
    """Whatever it raises to look `__fspath__` up is a TypeError, and so is None in its place.

    library/os.html#os.fspath
    """
    take, _ = taker(peers, certificates, member)

    def refuse():
        raise KeyError("no path today")

    wrong = {
        "raises": native.answering("fspath", refuse, looked_up=True),
        "None": native.answering("fspath", lambda: None, looked_up=True),
    }
    assert outcomes(take, wrong) == dict.fromkeys(wrong, "TypeError")


def test_key_log_keeps_the_path(peers, native):
    """keylog_filename is the very object that was given, and the log is where that says.

    library/ssl.html#ssl.SSLContext.keylog_filename
    """
    client = peers.client_context()
    path = native.new_path("keys.log")
    given = native.answering("fspath", lambda: path)
    client.keylog_filename = given
    assert native.is_same(client.keylog_filename, given) is True
    peers.connect(client, peers.server_context()).handshake()
    assert native.key_log(path).count("EXPORTER_SECRET (64, 96)") == 1
    with pytest.raises(TypeError):
        client.keylog_filename = native.answering("fspath", lambda: 1)


def test_curve_may_be_a_path(peers, native):
    """set_ecdh_curve() takes its name as a path: also from an object that has `__fspath__`.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    context = peers.server_context()
    context.set_ecdh_curve(native.answering("fspath", lambda: "prime256v1"))
    with pytest.raises(ValueError):
        context.set_ecdh_curve(native.answering("fspath", lambda: "none such"))
    with pytest.raises(TypeError):
        context.set_ecdh_curve(native.answering("fspath", lambda: 1))


@pytest.mark.parametrize("member", MEMBERS)
def test_half_characters(peers, native, certificates, member):
    """A lone surrogate of a path stands for a byte that is no text, or is a UnicodeEncodeError.

    library/os.html#file-names-command-line-arguments-and-environment-variables
    """
    take, file = taker(peers, certificates, member)
    assert take(native.undecodable_copy(file)) is None
    for path in ("/n\ud800", "/n\udc7f", "/n\udc80\ud800/such", "/n\udfff\udc80"):
        with pytest.raises(UnicodeEncodeError):
            take(native.unicode(path))


@pytest.mark.parametrize("member", LOADERS)
def test_path_that_leads_nowhere(peers, native, certificates, member):
    """A file in a folder's place, a name too long and a circular link are OSErrors of the system.

    library/exceptions.html#OSError
    """
    take, file = taker(peers, certificates, member)
    found = {}
    paths = {"in a file": "/dev/null/such", "too long": "x" * 300}
    for name, path in {**paths, "circular": native.circular_link("link")}.items():
        with pytest.raises(OSError) as caught:
            take(path)
        found[name] = caught.value.errno
    expected = {"in a file": "ENOTDIR", "too long": "ENAMETOOLONG", "circular": "ELOOP"}
    assert found == {name: native.error_number(symbol) for name, symbol in expected.items()}
    take(file)


@pytest.mark.parametrize("member", LOADERS)
def test_named_pipe_is_read(peers, native, certificates, member):
    """What another thread writes into a named pipe is loaded from there.

    library/os.html#os.mkfifo
    """
    take, file = taker(peers, certificates, member)
    if member != "load_cert_chain":
        take(native.pipe_path("pipe", file))
        return
    identity = certificates.localhost
    pipe = native.pipe_path("pipe", identity.chain)
    peers.server_context().load_cert_chain(pipe, identity.key)
