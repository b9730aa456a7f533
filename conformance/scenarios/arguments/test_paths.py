"""Which values are paths, for every parameter and setting that wants one."""

import pytest

from conformance.peers import attempt_any

MEMBERS = {
    "load_cert_chain": ("load_cert_chain", ()),
    "load_cert_chain, key": ("load_cert_chain", ("chain",)),
    "load_verify_locations": ("load_verify_locations", ()),
    "load_verify_locations, folder": ("load_verify_locations", (None,)),
    "load_dh_params": ("load_dh_params", ()),
}
"""A method of a context, and what comes before the path."""

WRONG = {"number": 1, "float": 1.5, "list": [], "folder in a list": ["/"]}


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


@pytest.mark.parametrize("member", [name for name in MEMBERS if "folder" not in name])
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
