"""Runs one consumer of ssl under 2.7 and writes what came of it.

usage: python2.7 consumers_in_python27.py ORDER CONSUMER SITUATION

ORDER is "stock", "patch first" (monkeypatch_ssl() runs before the consumer is imported) or
"consumer first". SITUATION is a JSON object: "port" (where a client connects to), "authority" (whom
a client trusts), "chain" and "key" (what a server shows), "server_secret" and "client_secret".

Writes JSON documents to standard output, one a line: a server {"port": N} first; then everybody
{"data": TEXT} or {"raised": NAME, "text": TEXT, "caught as": [NAME ..]}, with "objects", the number
of SSLObjects that were made.
"""
import json
import socket
import ssl
import sys

STOCK_ERRORS = [
    ("ssl.SSLError", ssl.SSLError), ("ssl.CertificateError", ssl.CertificateError),
    ("socket.error", socket.error), ("IOError", IOError), ("EnvironmentError", EnvironmentError),
    ("ValueError", ValueError), ("TypeError", TypeError),
]


def say(document):
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def request(situation):
    """An HTTP request with the client's secret in its body."""
    secret = str(situation["client_secret"])
    return ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            % (len(secret), secret))


def body(response):
    return response.partition("\r\n\r\n")[2]


def answer(situation):
    secret = str(situation["server_secret"])
    return "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(secret), secret)


class NobodyGotThrough(Exception):
    """A server that goes on after a handshake that failed was stopped."""


PATIENCE = 3
"""Seconds after which it is."""


def over_socket(tls, situation):
    """An HTTP request over something with sendall() and recv()."""
    tls.sendall(request(situation))
    received = ""
    while not received.endswith(situation["server_secret"]):
        data = tls.recv(1000)
        if not data:
            break
        received += data
    tls.close()
    return body(received)


def serve_over_socket(tls, situation):
    """One answer over something with sendall() and recv(); returns the request's body."""
    received = ""
    while not received.endswith(situation["client_secret"]):
        data = tls.recv(1000)
        if not data:
            break
        received += data
    tls.sendall(answer(situation))
    tls.close()
    return body(received)


def trusting(situation):
    return ssl.create_default_context(cafile=situation["authority"])


def showing(situation):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(situation["chain"], situation["key"])
    return context


def address(situation):
    return "localhost", situation["port"]


def url(situation):
    return "https://localhost:%d/" % situation["port"]


# Each consumer is a function that imports what it needs and returns another one: what to do.
# Between the two the graft is switched on, when the consumer comes first.

def wrap_socket():
    def use(situation):
        sock = socket.create_connection(("127.0.0.1", situation["port"]))
        return over_socket(ssl.wrap_socket(
            sock, cert_reqs=ssl.CERT_REQUIRED, ca_certs=situation["authority"]), situation)
    return use


def wrap_then_connect():
    def use(situation):
        tls = trusting(situation).wrap_socket(socket.socket(), server_hostname="localhost")
        tls.connect(("127.0.0.1", situation["port"]))
        return over_socket(tls, situation)
    return use


def context_of_before():
    """The context is made before the graft and used after it."""
    make = ssl.SSLContext

    class Subclass(ssl.SSLContext):
        pass

    contexts = [make(ssl.PROTOCOL_TLS), Subclass(ssl.PROTOCOL_TLS)]

    def use(situation):
        results = []
        for context in contexts:
            context.load_verify_locations(situation["authority"])
            context.verify_mode = ssl.CERT_REQUIRED
            context.check_hostname = True
            sock = socket.create_connection(("127.0.0.1", situation["port"]))
            results.append(over_socket(
                context.wrap_socket(sock, server_hostname="localhost"), situation))
        return " and ".join(results)
    return use


def ssl_server():
    def use(situation):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        tls = showing(situation).wrap_socket(listener, server_side=True)
        say({"port": listener.getsockname()[1]})
        return serve_over_socket(tls.accept()[0], situation)
    return use


def httplib():
    from httplib import HTTPSConnection

    def use(situation):
        connection = HTTPSConnection(*address(situation), context=trusting(situation))
        connection.request("POST", "/", str(situation["client_secret"]))
        return connection.getresponse().read()
    return use


def urllib():
    from urllib import urlopen

    def use(situation):
        return urlopen(url(situation), str(situation["client_secret"]),
                       context=trusting(situation)).read()
    return use


def urllib2():
    from urllib2 import urlopen

    def use(situation):
        return urlopen(url(situation), str(situation["client_secret"]),
                       cafile=situation["authority"]).read()
    return use


def _smtp(connection, situation):
    connection.sendmail("a@localhost", ["b@localhost"], str(situation["client_secret"]))
    greeting = connection.ehlo_resp
    connection.quit()
    return greeting


def smtplib():
    from smtplib import SMTP_SSL

    def use(situation):
        return _smtp(SMTP_SSL(*address(situation)), situation)
    return use


def smtplib_starttls():
    from smtplib import SMTP

    def use(situation):
        connection = SMTP(*address(situation))
        connection.starttls()
        return _smtp(connection, situation)
    return use


def imaplib():
    from imaplib import IMAP4_SSL

    def use(situation):
        connection = IMAP4_SSL(*address(situation))
        connection.login("user", str(situation["client_secret"]))
        connection.select()
        message = connection.fetch("1", "(RFC822)")[1][0][1]
        connection.logout()
        return message
    return use


def poplib():
    from poplib import POP3_SSL

    def use(situation):
        connection = POP3_SSL(*address(situation))
        connection.user("user")
        connection.pass_(str(situation["client_secret"]))
        lines = connection.retr(1)[1]
        connection.quit()
        return "".join(lines)
    return use


def ftplib():
    from ftplib import FTP_TLS

    def use(situation):
        connection = FTP_TLS(context=trusting(situation))
        connection.connect(*address(situation))
        connection.login("user", str(situation["client_secret"]))
        connection.prot_p()
        parts = []
        connection.retrbinary("RETR file", parts.append)
        connection.quit()
        return "".join(parts)
    return use


def requests():
    import requests as library

    def use(situation):
        response = library.post(url(situation), data=str(situation["client_secret"]),
                                verify=situation["authority"])
        return str(response.text)
    return use


def urllib3():
    import urllib3 as library

    def use(situation):
        pool = library.PoolManager(ca_certs=situation["authority"], cert_reqs="CERT_REQUIRED")
        return pool.request("POST", url(situation), body=str(situation["client_secret"]),
                            retries=False).data
    return use


def trollius():
    import trollius as library
    from trollius import From, Return

    def use(situation):
        @library.coroutine
        def ask():
            reader, writer = yield From(library.open_connection(
                "127.0.0.1", situation["port"], ssl=trusting(situation),
                server_hostname="localhost"))
            writer.write(request(situation))
            received = yield From(reader.readuntil_secret())
            writer.close()
            raise Return(body(received))

        @library.coroutine
        def readuntil_secret(reader):
            received = ""
            while not received.endswith(situation["server_secret"]):
                data = yield From(reader.read(1000))
                if not data:
                    break
                received += data
            raise Return(received)

        library.StreamReader.readuntil_secret = readuntil_secret
        return library.get_event_loop().run_until_complete(ask())
    return use


def trollius_server():
    import trollius as library
    from trollius import From

    def use(situation):
        loop = library.get_event_loop()
        done = library.Future(loop=loop)

        class Protocol(library.Protocol):
            received = ""

            def connection_made(self, transport):
                self.transport = transport

            def data_received(self, data):
                self.received += data
                if self.received.endswith(situation["client_secret"]):
                    self.transport.write(answer(situation))
                    self.transport.close()

            def connection_lost(self, error):
                if error is None:
                    done.set_result(body(self.received))
                else:
                    done.set_exception(error)

        @library.coroutine
        def serve():
            loop.call_later(PATIENCE, lambda: done.done() or done.set_exception(
                NobodyGotThrough()))
            server = yield From(loop.create_server(
                Protocol, "127.0.0.1", 0, ssl=showing(situation)))
            say({"port": server.sockets[0].getsockname()[1]})
            result = yield From(done)
            raise library.Return(result)
        return loop.run_until_complete(serve())
    return use


def gevent():
    from gevent import monkey
    monkey.patch_all()
    return urllib2()


def gevent_socket():
    from gevent import socket as green_socket, ssl as green_ssl

    def use(situation):
        context = green_ssl.create_default_context(cafile=situation["authority"])
        tls = context.wrap_socket(green_socket.socket(), server_hostname="localhost")
        tls.connect(("127.0.0.1", situation["port"]))
        return over_socket(tls, situation)
    return use


def gevent_server():
    from gevent import monkey
    monkey.patch_all()
    from gevent.event import AsyncResult
    from gevent.server import StreamServer

    def use(situation):
        result = AsyncResult()

        def handle(tls, address):
            try:
                result.set(serve_over_socket(tls, situation))
            except Exception as error:
                result.set_exception(error)
        server = StreamServer(("127.0.0.1", 0), handle, ssl_context=showing(situation))
        server.start()
        say({"port": server.server_port})
        result.wait(PATIENCE)
        if not result.ready():
            raise NobodyGotThrough
        return result.get()
    return use


def eventlet():
    import eventlet as library
    library.monkey_patch()
    return urllib2()


def eventlet_wrap_then_connect():
    from eventlet.green import socket as green_socket, ssl as green_ssl

    def use(situation):
        tls = green_ssl.wrap_socket(green_socket.socket(), cert_reqs=ssl.CERT_REQUIRED,
                                    ca_certs=situation["authority"])
        tls.connect(("127.0.0.1", situation["port"]))
        return over_socket(tls, situation)
    return use


def eventlet_swallowing():
    """A caller that goes on whatever connect() raised: what it sends must still be encrypted."""
    from eventlet.green import socket as green_socket, ssl as green_ssl

    def use(situation):
        tls = green_ssl.wrap_socket(green_socket.socket(), cert_reqs=ssl.CERT_REQUIRED,
                                    ca_certs=situation["authority"])
        try:
            tls.connect(("127.0.0.1", situation["port"]))
        except TypeError:
            pass
        return over_socket(tls, situation)
    return use


def eventlet_server():
    import eventlet as library
    library.monkey_patch()

    def use(situation):
        listener = library.wrap_ssl(
            library.listen(("127.0.0.1", 0)), server_side=True,
            certfile=situation["chain"], keyfile=situation["key"])
        say({"port": listener.getsockname()[1]})
        return serve_over_socket(listener.accept()[0], situation)
    return use


def main(order, consumer, situation):
    made = []

    def patch():
        import _tls_bootstrap
        _tls_bootstrap.monkeypatch_ssl()
        create = _tls_bootstrap.SSLObject.__dict__["_create"].__func__

        def counting(cls, *args, **kwargs):
            made.append(1)
            return create(cls, *args, **kwargs)
        _tls_bootstrap.SSLObject._create = classmethod(counting)

    if order == "patch first":
        patch()
    try:
        use = globals()[consumer]()
        if order == "consumer first":
            patch()
        document = {"data": str(use(json.loads(situation)))}
    except Exception as error:
        document = {
            "raised": type(error).__name__,
            "text": str(error),
            "caught as": [name for name, cls in STOCK_ERRORS if isinstance(error, cls)],
        }
    document["objects"] = len(made)
    document["patched"] = sys.modules.get("_tls_bootstrap") is not None
    say(document)


if __name__ == "__main__":
    main(*sys.argv[1:])
