"""A setting of a context that made connections is set again: the next one follows it.

Rounds connect by memory BIOs and by sockets, so that a context which one kind has used is set for
the other as well; what rounds() does not show is seen over memory BIOs alone.
"""

from conformance.peers import both_sides

VERSIONS = ("TLSv1_2", "TLSv1_3")


def told(client, server):
    """What two ends of a connection agreed on, in one line."""
    shown = client.getpeercert()
    subject = dict(pair for name in shown["subject"] for pair in name) if shown else {}
    asked = server.getpeercert(True) is not None
    agreed = client.version(), client.cipher()[0], client.selected_alpn_protocol()
    return " ".join(map(str, (*agreed, subject.get("commonName"), asked)))


def by_bios(peers, client, server):
    """What a connection over memory BIOs agrees on, or "refused"."""
    connected = peers.connect(client, server)
    if connected.handshake_outcomes() != (None, None):
        return "refused"
    return told(connected.client.tls, connected.server.tls)


def by_sockets(peers, client, server):
    """What a connection over sockets agrees on, or "refused"."""
    errors = peers.ssl.SSLError, ValueError
    ends = peers.sockets.wrapped(client=client, server=server)
    try:
        peers.sockets.handshake(ends)
        return told(*ends)
    except errors:
        return "refused"


def rounds(peers, client, server, change, values):
    """What both kinds of connections agree on under the one value, the other, and the one again."""
    seen = []
    one, other = values
    for value in (one, other, one):
        change(value)
        found = {by_bios(peers, client, server), by_sockets(peers, client, server)}
        assert len(found) == 1
        seen += found
    assert seen[0] == seen[2] != seen[1]
    return seen[:2]


def attribute(context, name):
    """A function that sets an attribute of a context."""
    return lambda value: setattr(context, name, value)


def test_check_hostname(peers):
    """A context whose check_hostname is switched refuses another host's certificate or takes it.

    library/ssl.html#ssl.SSLContext.check_hostname
    """
    client, server = peers.client_context(), peers.server_context("other_host")
    change = attribute(client, "check_hostname")
    assert rounds(peers, client, server, change, [False, True])[1] == "refused"


def test_verify_mode_of_a_client(ssl, peers):
    """A client whose verify_mode is switched refuses an untrusted certificate or takes it.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client, server = peers.client_context(), peers.server_context("untrusted")
    client.check_hostname = False
    change = attribute(client, "verify_mode")
    modes = [ssl.CERT_NONE, ssl.CERT_REQUIRED]
    assert rounds(peers, client, server, change, modes)[1] == "refused"


def test_verify_mode_of_a_server(ssl, peers, certificates):
    """A server whose verify_mode is switched requests the client's certificate or does not.

    library/ssl.html#ssl.SSLContext.verify_mode
    """
    client = peers.client_context()
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    found = rounds(
        peers, client, server, attribute(server, "verify_mode"), [ssl.CERT_NONE, ssl.CERT_REQUIRED]
    )
    assert [line.rpartition(" ")[2] for line in found] == ["False", "True"]


@both_sides
def test_ciphers(peers, side):
    """The ciphers that were set last are those of the next connection, in either direction.

    library/ssl.html#ssl.SSLContext.set_ciphers
    """
    client, server = peers.client_context(version="TLSv1.2"), peers.server_context()
    suites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]
    change = (client if side == "client" else server).set_ciphers
    found = rounds(peers, client, server, change, suites)
    assert [line.split()[1] for line in found] == suites


@both_sides
def test_protocols(peers, side):
    """The protocols for ALPN that were set last are those of the next connection, or none.

    library/ssl.html#ssl.SSLContext.set_alpn_protocols
    """
    client, server = peers.contexts()
    client.set_alpn_protocols(["one", "other"])
    server.set_alpn_protocols(["one", "other"])
    change = (client if side == "client" else server).set_alpn_protocols
    found = rounds(peers, client, server, change, [["other"], []])
    assert [line.split()[2] for line in found] == ["other", "None"]


@both_sides
def test_version_limit(ssl, peers, side):
    """The maximum_version that was set last is that of the next connection.

    library/ssl.html#ssl.SSLContext.maximum_version
    """
    client, server = peers.contexts()
    change = attribute(client if side == "client" else server, "maximum_version")
    versions = [getattr(ssl.TLSVersion, name) for name in VERSIONS]
    found = rounds(peers, client, server, change, versions)
    assert [line.split()[0] for line in found] == ["TLSv1.2", "TLSv1.3"]


@both_sides
def test_options(ssl, peers, side):
    """Options that are set and cleared again hold for the next connection alone.

    library/ssl.html#ssl.SSLContext.options
    """
    client, server = peers.contexts()
    context = client if side == "client" else server
    before = context.options
    change = attribute(context, "options")
    found = rounds(peers, client, server, change, [before | ssl.OP_NO_TLSv1_3, before])
    assert [line.split()[0] for line in found] == ["TLSv1.2", "TLSv1.3"]


def test_verify_flags(ssl, peers):
    """A flag for verification that is set and cleared again holds for the next connection alone.

    library/ssl.html#ssl.SSLContext.verify_flags
    """
    client, server = peers.client_context(), peers.server_context("no_key_identifiers")
    before = client.verify_flags & ~ssl.VERIFY_X509_STRICT
    change = attribute(client, "verify_flags")
    flags = [before, before | ssl.VERIFY_X509_STRICT]
    assert rounds(peers, client, server, change, flags)[1] == "refused"


def test_certificate(peers, certificates):
    """The certificate that was loaded last is the one that the next connection shows.

    library/ssl.html#ssl.SSLContext.load_cert_chain
    """
    client, server = peers.contexts()

    def load(shown):
        server.load_cert_chain(shown.chain, shown.key)

    shown = [certificates.localhost, certificates.other_host]
    assert rounds(peers, client, server, load, shown)[1] == "refused"  # for its name


def test_callback_for_server_names(peers, native):
    """The sni_callback that was set last is called for the next connection, or none after None.

    library/ssl.html#ssl.SSLContext.sni_callback
    """
    client, server = peers.contexts()
    switch = native.switching_callback(peers.server_context("other_host"))
    found = rounds(peers, client, server, server.set_servername_callback, [switch, None])
    assert found[0] == "refused"


@both_sides
def test_later_request(ssl, peers, certificates, side):
    """Whether a server asks for the certificate later follows the post_handshake_auth set last.

    library/ssl.html#ssl.SSLContext.post_handshake_auth
    """
    client = peers.client_context(version="TLSv1.3")
    client.load_cert_chain(certificates.client.chain, certificates.client.key)
    server = peers.server_context(authority=certificates.authority.certificate)
    server.verify_mode = ssl.CERT_OPTIONAL
    client.post_handshake_auth = server.post_handshake_auth = True
    seen = []
    for value in (True, False, True):
        (client if side == "client" else server).post_handshake_auth = value
        connected = peers.connect(client, server)
        connected.handshake()
        asked = connected.server.tls.getpeercert(True) is not None
        try:
            seen.append((asked, connected.server.tls.verify_client_post_handshake()))
        except ssl.SSLError as error:
            seen.append((asked, error.reason))
    refused = {"client": (False, "EXTENSION_NOT_RECEIVED"), "server": (True, None)}
    assert seen == [(False, None), refused[side], (False, None)]


def test_number_of_tickets(peers):
    """A server sends as many tickets as num_tickets was set to last.

    library/ssl.html#ssl.SSLContext.num_tickets
    """
    client, server = peers.contexts("TLSv1.3")
    lengths = {}
    for number in (0, 3, 1, 0, 3):
        server.num_tickets = number
        connected = peers.connect(client, server)
        connected.handshake()
        lengths.setdefault(number, set()).add(connected.client.incoming.pending)
    assert lengths[0] == {0}
    one, three = lengths[1].pop(), lengths[3].pop()
    assert three == 3 * one > 0 and not lengths[3]


def test_curve(peers):
    """The curve that was set last is that of the next connection.

    library/ssl.html#ssl.SSLContext.set_ecdh_curve
    """
    client, server = peers.contexts()
    client.set_ecdh_curve("prime256v1")
    curves = ["secp384r1", "prime256v1"]
    assert rounds(peers, client, server, server.set_ecdh_curve, curves)[0] == "refused"
