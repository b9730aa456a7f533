"""What a difference is about, in ssl's own words."""

from __future__ import annotations

import pytest

from conformance.report.subjects import SENT, Subject, split, subject_of

ANCHOR = "library/ssl.html#ssl.SSLObject.unwrap"


@pytest.mark.parametrize(
    "member, call, subject",
    [
        (
            "SSLContext.options",
            "SSLContext.options = 3",
            Subject("SSLContext.options", "SSLContext.options = 3"),
        ),
        ("Purpose.CLIENT_AUTH", None, Subject("ssl.Purpose.CLIENT_AUTH", None)),
        (
            "native.repr",
            "native.repr(<SSLSocket #1>)",
            Subject("repr(SSLSocket)", "repr(<SSLSocket #1>)"),
        ),
        (
            "native.operate",
            "native.operate('or_', <Options.OP_NO_TLSv1>, <Options.OP_NO_TLSv1_1>)",
            Subject("Options | Options", "Options.OP_NO_TLSv1 | Options.OP_NO_TLSv1_1"),
        ),
        (
            "native.operate",
            "native.operate('invert', <Options.OP_NO_TLSv1>)",
            Subject("~Options", "~Options.OP_NO_TLSv1"),
        ),
        (
            "native.has",
            "native.has(<ssl>, 'wrap_socket')",
            Subject("ssl.wrap_socket", "hasattr(ssl, 'wrap_socket')"),
        ),
        (
            "native.delete_attribute",
            "native.delete_attribute(<SSLObject #1>, 'context')",
            Subject("del SSLObject.context", "del SSLObject.context"),
        ),
        (
            "native.strictly",
            "native.strictly('set', <SSLContext #1>, 'options', 2723283024)",
            Subject("SSLContext.options", "SSLContext.options = 2723283024, warnings are errors"),
        ),
        (
            "native.blamed",
            "native.blamed('call', <SSLSocket #1>, 'selected_npn_protocol')",
            Subject("SSLSocket.selected_npn_protocol", "SSLSocket.selected_npn_protocol()"),
        ),
        (
            "native.public_members",
            "native.public_members(<class SSLContext>, 's')",
            Subject("SSLContext", "dir(SSLContext)"),
        ),
        ("native.public_names", "native.public_names('O')", Subject("ssl", "dir(ssl)")),
        (
            "native.under_signals",
            "native.under_signals(<accept>)",
            Subject("SSLSocket.accept", "SSLSocket.accept()"),
        ),
        (
            "native.construct",
            "native.construct(<class SSLEOFError>, errno=1)",
            Subject("ssl.SSLEOFError", "SSLEOFError(errno=1)"),
        ),
        (
            "OwnContext.wrap_bio",
            "OwnContext.wrap_bio(1)",
            Subject("SSLContext.wrap_bio", "<subclass of SSLContext>.wrap_bio(1)"),
        ),
        (
            "MemoryBIO.read",
            "MemoryBIO.read(<OwnObject #1>)",
            Subject("MemoryBIO.read", "MemoryBIO.read(<subclass of SSLObject #1>)"),
        ),
        ("Mine", "Mine(2)", Subject("ssl.SSLContext", "<subclass of SSLContext>(2)")),
        ("MessageLog.take", None, Subject("SSLContext._msg_callback", None)),
        ("native.kept", "native.kept(<result>, 1)", Subject("SSLObject.unwrap", "result(1)")),
        (
            "native.while_handling",
            "native.while_handling(<recv>, 1, <wrap_socket>, <socket #1>)",
            Subject("SSLObject.unwrap", "recv(1) while wrap_socket() has failed"),
        ),
        (
            "native.left_behind",
            "native.left_behind(50, <unwrap>)",
            Subject("SSLObject.unwrap", "unwrap(), 50 times"),
        ),
        ("native.what_nobody_knows", None, Subject("SSLObject.unwrap", None)),
        ("scenario", None, Subject("SSLObject.unwrap", None)),
        (
            "native.pickled",
            "native.pickled(<Options.OP_ALL>)",
            Subject("pickle.dumps(Options)", "pickle.dumps(<Options.OP_ALL>)"),
        ),
        (
            "native.set_attribute",
            "native.set_attribute(<MemoryBIO #1>, 'colour', 'blue')",
            Subject("MemoryBIO.colour", "MemoryBIO.colour = 'blue'"),
        ),
        (
            "native.attribute_text",
            "native.attribute_text(<class TLSVersion>, 'NONSENSE')",
            Subject("TLSVersion.NONSENSE", "TLSVersion.NONSENSE"),
        ),
        (
            "CountingSSLSocket.counts",
            None,
            Subject("overridden methods of SSLSocket", None),
        ),
        (
            "native.in_order",
            "native.in_order(<Options.OP_ALL>)",
            Subject("list(Options)", "list(<Options.OP_ALL>)"),
        ),
        (
            "native.is_equal",
            "native.is_equal(<SSLSession #1>, <SSLSession #2>)",
            Subject("SSLSession == SSLSession", "SSLSession #1 == SSLSession #2"),
        ),
        (
            "native.formatted",
            "native.formatted('%d', <TLSVersion.TLSv1_2>)",
            Subject("format(TLSVersion)", "format(<TLSVersion.TLSv1_2>, '%d')"),
        ),
        (
            "native.operate",
            "native.operate('contains', <VerifyFlags.VERIFY_X509_STRICT>, None)",
            Subject("in VerifyFlags", "None in VerifyFlags.VERIFY_X509_STRICT"),
        ),
        (
            "native.operate",
            "native.operate('truth', <SSLSession #1>)",
            Subject("bool(SSLSession)", "bool(SSLSession #1)"),
        ),
        (
            "native.operate",
            "native.operate('getitem', <Purpose.SERVER_AUTH>, 2)",
            Subject("Purpose[]", "Purpose.SERVER_AUTH[2]"),
        ),
        (
            "native.operate",
            "native.operate('contains', <class VerifyMode>, 1)",
            Subject("in VerifyMode", "1 in VerifyMode"),
        ),
        (
            "OwnContext.protocol",
            None,
            Subject("SSLContext.protocol", "<subclass of SSLContext>.protocol"),
        ),
        (
            "native.watching_subclass",
            "native.watching_subclass(<class SSLContext>, 'options')",
            Subject("SSLContext.options", "SSLContext.options"),
        ),
        (
            "native.is_instance",
            "native.is_instance(<SSLSocket #1>, <class socket>)",
            Subject("isinstance(SSLSocket, socket)", "isinstance(SSLSocket #1, socket)"),
        ),
        (
            "native.number_at",
            "native.number_at(<SSLContext #1>, 'options')",
            Subject("SSLContext.options", None),
        ),
        ("native.number_at", "native.number_at(<socket #1>, 'a')", Subject("SSLSocket.a", None)),
        ("FinishedLog.has", "FinishedLog.has(0, 1)", Subject("SSLContext._msg_callback", None)),
        ("native.forger", "native.forger('x')", Subject("SSLContext.keylog_filename", None)),
        ("Forger.send", "Forger.send(1)", Subject("SSLContext.keylog_filename", None)),
        ("referent", "referent()", Subject("weakref.ref", "weakref.ref(...)()")),
        (
            "CountingSSLContext",
            "CountingSSLContext(2)",
            Subject("ssl.SSLContext", "<subclass of SSLContext>(2)"),
        ),
        (
            "EmptySSLContext",
            "EmptySSLContext(2)",
            Subject("ssl.SSLContext", "<subclass of SSLContext>(2)"),
        ),
        (
            "native.under_default_timeout",
            "native.under_default_timeout(0.2, <get_server_certificate>, <tuple #1>)",
            Subject("ssl.get_server_certificate", "get_server_certificate(<tuple #1>)"),
        ),
        (
            "SSLContext._msg_callback",
            "del SSLContext._msg_callback",
            Subject("del SSLContext._msg_callback", "del SSLContext._msg_callback"),
        ),
    ],
)
def test_subject(member: str, call: str | None, subject: Subject) -> None:
    assert subject_of(member, call, "", "shutdown/test_a.py::test", ANCHOR) == subject


@pytest.mark.parametrize(
    "scenario, member",
    [
        ("psk/test_psk.py::test", "callback of SSLContext.set_psk_*_callback"),
        ("servername/test_sni_callback.py::test", "callback of SSLContext.sni_callback"),
        ("context/test_load_cert_chain.py::test", "callback of SSLContext.load_cert_chain"),
        ("alpn/test_a.py::test", "callback of SSLObject.unwrap"),
    ],
)
def test_a_callback_is_of_what_calls_it(scenario: str, member: str) -> None:
    assert subject_of("callback note", None, "", scenario, ANCHOR) == Subject(member, None)


def test_a_socket_in_a_thread_is_told_by_the_topic_or_the_name() -> None:
    for scenario in ("socket/test_a.py::test", "threads/test_a.py::test_socket_waits"):
        assert subject_of("Thread.result", None, "", scenario, ANCHOR) == Subject(
            "SSLSocket in a thread", None
        )
    assert subject_of("Thread.result", None, "", "threads/t.py::test", ANCHOR) == Subject(
        "SSLObject.unwrap", None
    )


def test_what_was_sent_is_no_matter_of_the_bio_that_hands_it_out() -> None:
    of = ("MemoryBIO.read", "MemoryBIO.read()")
    assert subject_of(*of, "records[alert encrypted]", "a/t.py::t", ANCHOR).member == SENT
    assert subject_of(*of, "b'x'", "a/t.py::t", ANCHOR).member == "MemoryBIO.read"


def test_what_no_documentation_of_ssl_names_is_the_module() -> None:
    assert subject_of("scenario", None, "", "a/t.py::t", "rfc8446#section-6").member == "ssl"
    anchor = "library/ssl.html#ssl.create_default_context"
    assert subject_of("scenario", None, "", "a/t.py::t", anchor).member == (
        "ssl.create_default_context"
    )


def test_commas_in_brackets_and_quotes_separate_nothing() -> None:
    assert split("1, (2, 3), 'a, b', <X #1>, {'c': [4, 5]}") == [
        "1",
        "(2, 3)",
        "'a, b'",
        "<X #1>",
        "{'c': [4, 5]}",
    ]
    assert split("") == []
