"""Callbacks that refer to the context that has them: the garbage collector finds the cycle."""

import pytest

from conformance.peers import both_sides


@pytest.mark.parametrize("name", ["sni_callback", "_msg_callback"])
def test_callback_that_refers_to_its_context_is_collected(peers, native, name):
    """A context whose callback refers back to it is freed by the garbage collector.

    library/gc.html#gc.collect
    """
    context = peers.server_context()
    setattr(context, name, native.repeated(1, context.cert_store_stats))
    gone = native.weak_reference(context)
    del context
    native.collect()
    assert gone() is None


def test_path_that_refers_to_its_context(peers, native, about):
    """Since Python 3.14.4 a context is freed by the collector when its key log's path refers to it.

    It was kept for ever before (gh-142516), unless a distributor had mended that: there the path
    is taken away first.

    library/gc.html#gc.collect
    """
    context = peers.client_context()
    named = native.answering("fspath", native.returning(native.new_path("keys")))
    native.set_attribute(named, "context", context)
    context.keylog_filename = named
    gone = native.weak_reference(context)
    if about.python < (3, 14, 4):
        context.keylog_filename = None
    del context, named
    native.collect()
    assert gone() is None


@pytest.mark.parametrize("of", ["its own", "before a switch", "after a switch"])
def test_callback_that_refers_to_a_session_is_collected(peers, native, of):
    """A context is freed by the garbage collector when its callback refers to a session of it.

    library/gc.html#gc.collect
    """
    server = peers.server_context()
    other = peers.server_context()
    pair = peers.connect(peers.client_context(), server)
    pair.handshake()
    if of != "its own":
        pair.server.tls.context = other
    context = other if of == "after a switch" else server
    context.sni_callback = native.repeated(1, native.probe("type_name"), pair.server.tls.session)
    gone = native.weak_reference(context)
    del context, server, other, pair
    native.collect()
    assert gone() is None


@both_sides
def test_key_callback_that_refers_to_its_context(peers, native, about, side):
    """Since Python 3.14.4 a context whose PSK callback refers back to it is freed by the collector.

    It was kept for ever before (gh-142516), unless a distributor had mended that: there the
    callback is taken away first.

    library/ssl.html#ssl.SSLContext.set_psk_client_callback
    """
    context = getattr(peers, f"{side}_context")()
    answer = native.repeated(1, context.cert_store_stats)
    getattr(context, f"set_psk_{side}_callback")(answer)
    gone = native.weak_reference(context)
    if about.python < (3, 14, 4):
        getattr(context, f"set_psk_{side}_callback")(None)
    del context, answer
    native.collect()
    assert gone() is None
