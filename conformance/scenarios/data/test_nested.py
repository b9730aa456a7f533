"""TLS inside of TLS: the records of one connection are the data of another."""

import pytest

from conformance.peers import both_versions, deliver


@both_versions
def test_connection_through_a_connection(peers, native, version):
    """A connection whose records go through another one is made, talks and ends like any.

    library/ssl.html#ssl.SSLContext.wrap_bio
    """
    outer = peers.established()
    ends = [
        part
        for peer in (outer.client, outer.server)
        for part in (peer.tls, peer.incoming, peer.outgoing)
    ]
    client, server = peers.contexts(version)
    told = native.talk_through(ends, client, server, "localhost")
    assert told == [version, "a word", "wants to read", ""]
    outer.client.tls.write(b"outside")
    deliver(outer.client, outer.server)
    assert outer.server.tls.read(7) == b"outside"


def test_certificate_after_a_handshake_by_reads(ssl, peers, certificates):
    """After a handshake that reads and writes drove getpeercert() has the certificate.

    Until Python 3.6.2 only do_handshake() left it there (bpo-29334).

    library/ssl.html#ssl.SSLSocket.getpeercert
    """
    fresh = peers.pair()
    for _ in range(2):
        for source, target in ((fresh.client, fresh.server), (fresh.server, fresh.client)):
            with pytest.raises(ssl.SSLWantReadError):
                source.tls.read(1)
            deliver(source, target)
    assert fresh.client.tls.getpeercert(True) == certificates.localhost.der
    assert fresh.client.tls.version() == "TLSv1.3"
