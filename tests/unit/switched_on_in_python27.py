"""What must hold while monkeypatch_ssl() runs and after it, in a process of its own.

usage: python2.7 switched_on_in_python27.py CASE CERTIFICATES

CERTIFICATES is a folder that certs.mint() filled. Exit status 0 means that the case holds.
"""
import gc
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import weakref

import _ssl
import _tls_bootstrap

patch = _tls_bootstrap.monkeypatch_ssl
FOLDER = sys.argv[2]
AUTHORITY = os.path.join(FOLDER, "authorities", "authority", "certificate.pem")
IDENTITY = os.path.join(FOLDER, "identities", "localhost", "combined.pem")
OTHER = os.path.join(FOLDER, "identities", "several_names", "combined.pem")


CASES = {}


def case(function):
    """Make a function one that can be asked for."""
    CASES[function.__name__] = function
    return function


def contexts(make=ssl.SSLContext):
    """A client's and a server's, with the stock module's means alone."""
    client, server = make(ssl.PROTOCOL_TLS), make(ssl.PROTOCOL_TLS)
    client.load_verify_locations(AUTHORITY)
    client.verify_mode = ssl.CERT_REQUIRED
    client.check_hostname = True
    server.load_cert_chain(IDENTITY)
    return client, server


def in_threads(*functions):
    """Run each function in a thread, all begun at once; return what each returned or raised."""
    results = [None] * len(functions)
    gate = threading.Event()

    def run(index, function):
        gate.wait()
        try:
            results[index] = function()
        except Exception as error:
            results[index] = error
    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a thread hangs"
    return results


def sockets():
    """Two sockets of the socket module that are connected with each other."""
    return [socket.socket(_sock=end) for end in socket.socketpair()]


def over_sockets(client, server, name="localhost"):
    """A stock connection each way over sockets; what the client saw, or its exception."""
    near, far = sockets()

    def serve():
        tls = server.wrap_socket(far, server_side=True)
        tls.sendall(tls.recv(100).upper())
        tls.close()

    def ask():
        try:
            tls = client.wrap_socket(near, server_hostname=name)
            tls.sendall("hello")
            return tls.recv(100), tls.version(), type(tls)
        finally:
            near.shutdown(socket.SHUT_RDWR)    # lest the server waits for a client that refused
    return in_threads(ask, serve)[0]


def over_objects(client, server, name="localhost"):
    """The same through memory BIOs."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [near, far]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
        if not waiting:
            break
    assert not waiting, "the handshake does not end"
    near.write("hello")
    far.write(far.read(100).upper())
    return near.read(100), near.version(), type(near)


def assert_both_ways(client, server):
    """Both the stock sockets and the new objects work with these contexts."""
    assert over_sockets(client, server) == ("HELLO", "TLSv1.3", ssl.SSLSocket)
    assert over_objects(client, server) == ("HELLO", "TLSv1.3", ssl.SSLObject)
    assert over_sockets(client, server) == ("HELLO", "TLSv1.3", ssl.SSLSocket)


# ---- contexts and classes of before

@case
def contexts_of_before():
    client, server = contexts()
    patch()
    assert_both_ways(client, server)


@case
def contexts_that_were_in_use():
    client, server = contexts()
    assert over_sockets(client, server)[0] == "HELLO"
    patch()
    assert_both_ways(client, server)


@case
def default_contexts_of_before():
    client = ssl.create_default_context(cafile=AUTHORITY)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(IDENTITY)
    patch()
    assert_both_ways(client, server)


@case
def names_of_before():
    context, sock, error, make = (
        ssl.SSLContext, ssl.SSLSocket, ssl.SSLError, ssl.create_default_context)
    client, server = contexts()
    patch()
    assert context is ssl.SSLContext and sock is ssl.SSLSocket and error is ssl.SSLError
    assert make is ssl.create_default_context
    assert isinstance(client, ssl.SSLContext)
    assert_both_ways(*contexts(context))


class Subclass(ssl.SSLContext):
    """Of before, with an opinion on everything."""

    def __new__(cls, protocol, *more):
        return super(Subclass, cls).__new__(cls, protocol)

    def __init__(self, protocol, *more):
        super(Subclass, self).__init__(protocol)
        self.more = more

    def __eq__(self, other):
        return True

    __hash__ = None


@case
def subclass_of_before():
    client, server = contexts(Subclass)
    patch()
    assert_both_ways(client, server)
    assert_both_ways(*contexts(Subclass))
    assert client.more == ()


@case
def subclass_of_after():
    patch()

    class Later(ssl.SSLContext):
        def wrap_bio(self, *args, **kwargs):
            result = super(Later, self).wrap_bio(*args, **kwargs)
            seen.append(result)
            return result
    seen = []
    assert_both_ways(*contexts(Later))
    assert len(seen) == 2


@case
def subclass_whose_contexts_have_attributes():
    """Nothing of the new members is kept there, or hidden by what is."""
    patch()

    class Own(ssl.SSLContext):
        """Its instances have a __dict__, which those of the stock class have not."""
    own = Own(ssl.PROTOCOL_TLS)
    own.tag = 1
    for name in ("hostname_checks_common_name", "security_level"):
        before = getattr(own, name)
        try:
            setattr(own, name, False)
        except AttributeError:
            assert getattr(own, name) is before
        else:
            assert False, "%s can be set" % name
    for name in ("sslobject_class", "sni_callback", "num_tickets"):
        try:
            delattr(own, name)
        except (AttributeError, TypeError):
            pass
        else:
            assert False, "%s can be deleted" % name
    own.num_tickets, own.post_handshake_auth, own.sni_callback = 1, True, len
    own.minimum_version = ssl.TLSVersion.TLSv1_3
    vars(own).update(num_tickets=7, sni_callback=8, minimum_version=9, tag=2)
    assert (own.num_tickets, own.sni_callback, own.tag) == (1, len, 2)
    assert own.minimum_version is ssl.TLSVersion.TLSv1_3
    own.sni_callback = None


@case
def methods_have_their_names():
    """As tracebacks and profilers show them."""
    before = set(vars(ssl.SSLContext))
    patch()
    names = set(vars(ssl.SSLContext)) - before
    assert "wrap_bio" in names
    for name in names:
        member = getattr(ssl.SSLContext, name)
        if not isinstance(member, (property, type)):
            assert member.__name__ == name, (name, member)


@case
def subclass_with_the_new_names_of_its_own():
    """What a program had put there itself stays in force."""
    class Own(ssl.SSLContext):
        minimum_version = "mine"

        def wrap_bio(self):
            return "mine"
    patch()
    own = Own(ssl.PROTOCOL_TLS)
    assert own.minimum_version == own.wrap_bio() == "mine"
    own.minimum_version = 3
    assert own.minimum_version == 3
    assert ssl.SSLContext.wrap_bio(
        own, ssl.MemoryBIO(), ssl.MemoryBIO()).version() is None


@case
def socket_of_before():
    """A connection that was made before goes on."""
    client, server = contexts()
    near, far = sockets()
    ends = in_threads(
        lambda: client.wrap_socket(near, server_hostname="localhost"),
        lambda: server.wrap_socket(far, server_side=True))
    ends[0].write("before")
    patch()
    assert ends[1].read() == "before"
    ends[1].write("after")
    assert ends[0].read() == "after"
    assert ends[0].context is client
    assert client.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x").context is client


# ---- while other things happen

@case
def threads_that_patch_at_once():
    client, server = contexts()
    sys.setcheckinterval(1)               # a thread may change at any instruction
    assert in_threads(*[patch] * 30) == [None] * 30
    assert_both_ways(client, server)


@case
def first_use_in_threads():
    """The first wrap_bio() of a context, by many threads, gives each its own object."""
    client, server = contexts()
    patch()
    results = in_threads(*[lambda: over_objects(client, server)] * 20)
    assert results == [("HELLO", "TLSv1.3", ssl.SSLObject)] * 20, results
    assert over_sockets(client, server)[0] == "HELLO"


@case
def patch_amid_a_handshake():
    client, server = contexts()
    server.set_servername_callback(lambda sock, name, context: names.append((type(sock), name)))
    names = []
    near, far = sockets()
    for end in (near, far):
        end.settimeout(10)
    begun = client.wrap_socket(near, server_hostname="localhost", do_handshake_on_connect=False)
    begun.setblocking(False)
    try:
        begun.do_handshake()
    except ssl.SSLWantReadError:
        pass
    patch()
    begun.settimeout(10)
    results = in_threads(
        begun.do_handshake, lambda: server.wrap_socket(far, server_side=True))
    assert results[0] is None and isinstance(results[1], ssl.SSLSocket), results
    assert names == [(ssl.SSLSocket, "localhost")], names
    assert over_objects(client, server)[0] == "HELLO"


@case
def patch_while_others_connect():
    """Threads that make connections all the time never notice."""
    client, server = contexts()
    over = threading.Event()
    counts = [0] * 4

    def connect(index):
        while not over.is_set() or counts[index] < 3:
            assert over_sockets(client, server) == ("HELLO", "TLSv1.3", ssl.SSLSocket)
            counts[index] += 1

    def switch():
        while sum(counts) < 20:
            pass
        patch()
        over.set()
    results = in_threads(switch, *[lambda index=index: connect(index) for index in range(4)])
    assert results == [None] * 5, results


@case
def patch_inside_a_callback():
    client, server = contexts()
    server.set_servername_callback(lambda sock, name, context: patch())
    assert over_sockets(client, server)[0] == "HELLO"
    assert_both_ways(client, server)


# ---- stock and new on the same context

@case
def stock_servername_callback_for_both():
    client, server = contexts()
    patch()
    _, other = contexts()
    other.load_cert_chain(OTHER)
    seen = []

    def callback(connection, name, context):
        seen.append((type(connection), name, context is server))
        connection.context = other
    server.set_servername_callback(callback)
    client.check_hostname = False
    assert over_sockets(client, server, "first.example")[0] == "HELLO"
    assert over_objects(client, server, "first.example")[0] == "HELLO"
    assert seen == [(ssl.SSLSocket, "first.example", True), (ssl.SSLObject, "first.example", True)]
    client.check_hostname = True
    assert over_sockets(client, server, "first.example")[0] == "HELLO"
    assert over_objects(client, server, "first.example")[0] == "HELLO"


@case
def sni_callback_for_sockets():
    """The new callback is kept by the stock context and called for stock sockets too."""
    client, server = contexts()
    patch()
    seen = []
    server.sni_callback = lambda *arguments: seen.append(map(type, arguments))
    assert_both_ways(client, server)
    assert [types[0] for types in seen] == [ssl.SSLSocket, ssl.SSLObject, ssl.SSLSocket], seen
    server.sni_callback = None
    server.set_servername_callback(lambda *arguments: seen.append("stock"))
    assert_both_ways(client, server)
    assert seen[3:] == ["stock"] * 3, seen


@case
def callback_that_raises_for_both():
    """It ends the handshake with an alert, for sockets and for objects."""
    client, server = contexts()
    patch()
    server.set_servername_callback(lambda *arguments: 1 / 0)
    sys.stderr = open(os.devnull, "w")         # both write the traceback there
    error = over_sockets(client, server)
    assert isinstance(error, ssl.SSLError) and error.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    try:
        over_objects(client, server)
    except ssl.SSLError as error:
        assert error.reason in ("CALLBACK_FAILED", "SSLV3_ALERT_HANDSHAKE_FAILURE"), error
    else:
        assert False, "it went through"


@case
def sockets_on_a_context_set_through_the_graft():
    """What the new members set holds for stock sockets."""
    client, server = contexts()
    patch()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert over_sockets(client, server)[1] == "TLSv1.2"
    assert over_objects(client, server)[1] == "TLSv1.2"
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    assert isinstance(over_sockets(client, server), ssl.SSLError)
    client.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
    assert_both_ways(client, server)
    log = os.path.join(FOLDER, "keys")
    client.keylog_filename = log
    assert over_sockets(client, server)[0] == "HELLO"
    with open(log) as lines:
        assert "CLIENT_TRAFFIC_SECRET_0" in lines.read()


@case
def direct_contexts_are_no_stock_ones():
    """What the module itself makes is no instance of the stock classes, and neither is taken for
    the other."""
    before = isinstance(_tls_bootstrap.create_default_context(), ssl.SSLContext)
    patch()
    direct, stock = _tls_bootstrap.create_default_context(), ssl.create_default_context()
    assert not before and not isinstance(direct, ssl.SSLContext)
    assert isinstance(stock, ssl.SSLContext) and not isinstance(stock, _tls_bootstrap.SSLContext)
    made = stock.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    assert type(made) is ssl.SSLObject and made.context is stock
    assert made._sslobj.owner is made


@case
def library_that_honours_sslkeylogfile():
    """Code that assigns SSLKEYLOGFILE where the attribute exists, as urllib3 does, writes the
    secrets of its stock sockets there after the graft, and did not before."""
    log = os.path.join(FOLDER, "library-%d.log" % os.getpid())

    def connect_as_urllib3():
        client, server = contexts()
        if hasattr(client, "keylog_filename"):
            client.keylog_filename = log
        assert over_sockets(client, server)[0] == "HELLO"
    connect_as_urllib3()
    assert not os.path.exists(log)
    patch()
    connect_as_urllib3()
    with open(log) as lines:
        assert "CLIENT_TRAFFIC_SECRET_0" in lines.read()
    os.unlink(log)


@case
def groups_and_suites_over_sockets():
    """What the graft sets of groups, suites and signatures holds for stock sockets too."""
    patch()
    client, server = contexts()
    client.set_ciphersuites("TLS_CHACHA20_POLY1305_SHA256")
    client.set_groups("P-384")
    client.set_client_sigalgs("ed25519")  # of certificates of clients, and it shows none
    assert over_sockets(client, server)[0] == "HELLO"
    assert over_objects(client, server)[0] == "HELLO"
    for name, given in (("set_groups", "X25519"), ("set_server_sigalgs", "ed25519"),
                        ("set_ciphersuites", "TLS_AES_128_GCM_SHA256")):
        client, server = contexts()
        client.set_ciphersuites("TLS_CHACHA20_POLY1305_SHA256")
        client.set_groups("P-384")
        client.minimum_version = ssl.TLSVersion.TLSv1_3
        getattr(server, name)(given)
        assert isinstance(over_sockets(client, server), ssl.SSLError), name
        try:
            over_objects(client, server)
        except ssl.SSLError:
            continue
        raise AssertionError("%s does not hold" % name)


@case
def psk_over_sockets():
    """A grafted PSK callback holds for stock sockets, in TLS 1.2 and in TLS 1.3."""
    patch()
    for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
        client, server = ssl.SSLContext(ssl.PROTOCOL_TLS), ssl.SSLContext(ssl.PROTOCOL_TLS)
        for context in client, server:
            context.minimum_version = context.maximum_version = version
            if version == ssl.TLSVersion.TLSv1_2:
                context.set_ciphers("PSK")
        asked = []
        client.set_psk_client_callback(lambda hint: ("me", "secret"))
        server.set_psk_server_callback(lambda identity: asked.append(identity) or "secret")
        assert over_sockets(client, server)[0] == "HELLO"
        assert over_objects(client, server)[0] == "HELLO"
        assert asked == ["me", "me"], asked


@case
def context_that_a_finalizer_brings_back():
    """What the graft gave it is gone: it offers no pre-shared key, which nobody has any more."""
    patch()
    saved = []

    class Phoenix(ssl.SSLContext):
        def __del__(self):
            saved.append(self)
    client, server = contexts(Phoenix)[0], contexts()[1]
    server.options |= ssl.OP_NO_TLSv1_3 | ssl.OP_CIPHER_SERVER_PREFERENCE
    suites = "PSK-AES128-GCM-SHA256:ECDHE+AESGCM"
    server.set_ciphers(suites)
    client.set_ciphers(suites)
    server.set_psk_server_callback(lambda identity: "secret")
    client.set_psk_client_callback(lambda hint: ("me", "secret"))
    del saved[:]
    del client
    gc.collect()
    back = saved.pop()
    assert over_sockets(back, server)[:2] == ("HELLO", "TLSv1.2")
    back.load_verify_locations(AUTHORITY)
    assert over_objects(back, server)[:2] == ("HELLO", "TLSv1.2")


@case
def post_handshake_auth_over_sockets():
    """A stock socket of a client with post_handshake_auth shows its certificate when asked."""
    client, _ = contexts()
    patch()
    client.load_cert_chain(OTHER)
    client.post_handshake_auth = True
    server = _tls_bootstrap.SSLContext(_tls_bootstrap.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(IDENTITY)
    server.load_verify_locations(AUTHORITY)
    server.verify_mode = _tls_bootstrap.CERT_REQUIRED
    server.post_handshake_auth = True
    near, far = sockets()

    def serve():
        tls = server.wrap_socket(far, server_side=True)
        assert tls.getpeercert() is None
        tls.verify_client_post_handshake()
        tls.sendall("shown, please")
        assert tls.recv(100) == "hello"
        return tls.getpeercert()

    def ask():
        tls = client.wrap_socket(near, server_hostname="localhost")
        assert tls.recv(100) == "shown, please"
        tls.sendall("hello")
    shown = in_threads(serve, ask)[0]
    assert shown and shown["subject"], shown


@case
def common_names_cannot_be_switched_off():
    """Stock sockets would not heed it, so it is not said to be done."""
    patch()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    assert ssl.HAS_NEVER_CHECK_COMMON_NAME is False
    assert context.hostname_checks_common_name is True
    try:
        context.hostname_checks_common_name = False
    except AttributeError:
        pass
    else:
        assert False, "it is said to be done"


@case
def objects_on_a_context_set_through_stock():
    """What the stock members set holds for the new objects, also after the first of them."""
    client, server = contexts()
    patch()
    assert_both_ways(client, server)
    client.options |= ssl.OP_NO_TLSv1_3
    server.set_alpn_protocols(["b", "a"])
    client.set_alpn_protocols(["a", "b"])
    assert over_objects(client, server)[1] == over_sockets(client, server)[1] == "TLSv1.2"
    client.set_ciphers("ECDHE+AES256")
    assert over_objects(client, server)[0] == "HELLO"
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    for connect in (over_sockets, over_objects):
        try:
            error = connect(client, server)
        except ssl.SSLError as raised:
            error = raised
        assert error.reason == "CERTIFICATE_VERIFY_FAILED", error
    client.verify_flags &= ~ssl.VERIFY_CRL_CHECK_LEAF
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    assert over_objects(client, server, "other")[0] == "HELLO"


@case
def wrong_host_is_refused_by_both():
    client, server = contexts()
    patch()
    assert isinstance(over_sockets(client, server, "wrong.example"), ssl.CertificateError)
    try:
        over_objects(client, server, "wrong.example")
    except ssl.CertificateError as error:
        assert isinstance(error, ssl.SSLError)
    else:
        assert False, "it went through"
    assert_both_ways(client, server)


@case
def wrong_host_is_caught_by_the_new_name():
    """`except SSLCertVerificationError` takes the CertificateError of a stock socket, and nothing
    that is no failed verification."""
    client, server = contexts()
    patch()
    error = over_sockets(client, server, "wrong.example")
    assert type(error) is ssl.CertificateError
    for kinds in ssl.SSLCertVerificationError, (KeyError, ssl.SSLCertVerificationError):
        try:
            raise error
        except kinds as caught:
            assert caught is error
    for other in ssl.SSLError(1, "x"), ValueError("x"), socket.error(1, "x"):
        try:
            raise other
        except ssl.SSLCertVerificationError:
            assert False, "it catches too much"
        except (ValueError, socket.error):
            pass


# ---- no lock: whoever comes at whatever moment gets what he wants

@case
def place_of_a_context_whose_finalizer_used_it():
    """Another one that takes its place in memory is not taken for it."""
    patch()

    class Late(ssl.SSLContext):
        def __del__(self):
            self.get_ciphers()
    again = 0
    for _ in range(20):
        place = id(Late(ssl.PROTOCOL_TLS))
        context = Late(ssl.PROTOCOL_TLS)
        again += id(context) == place
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        names = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
        assert names == ["ECDHE-RSA-AES128-GCM-SHA256"], names
        del context
    assert again


def use_a_fresh_context(*ignored):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    return context


@case
def finalizer_uses_a_fresh_context():
    """Wherever the garbage collector runs while a context is grafted."""
    patch()
    ran = []

    class Last(object):
        def __del__(self):
            use_a_fresh_context()
            ran.append(1)

    class Node(object):
        pass
    for allocations in range(1, 60):
        context, incoming, outgoing = ssl.SSLContext(ssl.PROTOCOL_TLS), ssl.MemoryBIO(), ssl.MemoryBIO()
        gc.collect()
        node = Node()
        node.itself, node.last = node, Last()
        del node
        gc.set_threshold(allocations)
        context.wrap_bio(incoming, outgoing, server_side=True)
        gc.set_threshold(700)
    gc.collect()
    assert len(ran) == 59


@case
def finalizer_sets_the_context_that_is_being_grafted():
    """Whenever that is, what it sets stays set."""
    patch()

    class Last(object):
        def __del__(self):
            context.keylog_filename = os.devnull
            ran.append(1)

    class Node(object):
        pass
    for allocations in range(1, 60):
        context, ran = ssl.SSLContext(ssl.PROTOCOL_TLS), []
        gc.collect()
        node = Node()
        node.itself, node.last = node, Last()
        del node
        gc.set_threshold(allocations)
        context.post_handshake_auth
        gc.set_threshold(700)
        gc.collect()
        assert ran == [1]
        assert context.keylog_filename == os.devnull


@case
def signal_handler_uses_a_fresh_context():
    patch()
    signal.signal(signal.SIGALRM, use_a_fresh_context)
    signal.setitimer(signal.ITIMER_REAL, .001, .0007)
    for _ in range(3000):
        use_a_fresh_context()
    signal.setitimer(signal.ITIMER_REAL, 0)


@case
def protocol_of_a_subclass_uses_the_context():
    """What a subclass makes of `protocol` is not asked."""
    patch()

    class Curious(ssl.SSLContext):
        @property
        def protocol(self):
            return self.minimum_version

        @protocol.setter
        def protocol(self, value, plain=ssl.SSLContext.protocol):
            plain.__set__(self, value)
    context = Curious(ssl.PROTOCOL_TLS)
    assert context.minimum_version in list(ssl.TLSVersion)


@case
def finalizer_patches_while_another_one_does():
    """monkeypatch_ssl() inside of monkeypatch_ssl(), wherever the garbage collector runs."""
    for allocations in range(1, 40):
        class Last(object):
            def __del__(self):
                patch()

        class Node(object):
            pass
        gc.collect()
        node = Node()
        node.itself, node.last = node, Last()
        del node, Last, Node
        gc.set_threshold(allocations)
        patch()
        gc.set_threshold(700)
        _tls_bootstrap._process.pop("patched", None)
    patch()
    assert_both_ways(*contexts())


class Alarm(Exception):
    pass


@case
def handlers_that_raise_leave_sockets_whole():
    """An exception of a signal's handler, the idiom for time-outs, in the middle of sendall() or
    recv(): the records that were sent and received are those that were made."""
    client, server = _tls_bootstrap.create_default_context(cafile=AUTHORITY), contexts()[1]
    armed = [False]

    def handler(*ignored):
        if armed[0]:
            raise Alarm

    def echo(sock):
        """Whether all that came was what had been sent."""
        tls = server.wrap_socket(sock, server_side=True)
        try:
            while True:
                data = tls.recv(5000)
                if not data or data.strip("x"):
                    return not data
                tls.sendall("y" * 3000)
        except socket.error as error:     # the client is gone: OpenSSL 3.5 calls a reset its own
            wrong = isinstance(error, ssl.SSLError) and error.errno != ssl.SSL_ERROR_SYSCALL
            return not wrong

    signal.signal(signal.SIGALRM, handler)
    for turn in range(12):
        near, far = sockets()
        for end in near, far:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 + 2000 * (turn % 3))
        child = os.fork()                 # for a thread would get some of the signals
        if child == 0:
            near.close()
            os._exit(0 if echo(far) else 1)
        far.close()
        tls = client.wrap_socket(near, server_hostname="localhost")
        tls.settimeout(5 if turn % 2 else None)
        for number in range(60):
            try:
                armed[0] = True
                # Again and again: one that comes just before a call of the system does not end it.
                signal.setitimer(signal.ITIMER_REAL, .0005 * (1 + number % 9), .05)
                while True:
                    # The same as what was not finished, as OpenSSL wants it.
                    tls.sendall("x" * (10, 3000, 16384)[turn % 3])
                    tls.recv(7000)
            except Alarm:
                armed[0] = False
                signal.setitimer(signal.ITIMER_REAL, 0)
        sys.exc_clear()                   # its frames keep the socket open
        tls.close()
        assert os.waitpid(child, 0)[1] == 0


@case
def handler_uses_the_socket_that_waits():
    """A signal's handler sends and receives on the socket on which its own thread is in recv()."""
    client, server = contexts(_tls_bootstrap.SSLContext)
    near, far = sockets()
    got = []

    def serve():
        tls = server.wrap_socket(far, server_side=True)
        assert tls.recv(100) == "from the handler"
        tls.sendall("abcdef")
        tls.recv(1)

    def handler(*ignored):
        tls.sendall("from the handler")
        got.append(tls.recv(3))
    peer = threading.Thread(target=serve)
    peer.daemon = True
    peer.start()
    tls = client.wrap_socket(near, server_hostname="localhost")
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, .2)
    assert (tls.recv(10), got) == ("def", ["abc"])
    tls.close()
    peer.join(20)    # a thread that is in recv() when the interpreter ends may complain


@case
def reader_does_not_wait_for_room():
    """recv() that finds records of its own side, for which there is no room, receives all the
    same: the peer may wait for just that before it reads."""
    client, server = contexts(_tls_bootstrap.SSLContext)
    near, far = sockets()
    for end in near, far:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000)
    accepted = []
    serve = threading.Thread(
        target=lambda: accepted.append(server.wrap_socket(far, server_side=True)))
    serve.start()
    tls = client.wrap_socket(near, server_hostname="localhost")
    serve.join(20)
    for _ in range(20):
        tls._sslobj.write("x" * 16000)    # what an exception may leave in the middle of send()
    accepted[0].sendall("hello")
    tls.settimeout(5)
    assert tls.recv(10) == "hello"
    drain = threading.Thread(target=lambda: [accepted[0].recv(16000) for _ in range(20)])
    drain.daemon = True
    drain.start()
    tls.sendall("and on")
    drain.join(20)
    assert accepted[0].recv(10) == "and on"


@case
def time_out_of_the_system():
    """A blocking socket that may wait only for a while (SO_RCVTIMEO) wants to read then: 3.13 goes
    on waiting, which no scenario can show."""
    client, server = contexts(_tls_bootstrap.SSLContext)
    near, far = sockets()
    serve = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).recv(1))
    serve.daemon = True
    serve.start()
    tls = client.wrap_socket(near, server_hostname="localhost")
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 20000))
    try:
        tls.recv(1)
    except ssl.SSLWantReadError:
        pass
    else:
        assert False, "it waits for ever"
    tls.close()
    serve.join(20)


@case
def time_out_of_the_system_for_sending():
    """The same of SO_SNDTIMEO, which ends no waiting for what is to be received."""
    client, server = contexts(_tls_bootstrap.SSLContext)
    near, far = sockets()
    late = threading.Event()
    ends = []                                 # the other end reads nothing, and stays open

    def serve():
        ends.append(server.wrap_socket(far, server_side=True))
        late.wait(20)
        ends[0].sendall("late")

    serving = threading.Thread(target=serve)
    serving.start()
    tls = client.wrap_socket(near, server_hostname="localhost")
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 20000))
    threading.Timer(0.2, late.set).start()
    assert tls.recv(4) == "late"
    serving.join(20)
    try:
        for _ in range(10000):
            tls.send("x" * 16384)
    except ssl.SSLWantWriteError:
        pass
    else:
        assert False, "nobody reads, and all is sent"
    tls.close()


@case
def errors_are_not_taken_for_those_of_a_stock_connection():
    """2.7 asks OpenSSL's queue of errors why nothing was read: what failed here is not in it."""
    client, server = contexts()
    patch()
    client.options |= ssl.OP_NO_TLSv1_3      # no tickets, which would be there to read
    near, far = sockets()
    ends = in_threads(lambda: client.wrap_socket(near, server_hostname="localhost"),
                      lambda: server.wrap_socket(far, server_side=True))
    ends[0].setblocking(False)
    direct = _tls_bootstrap.SSLContext(_tls_bootstrap.PROTOCOL_TLS_CLIENT)
    garbage = ssl.MemoryBIO()
    garbage.write(b"no TLS at all")
    for fails in (
        lambda: direct.set_ciphers("NONSENSE"),
        lambda: direct.load_verify_locations(cadata=b"no DER"),
        lambda: direct.load_cert_chain(AUTHORITY),
        lambda: direct.set_ecdh_curve("nonsense"),
        lambda: client.set_groups("nonsense"),
        lambda: client.set_ciphersuites("NONSENSE"),
        lambda: server.wrap_bio(garbage, ssl.MemoryBIO(), server_side=True).do_handshake(),
        lambda: over_objects(client, server, "wrong.example"),
    ):
        try:
            fails()
        except (ssl.SSLError, ValueError):
            pass
        else:
            assert False, "it did not fail"
        try:
            ends[0].recv(1)
        except ssl.SSLWantReadError:
            pass
        else:
            assert False, "there was something to read"


# ---- the module itself

@case
def reload_is_refused():
    """reload(_tls_bootstrap) would make its classes anew: it changes nothing."""
    client, server = contexts()
    patch()
    called = []
    server.sni_callback = lambda *arguments: called.append(1)
    kept = _tls_bootstrap.SSLObject, ssl.SSLCertVerificationError
    try:
        reload(_tls_bootstrap)
    except ImportError as error:
        assert "cannot be reloaded" in str(error)
    else:
        assert False, "it was reloaded"
    assert (_tls_bootstrap.SSLObject, ssl.SSLCertVerificationError) == kept
    assert_both_ways(client, server)
    assert called


@case
def import_for_the_second_time():
    """Dropped from sys.modules and imported again, as tests do, it goes on with what there is."""
    client, server = contexts()
    patch()
    called = []
    server.sni_callback = lambda *arguments: called.append(1)
    first = _tls_bootstrap.SSLCertVerificationError
    del sys.modules["_tls_bootstrap"]
    globals().pop("_tls_bootstrap"), globals().pop("patch")
    gc.collect()
    import _tls_bootstrap as second
    second.monkeypatch_ssl()
    assert second.SSLCertVerificationError is first is ssl.SSLCertVerificationError
    gc.collect()
    assert_both_ways(client, server)
    assert called
    try:
        over_objects(client, server, "wrong.example")
    except ssl.SSLCertVerificationError:
        pass
    else:
        assert False, "it went through"


@case
def second_patch_leaves_what_was_put_there():
    """What a program has put in the place of a name since stays, and nothing is refused."""
    patch()
    ssl.MemoryBIO = mine = type("MemoryBIO", (object,), {})
    ssl.SSLContext.wrap_bio = other = lambda self: "mine"
    patch()
    assert ssl.MemoryBIO is mine
    assert vars(ssl.SSLContext)["wrap_bio"] is other


@case
def reload_of_ssl_after_a_second_import():
    """Whoever patches again, the module keeps its names, and the class gets what belongs to them."""
    patch()
    kept = dict((name, getattr(ssl, name)) for name in ("MemoryBIO", "SSLObject", "TLSVersion"))
    del sys.modules["_tls_bootstrap"]
    import _tls_bootstrap as second
    reload(ssl)
    assert not hasattr(ssl.SSLContext, "wrap_bio")
    second.monkeypatch_ssl()
    second.monkeypatch_ssl()
    assert dict((name, getattr(ssl, name)) for name in kept) == kept
    client, server = contexts(ssl.SSLContext)
    assert type(client.minimum_version) is ssl.TLSVersion
    assert client.sslobject_class is ssl.SSLObject
    assert_both_ways(client, server)


@case
def first_patch_after_a_second_import():
    """Where the first module was refused, the names are those of the one that patched."""
    ssl.MemoryBIO = "of another library"
    refused("MemoryBIO exists already")
    del ssl.MemoryBIO, sys.modules["_tls_bootstrap"]
    import _tls_bootstrap as second
    second.monkeypatch_ssl()
    assert ssl.SSLObject is second.SSLObject and ssl.TLSVersion is second.TLSVersion
    assert_both_ways(*contexts())


@case
def reload_of_ssl():
    """reload() makes a new stock module; patching that too works, and what was goes on."""
    client, server = contexts()
    patch()
    before = ssl.SSLContext
    assert over_objects(client, server)[0] == "HELLO"
    error, purpose = ssl.SSLError, ssl.Purpose.CLIENT_AUTH
    reload(ssl)
    between = ssl.Purpose.CLIENT_AUTH
    reload(ssl)
    assert ssl.SSLContext is not before and ssl.SSLError is error
    _tls_bootstrap.create_default_context().load_default_certs()
    _tls_bootstrap._create_unverified_context()
    for own in (purpose, between, ssl.Purpose.CLIENT_AUTH, _tls_bootstrap.Purpose.CLIENT_AUTH):
        _tls_bootstrap.create_default_context(own).load_default_certs(own)
        _tls_bootstrap._create_unverified_context(purpose=own)
    assert over_objects(client, server)[0] == "HELLO"
    patch()
    patch()
    assert_both_ways(*contexts(ssl.SSLContext))
    try:                                      # of a class that is new as well
        ssl.match_hostname({"subjectAltName": (("DNS", "another.example"),)}, "localhost")
    except ssl.SSLCertVerificationError as error:
        assert type(error) is ssl.CertificateError
    else:
        assert False, "every name matches"


def refused(text):
    """patch() is refused twice, with this in the message, and changes nothing."""
    before = dict(vars(ssl)), dict(vars(ssl.SSLContext))
    for _ in range(2):
        try:
            patch()
        except ImportError as error:
            assert text in str(error), error
        else:
            assert False, "it was patched"
        assert (dict(vars(ssl)), dict(vars(ssl.SSLContext))) == before


@case
def name_that_exists_already_is_refused():
    """Nothing is replaced, and nothing added beside it, also where it is tried again."""
    before = dict(vars(ssl)), dict(vars(ssl.SSLContext))
    for target, name in ((ssl, "MemoryBIO"), (ssl.SSLContext, "num_tickets")):
        setattr(target, name, "of another library")
        refused("%s exists already" % name)
        assert vars(target)[name] == "of another library"
        delattr(target, name)
        assert (dict(vars(ssl)), dict(vars(ssl.SSLContext))) == before
    patch()
    assert_both_ways(*contexts())


@case
def method_of_another_library_is_refused():
    """The same of the methods and members of the class."""
    stock = ssl.SSLContext
    for name in ("wrap_bio", "sni_callback", "sslobject_class", "get_ciphers"):
        setattr(stock, name, lambda self: "of another library")
        refused("SSLContext.%s exists already" % name)
        delattr(stock, name)
    patch()
    assert_both_ways(*contexts())


@case
def equal_value_of_another_library_is_refused():
    """A plain number is another object than the member of an enumeration that equals it."""
    for name in ("OP_NO_TICKET", "VERIFY_X509_PARTIAL_CHAIN"):
        setattr(ssl, name, int(getattr(_tls_bootstrap, name)))
        refused("ssl.%s exists already" % name)
        delattr(ssl, name)
    patch()
    assert type(ssl.OP_NO_TICKET) is _tls_bootstrap.Options
    assert type(ssl.VERIFY_X509_PARTIAL_CHAIN) is _tls_bootstrap.VerifyFlags
    assert ssl.HAS_TLSv1_3 is True and ssl.HAS_PSK is True


@case
def class_of_another_library_in_its_place_is_refused():
    """What is not made of _ssl's context is not patched, and that is said."""
    stock = ssl.SSLContext

    class SSLContext(object):
        """As pyOpenSSL's wrapper is in urllib3."""

    ssl.SSLContext = SSLContext
    refused("SSLContext")
    ssl.SSLContext = stock
    assert "wrap_bio" not in vars(stock)
    patch()
    assert_both_ways(*contexts())


@case
def subclass_in_the_place_of_the_stock_class():
    """gevent and eventlet put a subclass there; contexts of the original class gain as much, and
    either kind takes the place of the other."""
    stock = ssl.SSLContext
    before = contexts()

    class SSLContext(stock):
        """As gevent has it: with super() of its own for what it sets."""

        def wrap_socket(self, sock, *args, **kwargs):
            return stock.wrap_socket(self, sock, *args, **kwargs)

    ssl.SSLContext = SSLContext
    patch()
    patch()
    assert ssl.SSLContext is SSLContext
    after = contexts(SSLContext)
    for client, server in (before, after, contexts(stock)):
        assert_both_ways(client, server)
    for one, other in ((before, after), (after, before)):
        connection = one[1].wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), True)
        connection.context = other[1]
        assert connection.context is other[1]
    assert "wrap_bio" not in vars(SSLContext)


@case
def class_that_was_replaced_when_patched_already():
    """A library that puts its subclass there later, as gevent's monkey.patch_all() does."""
    patch()
    stock = ssl.SSLContext
    before = contexts()
    assert_both_ways(*before)

    class SSLContext(stock):
        """Of a library that was switched on later."""

    ssl.SSLContext = SSLContext
    patch()
    assert_both_ways(*before)
    assert_both_ways(*contexts(SSLContext))
    connection = contexts(SSLContext)[1].wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), True)
    connection.context = before[1]
    assert connection.context is before[1]


@case
def stock_module_of_another_library_is_refused_each_time():
    """Where libssl is not the same nothing is shared, also at the second try."""
    import math
    own = _ssl.__file__
    _ssl.__file__ = math.__file__             # which is linked with no libssl
    refused("the same libssl")
    _ssl.__file__ = own
    patch()
    assert_both_ways(*contexts())


@case
def stock_module_without_a_file_is_refused():
    """One that is built into the interpreter: nobody can tell which libssl it uses."""
    own = _ssl.__file__
    del _ssl.__file__
    refused("the same libssl")
    _ssl.__file__ = own
    patch()
    assert_both_ways(*contexts())


@case
def stock_module_that_lacks_a_name_is_refused():
    """Whatever is missing of what its layout is found out with, it is an ImportError."""
    for name in "PROTOCOL_SSLv23", "CERT_NONE", "CERT_OPTIONAL", "OP_CIPHER_SERVER_PREFERENCE":
        own = getattr(ssl, name)
        delattr(ssl, name)
        refused("not laid out")
        setattr(ssl, name, own)
    patch()
    assert_both_ways(*contexts())


@case
def importing_opens_nothing():
    """Whoever imports the module and never patches has no descriptor more for it."""
    def opened():
        code = "import os%s; print(sorted(os.listdir('/proc/self/fd')))"
        return [subprocess.check_output([sys.executable, "-c", code % more])
                for more in ("", ", _tls_bootstrap")]

    before, after = opened()
    assert before == after


@case
def patch_without_a_free_descriptor():
    """It is told as what it is, and the next one, with a descriptor, goes through."""
    import errno
    import resource
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used, limits[1]))
    os.close(used)
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    try:
        patch()
    except EnvironmentError as error:
        assert error.errno == errno.EMFILE, error
    else:
        assert False, "it was patched"
    map(os.close, taken)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    patch()
    assert_both_ways(*contexts())


@case
def contexts_of_either_module_for_objects_of_the_other():
    """A connection may be given any context, of a stock module that uses the same libssl."""
    import math
    own = _tls_bootstrap.SSLContext(_tls_bootstrap.PROTOCOL_TLS_CLIENT)
    made = own.wrap_bio(_tls_bootstrap.MemoryBIO(), _tls_bootstrap.MemoryBIO(),
                        server_hostname="localhost")
    stock, _ = contexts()
    file = _ssl.__file__
    _ssl.__file__ = math.__file__             # which is linked with no libssl
    try:
        made.context = stock
    except ImportError as error:
        assert "the same libssl" in str(error), error
    else:
        assert False, "it was shared"
    _ssl.__file__ = file
    assert made.context is own
    made.context = stock
    assert made.context is stock
    patch()
    grafted = stock.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    for other in own, contexts()[0], own:
        grafted.context = other
        assert grafted.context is other


@case
def what_is_no_class_is_refused():
    """Whatever a program, or a mock, has put into the place of SSLContext."""
    own = ssl.SSLContext
    for other in (lambda protocol: own(protocol)), type("Mock", (object,), {})():
        ssl.SSLContext = other
        refused("not based on")
    ssl.SSLContext = own
    assert not hasattr(ssl, "MemoryBIO")
    patch()
    assert_both_ways(*contexts())


@case
def classes_of_a_program_are_not_tried_out():
    """What a program has put into the places of SSLContext and socket may want other arguments."""
    class Named(ssl.SSLContext):
        def __new__(cls, name, protocol):
            raise AssertionError("it was made")

    class Refusing(socket.socket):
        def __init__(self, *args, **kwargs):
            raise AssertionError("it was made")

    own = ssl.SSLContext, socket.socket
    ssl.SSLContext, socket.socket = Named, Refusing
    patch()
    ssl.SSLContext, socket.socket = own
    assert_both_ways(*contexts())


@case
def members_of_a_subclass_are_used_or_not():
    """Setting a version uses its `options`, as in Python 3, and no setter calls its methods."""
    class Own(ssl.SSLContext):
        @property
        def options(self):
            return super(Own, self).options

        @options.setter
        def options(self, value):
            seen.append("options")
            super(Own, type(self)).options.__set__(self, value)

        def set_servername_callback(self, callback):
            seen.append("set_servername_callback")
            self.sni_callback = callback

    seen = []
    patch()
    own = Own(ssl.PROTOCOL_TLS)
    del seen[:]
    own.minimum_version = ssl.TLSVersion.SSLv3
    assert seen == ["options"]
    for callback in None, len, None:
        own.sni_callback = callback
    assert seen == ["options"]
    own.set_servername_callback(len)
    own.set_servername_callback(None)
    assert seen == ["options"] + 2 * ["set_servername_callback"]
    assert type(ssl.Options.OP_NO_TICKET | own.options) is ssl.Options
    assert type(own.options) is long


@case
def socket_that_is_ready_for_nothing_waits_on():
    """As where whoever has a copy of its descriptor was first to read.

    A test preloads a poll() that says so of every descriptor once.
    """
    near, far = sockets()
    far.settimeout(20)
    client, server = contexts(lambda protocol: _tls_bootstrap.SSLContext(protocol))
    result = []

    def serve():
        tls = server.wrap_socket(far, server_side=True)
        for word in "one", "two":
            time.sleep(0.2)
            tls.sendall(word)
        result.append(tls.recv(5))
    thread = threading.Thread(target=serve)
    thread.start()
    near.settimeout(20)
    tls = client.wrap_socket(near, server_hostname="localhost")
    assert tls.recv(3) == "one"
    tls.settimeout(None)
    assert tls.recv(3) == "two"
    assert tls.send("three") == 5
    thread.join(20)
    assert result == ["three"]


@case
def own_contexts_are_collected():
    """The module's own context goes with whatever it has that refers to it."""
    class Path(object):
        """A path that keeps a context."""

        def __init__(self, context):
            self.context = context

        def __fspath__(self):
            return os.devnull

    def callback_of(context):
        return lambda *arguments: context

    setters = {
        "sni_callback": lambda one: setattr(one, "sni_callback", callback_of(one)),
        "_msg_callback": lambda one: setattr(one, "_msg_callback", callback_of(one)),
        "client": lambda one: one.set_psk_client_callback(callback_of(one)),
        "server": lambda one: one.set_psk_server_callback(callback_of(one)),
        "keylog_filename": lambda one: setattr(one, "keylog_filename", Path(one)),
    }
    for name, put in setters.items():
        sides = _tls_bootstrap.PROTOCOL_TLS_CLIENT, _tls_bootstrap.PROTOCOL_TLS_SERVER
        context = _tls_bootstrap.SSLContext(sides[name != "client"])
        put(context)
        gone = weakref.ref(context)
        del context
        assert gone() is not None, name
        gc.collect()
        assert gone() is None, name


@case
def errors_are_caught_when_the_names_are_gone():
    """As at the end of the interpreter, when modules' names are None."""
    patch()
    wrong_name, caught = ssl.CertificateError, ssl.SSLCertVerificationError
    ssl.CertificateError = None
    try:
        raise wrong_name("of a stock socket")
    except caught:
        pass
    assert isinstance(wrong_name(), caught) and issubclass(wrong_name, caught)


class Interrupted(type(ssl)):
    """A module in whose change a signal's handler raises."""

    def __setattr__(self, name, value):
        if name == "VerifyMode":
            raise KeyboardInterrupt
        super(Interrupted, self).__setattr__(name, value)


@case
def patch_that_is_interrupted_leaves_nothing():
    module = Interrupted("ssl")
    vars(module).update(vars(ssl))
    before = dict(vars(module)), dict(vars(ssl.SSLContext))
    _tls_bootstrap._stock = module
    try:
        patch()
    except KeyboardInterrupt:
        pass
    else:
        assert False, "it was patched"
    assert (dict(vars(module)), dict(vars(ssl.SSLContext))) == before
    _tls_bootstrap._stock = ssl
    patch()
    assert_both_ways(*contexts())


class Refusing(type):
    """The class of a context class that refuses a member."""

    def __setattr__(cls, name, value):
        if name == "wrap_bio":
            raise KeyError(name)
        super(Refusing, cls).__setattr__(name, value)


@case
def second_patch_that_is_interrupted_leaves_the_first():
    """What the first one added is still there: it is the module's, and other contexts use it."""
    patch()
    client, server = contexts()
    stock = ssl.SSLContext

    class SSLContext(_ssl._SSLContext):
        """In the place of the stock class after reload(ssl)."""
        __metaclass__ = Refusing

    added = dict(vars(ssl)), dict(vars(SSLContext))
    ssl.SSLContext = SSLContext
    try:
        patch()
    except KeyError:
        pass
    else:
        assert False, "it was patched"
    ssl.SSLContext = stock
    assert (dict(vars(ssl)), dict(vars(SSLContext))) == added
    assert_both_ways(client, server)


@case
def member_of_a_base_is_refused():
    """What the class inherits from another library's base is nothing to be replaced, either."""
    class Mixin(object):
        """Of another library."""

        def get_ciphers(self):
            return "of another library"

    class SSLContext(Mixin, _ssl._SSLContext):
        """The stock class, as that library has made it."""

    stock = ssl.SSLContext
    ssl.SSLContext = SSLContext
    refused("SSLContext.get_ciphers exists already")
    ssl.SSLContext = stock
    patch()
    assert_both_ways(*contexts())


@case
def import_alone_changes_nothing():
    assert not hasattr(ssl, "MemoryBIO") and not hasattr(ssl.SSLContext, "wrap_bio")
    assert over_sockets(*contexts())[0] == "HELLO"


@case
def contexts_die():
    """The graft keeps no context, and nothing of one, alive."""
    patch()
    gone = []

    class Watched(ssl.SSLContext):
        pass
    for _ in range(50):
        client, server = contexts(Watched)
        assert over_objects(client, server)[0] == "HELLO"
        server.set_servername_callback(lambda *arguments: None)
        gone += [weakref.ref(client), weakref.ref(server)]
    del client, server
    gc.collect()
    assert [reference for reference in gone if reference() is not None] == []
    assert _tls_bootstrap._grafts == {}


@case
def contexts_that_were_switched_from_die():
    """What C keeps of a context is gone with it, also where a stock callback switched from it."""
    patch()
    client, other = contexts()
    other.load_cert_chain(OTHER)
    kind = type(_tls_bootstrap._core_of(other))

    def kept():
        gc.collect()
        return len([value for value in gc.get_objects() if type(value) is kind])

    def switch():
        def callback(connection, name, context):
            connection.context = other
        _, server = contexts()
        server.set_servername_callback(callback)
        assert over_objects(client, server, "first.example")[0] == "HELLO"
    switch()
    before = kept()
    for _ in range(5):
        switch()
    assert kept() == before


@case
def objects_outlive_their_context():
    client, server = contexts()
    patch()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    wrapped = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
    del client, server
    gc.collect()
    try:
        wrapped.do_handshake()
    except ssl.SSLWantReadError:
        pass
    assert outgoing.pending
    assert wrapped.context.verify_mode == ssl.CERT_REQUIRED


@case
def exit_amid_a_handshake():
    """The process ends in good order whatever is under way."""
    client, server = contexts()
    patch()
    sys.kept = client.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    server.sni_callback = lambda *arguments: None
    sys.kept_too = server, sockets()


@case
def a_fork_goes_on():
    client, server = contexts()
    patch()
    assert over_objects(client, server)[0] == "HELLO"
    child = os.fork()
    if child == 0:
        try:
            assert_both_ways(client, server)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert_both_ways(client, server)


@case
def a_fork_amid_a_handshake_leaves_that_to_the_parent():
    """What another thread was doing is refused in the child, which neither hangs nor goes on."""
    client, server = contexts()
    patch()
    inside, leave = threading.Event(), threading.Event()

    def callback(*arguments):
        inside.set()
        leave.wait(20)
    server.sni_callback = callback
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    far = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        near.do_handshake()
    except ssl.SSLWantReadError:
        pass

    def serve():
        try:
            far.do_handshake()
        except ssl.SSLWantReadError:
            pass
    thread = threading.Thread(target=serve)
    thread.start()
    assert inside.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            for refused in far.do_handshake, far.version, lambda: far.read(1):
                try:
                    refused()
                except ssl.SSLError as error:
                    assert "forked" in str(error), error
                else:
                    assert False, "half a handshake goes on"
            server.sni_callback = None
            assert_both_ways(client, server)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    leave.set()
    thread.join(20)
    assert to_client.pending


@case
def the_c_object_of_a_stock_connection_stays_itself():
    """SSLObject(stock object), which eventlet calls, gives that object."""
    patch()
    client, _ = contexts()
    stock = client._wrap_socket(socket.socket()._sock, False, "localhost", ssl_sock=None)
    assert ssl.SSLObject(stock, owner=None) is stock
    for arguments in ((), (None,), (client,)):
        try:
            ssl.SSLObject(*arguments)
        except TypeError as error:
            assert "public constructor" in str(error)
        else:
            assert False, "it has a constructor"


if __name__ == "__main__":
    CASES[sys.argv[1]]()
