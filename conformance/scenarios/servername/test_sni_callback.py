"""sni_callback and set_servername_callback() with connections over BIOs."""

import pytest

from conformance.peers import both_versions, deliver


def observed(peers, callback, server_hostname="localhost", check=True):
    """A pair whose server context has the callback."""
    client = peers.client_context()
    if not check:
        client.check_hostname = False
    server = peers.server_context()
    server.sni_callback = callback
    return peers.connect(client, server, server_hostname=server_hostname)


def noting():
    """A callback that lets the handshake go on, and the list of the names it was called with."""
    names = []

    def note(called_for, name, context):
        names.append(name)

    return note, names


def test_is_called_with_object_name_and_context(peers, native):
    """The callback gets the server's SSLObject, the name as text, and the context.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []

    def note(*arguments):
        calls.append(arguments)

    connected = observed(peers, note)
    connected.handshake()
    called_for, name, context = calls.pop()
    assert calls == []
    assert native.is_same(called_for, connected.server.tls)
    assert name == "localhost"
    assert native.type_name(name) == "str"
    assert native.is_same(context, connected.server.tls.context)


@both_versions
def test_is_called_once_per_handshake(peers, native, version):
    """The callback is called exactly once, while the server reads the hello.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, names = noting()
    fresh = observed(peers, note)
    native.limit_versions(fresh.server.tls.context, minimum=version, maximum=version)
    fresh.client.step()
    assert names == []
    deliver(fresh.client, fresh.server)
    fresh.server.step()
    assert names == ["localhost"]
    fresh.handshake()
    assert names == ["localhost"]


@pytest.mark.parametrize("server_hostname", [None, "127.0.0.1", "::1"], ids=str)
def test_name_is_none_when_the_client_sent_none(peers, server_hostname):
    """The name is None for a client without server_hostname, or with an IP address as one.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, names = noting()
    connected = observed(peers, note, server_hostname, check=False)
    connected.handshake()
    assert names == [None]


@pytest.mark.parametrize("server_hostname", [None, "127.0.0.1"], ids=str)
def test_old_method_s_name_is_none_when_the_client_sent_none(peers, server_hostname):
    """The callback of set_servername_callback() gets None for a client that sends no name.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    note, names = noting()
    client, server = peers.contexts()
    client.check_hostname = False
    server.set_servername_callback(note)
    peers.connect(client, server, server_hostname=server_hostname).handshake()
    assert names == [None]


@pytest.mark.parametrize(
    "server_hostname, sent",
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("UPPER.example", "UPPER.example"),
        ("dotted.example.", "dotted.example."),
    ],
    ids=["international", "encoded", "upper case", "trailing dot"],
)
def test_name_is_as_it_was_sent(peers, server_hostname, sent):
    """The name is what went over the wire: encoded, neither lower-cased nor stripped of its dot.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, names = noting()
    connected = observed(peers, note, server_hostname, check=False)
    connected.handshake()
    assert names == [sent]


def test_may_switch_the_context(peers, native, certificates):
    """A callback that assigns another context to the object makes it show that one's identity.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    other = peers.server_context("other_host")
    replacements = [other]

    def switch(called_for, name, context):
        called_for.context = replacements.pop()

    connected = observed(peers, switch, "other.example")
    connected.handshake()
    assert connected.client.tls.getpeercert(True) == certificates.other_host.der
    assert native.is_same(connected.server.tls.context, other)


@pytest.mark.parametrize("way", ["sni_callback", "set_servername_callback"])
def test_many_switch_to_one_context(peers, native, certificates, way):
    """However many connections were switched to a context, the next one is, and it serves alone.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = peers.client_context(), peers.server_context()
    other = peers.server_context("other_host")

    def switch(called_for, name, context):
        called_for.context = other

    if way == "sni_callback":
        server.sni_callback = switch
    else:
        server.set_servername_callback(switch)
    talk = native.handshake_and_echo(client, server, "other.example")
    assert str(native.repeated(20, talk)()).startswith("TLSv1.3")
    alone = peers.connect(client, other, server_hostname="other.example")
    alone.handshake()
    assert alone.client.tls.getpeercert(True) == certificates.other_host.der


def test_switched_context_decides_about_client_certificates(ssl, peers, certificates):
    """Whether a client certificate is requested is decided by the context of wrap_bio().

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    other = peers.server_context(authority=certificates.authority.certificate)
    other.verify_mode = ssl.CERT_REQUIRED
    replacements = [other]

    def switch(called_for, name, context):
        called_for.context = replacements.pop()

    connected = observed(peers, switch)
    connected.handshake()
    assert connected.server.tls.getpeercert(True) is None


def test_switched_context_decides_about_protocols(peers):
    """The protocol is chosen from those of the context that the callback assigned.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    other = peers.server_context()
    other.set_alpn_protocols(["new", "both"])
    replacements = [other]

    def switch(called_for, name, context):
        called_for.context = replacements.pop()

    client, server = peers.client_context(), peers.server_context()
    client.set_alpn_protocols(["both", "old", "new"])
    server.set_alpn_protocols(["old", "both"])
    server.sni_callback = switch
    connected = peers.connect(client, server)
    connected.handshake()
    assert connected.client.tls.selected_alpn_protocol() == "new"
    assert connected.server.tls.selected_alpn_protocol() == "new"


@pytest.mark.parametrize(
    "alert, reason",
    [
        (49, "TLSV1_ALERT_ACCESS_DENIED"),
        (80, "TLSV1_ALERT_INTERNAL_ERROR"),
        (112, "TLSV1_UNRECOGNIZED_NAME"),
    ],
    ids=["access denied", "internal error", "unrecognized name"],
)
def test_returned_number_is_the_alert_sent(peers, alert, reason):
    """An alert that the callback returns ends the handshake, and the client gets it.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def refuse(called_for, name, context):
        return alert

    refused = observed(peers, refuse)
    outcomes = refused.handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"
    assert outcomes.client.reason == reason


@pytest.mark.parametrize("answer", [0, False, True, -1, 256, 1 << 40, 1 << 80], ids=str)
def test_returned_number_that_is_no_alert_of_errors(peers, answer):
    """A number ends the handshake whatever it is, also 0, False and what is no alert at all.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def refuse(called_for, name, context):
        return answer

    outcomes = observed(peers, refuse).handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"


def test_exception_ends_the_handshake_with_an_alert(peers):
    """An exception in the callback is not raised but sent as a handshake failure alert.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def fail(called_for, name, context):
        raise RuntimeError("not today")

    outcomes = observed(peers, fail).handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_exception_is_reported(peers, native):
    """What the callback raises, which do_handshake() does not, goes to sys.unraisablehook.

    library/sys.html#sys.unraisablehook
    """
    connected = observed(peers, native.raising_callback())
    connected.client.step()
    deliver(connected.client, connected.server)
    assert native.reported(connected.server.tls.do_handshake) == ["KeyError"]


@pytest.mark.parametrize("answer", ["text", 1.5, [1]], ids=["str", "float", "list"])
def test_answer_that_is_no_number_ends_the_handshake(peers, answer):
    """A callback that returns neither None nor an integer ends the handshake with an alert.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def confuse(called_for, name, context):
        return answer

    outcomes = observed(peers, confuse).handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"
    assert outcomes.client.reason == "TLSV1_ALERT_INTERNAL_ERROR"


def test_fraction_is_no_alert(peers, native):
    """A fraction that set_servername_callback()'s callback returns is no alert, but a TypeError.

    Until Python 3.9 it was cut to a whole number.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    client, server = peers.contexts()
    server.set_servername_callback(native.returning(112.5))
    connected = peers.connect(client, server)
    connected.client.step()
    deliver(connected.client, connected.server)
    assert native.reported(connected.server.tls.do_handshake) == ["TypeError"]
    deliver(connected.server, connected.client)
    assert connected.client.failure().reason == "TLSV1_ALERT_INTERNAL_ERROR"


@pytest.mark.parametrize("setter", ["sni_callback", "set_servername_callback"])
def test_answer_is_let_go(peers, native, setter):
    """Nothing keeps an object that a callback returned, and that ended the handshake.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    answers = native.fresh_answers()
    client, server = peers.contexts()
    if setter == "sni_callback":
        server.sni_callback = answers
    else:
        server.set_servername_callback(answers)
    assert peers.connect(client, server).handshake_outcomes().server is not None
    assert answers.alive() == 0


def test_context_of_a_wrong_type_ends_the_handshake(peers):
    """A callback that assigns no context to the object gets a TypeError, which ends the handshake.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def spoil(called_for, name, context):
        called_for.context = "no context"

    outcomes = observed(peers, spoil).handshake_outcomes()
    assert outcomes.server.reason == "CALLBACK_FAILED"
    assert outcomes.client.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.mark.parametrize("callback", [4, "", [], True], ids=repr)
def test_must_be_callable(peers, callback):
    """Assigning what is neither callable nor None raises TypeError.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    context = peers.server_context()
    with pytest.raises(TypeError):
        context.sni_callback = callback
    with pytest.raises(TypeError):
        context.set_servername_callback(callback)


def test_is_none_until_it_is_set(peers):
    """sni_callback is None by default, and setting it to None removes the callback.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, calls = noting()
    context = peers.server_context()
    assert context.sni_callback is None
    context.sni_callback = note
    context.sni_callback = None
    assert context.sni_callback is None
    peers.connect(peers.client_context(), context).handshake()
    assert calls == []


def test_later_callback_replaces_the_earlier(peers):
    """Only the last callback that was set is called.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []

    def earlier(called_for, name, context):
        calls.append("earlier")

    def later(called_for, name, context):
        calls.append("later")

    context = peers.server_context()
    context.sni_callback = earlier
    context.sni_callback = later
    peers.connect(peers.client_context(), context).handshake()
    assert calls == ["later"]


def test_may_be_set_after_the_object_was_made(peers):
    """A callback set after wrap_bio() is called for that object.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, calls = noting()
    server = peers.server_context()
    connected = peers.connect(peers.client_context(), server)
    server.sni_callback = note
    connected.handshake()
    assert calls == ["localhost"]


def test_old_method_takes_ascii_names(peers, native):
    """set_servername_callback() sets a callback like sni_callback, also over BIOs.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    calls = []

    def note(called_for, name, context):
        calls.append((called_for, name))

    server = peers.server_context()
    assert server.set_servername_callback(note) is None
    connected = peers.connect(peers.client_context(), server)
    connected.handshake()
    called_for, name = calls.pop()
    assert calls == []
    assert native.is_same(called_for, connected.server.tls)
    assert name == "localhost"


def test_old_method_hands_international_names_as_they_were_sent(peers):
    """set_servername_callback() does not decode a name from IDNA, just as sni_callback does not.

    The documentation promises the decoded name; no Python 3 since 3.7 delivers it.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    note, names = noting()
    client = peers.client_context()
    server = peers.server_context("idna")
    server.set_servername_callback(note)
    peers.connect(client, server, server_hostname="bücher.example").handshake()
    server.sni_callback = note
    peers.connect(client, server, server_hostname="bücher.example").handshake()
    assert names == ["xn--bcher-kva.example", "xn--bcher-kva.example"]


def test_old_method_removes_the_callback_with_none(peers):
    """set_servername_callback(None) removes the callback, and sni_callback shows it.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    note, calls = noting()
    context = peers.server_context()
    context.set_servername_callback(note)
    context.set_servername_callback(None)
    assert context.sni_callback is None
    peers.connect(peers.client_context(), context).handshake()
    assert calls == []


def test_old_method_keeps_the_callback_where_it_refuses(peers):
    """set_servername_callback() with what is not callable is a TypeError and changes nothing.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    note, calls = noting()
    context = peers.server_context()
    context.set_servername_callback(note)
    with pytest.raises(TypeError):
        context.set_servername_callback("no callable")
    peers.connect(peers.client_context(), context).handshake()
    assert calls == ["localhost"]


@pytest.mark.parametrize("name", [b"local..st", b".ocalhost"], ids=["inside", "at the beginning"])
def test_old_method_refuses_names_with_an_empty_label(peers, name):
    """set_servername_callback() encodes the name again, and fails on an empty label.

    The function is not called, and the handshake ends; sni_callback gets such a name as it is.

    library/codecs.html#module-encodings.idna
    """
    note, names = noting()
    server = peers.server_context()
    server.set_servername_callback(note)
    for expected in ("CALLBACK_FAILED", None):
        connected = peers.connect(peers.client_context(), server)
        connected.client.step()
        hello = connected.client.outgoing.read()
        connected.server.incoming.write(hello.replace(b"localhost", name))
        failure = connected.server.failure()
        assert getattr(failure, "reason", None) == expected
        server.sni_callback = note
    assert names == [name.decode()]


def test_property_removes_what_the_old_method_set(peers):
    """sni_callback = None removes a callback that set_servername_callback() set.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, calls = noting()
    context = peers.server_context()
    context.set_servername_callback(note)
    context.sni_callback = None
    peers.connect(peers.client_context(), context).handshake()
    assert calls == []


@pytest.mark.parametrize("last", ["property", "method"])
def test_last_callback_counts_whichever_way_it_was_set(peers, last):
    """sni_callback and set_servername_callback() set the same: the last one is called.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    calls = []

    def callback(way):
        def note(called_for, name, context):
            calls.append(way)

        return note

    context = peers.server_context()
    for way in ("property", "method", "property", "method")[: 3 if last == "property" else 4]:
        if way == "property":
            context.sni_callback = callback(way)
        else:
            context.set_servername_callback(callback(way))
    peers.connect(peers.client_context(), context).handshake()
    assert calls == [last]


def test_client_context_takes_no_callback(peers):
    """Setting a callback on a PROTOCOL_TLS_CLIENT context raises ValueError.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    note, calls = noting()
    client = peers.client_context()
    for value in (note, None):
        with pytest.raises(ValueError):
            client.sni_callback = value
    peers.connect(client, peers.server_context()).handshake()
    assert calls == []


def test_old_method_refuses_a_client_context(ssl, peers):
    """set_servername_callback() of a PROTOCOL_TLS_CLIENT context raises ValueError.

    library/ssl.html#ssl.SSLContext.set_servername_callback
    """
    note, calls = noting()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    for value in (note, None):
        with pytest.raises(ValueError):
            client.set_servername_callback(value)
    peers.connect(client, peers.server_context()).handshake()
    assert calls == []


def test_object_is_half_done_inside_the_callback(peers):
    """Inside the callback the object is a server without version, cipher or server_hostname.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    seen = []

    def look(called_for, name, context):
        seen.append(called_for.server_side)
        seen.append(called_for.server_hostname)
        seen.append(called_for.version())
        seen.append(called_for.cipher())
        seen.append(called_for.selected_alpn_protocol())

    connected = observed(peers, look)
    connected.handshake()
    assert seen == [True, None, None, None, None]


def test_cannot_be_deleted(peers, native, about):
    """Deleting sni_callback raises TypeError, and it is None; in Python 3.14 AttributeError.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    context = peers.server_context()
    context.sni_callback = native.message_log()
    of_python_314 = (3, 14) <= about.python < (3, 15)
    with pytest.raises(AttributeError if of_python_314 else TypeError):
        native.delete_attribute(context, "sni_callback")
    if not of_python_314:
        assert context.sni_callback is None


def test_name_that_is_not_ascii_ends_the_handshake(peers):
    """A name with a byte beyond ASCII never gets to the callback: the handshake fails.

    rfc6066#section-3
    """
    names = []
    connected = observed(peers, lambda called_for, name, context: names.append(name))
    connected.client.step()
    hello = connected.client.outgoing.read()
    connected.server.incoming.write(hello.replace(b"localhost", b"localh\xf6st"))
    failure = connected.server.failure()
    assert failure.reason == "CALLBACK_FAILED"
    assert names == []


def test_buffers_may_be_used_in_the_callback(peers):
    """In the callback the object's two BIOs can be inspected, read and written as usual.

    library/ssl.html#ssl.MemoryBIO
    """
    seen = []

    def look(called_for, name, context):
        incoming, outgoing = connected.server.incoming, connected.server.outgoing
        seen.append((incoming.pending, incoming.eof, incoming.write(b""), outgoing.read()))

    connected = observed(peers, look)
    connected.handshake()
    assert seen == [(0, False, 0, b"")]
