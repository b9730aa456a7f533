# mypy: ignore-errors
"""Liars about SSLSocket."""

import socket

from impls.liars.tools import attribute_of, instead_of


def send_takes_ten_bytes_at_most(ssl):
    """send() takes ten bytes and leaves the rest."""

    @instead_of(ssl.SSLSocket)
    def send(true, self, data, flags=0):
        return true(self, bytes(data)[:10] if isinstance(data, bytes) else data, flags)


def recv_returns_a_byte_less(ssl):
    """recv() asks for one byte less than it is told."""

    @instead_of(ssl.SSLSocket)
    def recv(true, self, buflen=1024, flags=0):
        return true(self, buflen - 1 if isinstance(buflen, int) and buflen > 1 else buflen, flags)


def recv_into_fills_more_than_it_says(ssl):
    """recv_into() ignores how many bytes it is to store at most."""

    @instead_of(ssl.SSLSocket)
    def recv_into(true, self, buffer, nbytes=None, flags=0):
        return true(self, buffer, None, flags)


def ragged_end_is_always_suppressed(ssl):
    """The end without close_notify is never an error."""

    @instead_of(ssl.SSLSocket)
    def read(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except ssl.SSLEOFError:
            return b""


def ragged_end_is_never_suppressed(ssl):
    """The end without close_notify is always an SSLEOFError."""

    @instead_of(ssl.SSLSocket)
    def read(true, self, *args, **kwargs):
        told, self.suppress_ragged_eofs = self.suppress_ragged_eofs, False
        try:
            return true(self, *args, **kwargs)
        finally:
            self.suppress_ragged_eofs = told


def unwrap_returns_nothing(ssl):
    """unwrap() returns None."""

    @instead_of(ssl.SSLSocket)
    def unwrap(true, self):
        true(self)


def time_out_has_another_text(ssl):
    """A read that times out says only "timed out"."""

    @instead_of(ssl.SSLSocket)
    def read(true, self, *args, **kwargs):
        try:
            return true(self, *args, **kwargs)
        except TimeoutError:
            raise TimeoutError("timed out") from None


def flags_are_ignored(ssl):
    """send() with flags sends as without."""

    @instead_of(ssl.SSLSocket)
    def send(true, self, data, flags=0):
        return true(self, data)


def datagrams_are_received(ssl):
    """recvfrom() is recv() with the address None."""

    @instead_of(ssl.SSLSocket)
    def recvfrom(true, self, buflen=1024, flags=0):
        return self.recv(buflen), None


def socket_can_be_copied(ssl):
    """dup() returns the socket itself."""

    @instead_of(ssl.SSLSocket)
    def dup(true, self):
        return self


def nothing_is_ever_pending(ssl):
    """pending() of an SSLSocket is 0."""

    @instead_of(ssl.SSLSocket)
    def pending(true, self):
        return 0


def close_says_goodbye(ssl):
    """close() sends close_notify."""

    @instead_of(ssl.SSLSocket)
    def close(true, self):
        try:
            if self._sslobj is not None:
                self._sslobj.shutdown()
        except OSError:
            pass
        true(self)


def handshake_is_never_done_at_once(ssl):
    """wrap_socket() leaves the handshake to the caller."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, sock, *args, **kwargs):
        kwargs["do_handshake_on_connect"] = False
        return true(self, sock, *args, **kwargs)


def wrapped_socket_shares_its_descriptor(ssl):
    """wrap_socket() leaves the plain socket usable."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, sock, *args, **kwargs):
        copy = sock.dup() if isinstance(sock, socket.socket) else sock
        return true(self, copy, *args, **kwargs)


def accepted_socket_is_plain(ssl):
    """accept() returns a socket without TLS."""

    @instead_of(ssl.SSLSocket)
    def accept(true, self):
        return socket.socket.accept(self)


def context_is_not_exchanged(ssl):
    """Assigning the context of an SSLSocket does nothing."""
    attribute_of(ssl.SSLSocket, "context", None, lambda true, self, value: None)


def connecting_twice_is_accepted(ssl):
    """connect() of a connected socket returns."""

    @instead_of(ssl.SSLSocket)
    def connect(true, self, addr):
        try:
            return true(self, addr)
        except ValueError:
            return None


def server_certificate_is_der(ssl):
    """get_server_certificate() returns DER."""

    @instead_of(ssl)
    def get_server_certificate(true, *args, **kwargs):
        return ssl.PEM_cert_to_DER_cert(true(*args, **kwargs))


def words_before_tls_are_overlooked(ssl):
    """What a peer said before it reset the connection is no reason to refuse the socket."""

    @instead_of(ssl.SSLSocket)
    def recv(true, self, buflen=1024, flags=0):
        if self._sslobj is None and buflen == 1 and self.gettimeout() == 0.0:
            return b""
        return true(self, buflen, flags)


def reset_before_tls_is_overlooked(ssl):
    """A connection that was reset before a word was said is one that is still to come."""

    @instead_of(ssl.SSLSocket)
    def recv(true, self, buflen=1024, flags=0):
        try:
            return true(self, buflen, flags)
        except ConnectionResetError:
            if self._sslobj is None:
                return b""
            raise


def connecting_in_the_background_is_plain(ssl):
    """There is no TLS after connect_ex() has said that it goes on in the background."""

    @instead_of(ssl.SSLSocket)
    def connect_ex(true, self, addr):
        number = true(self, addr)
        if number:
            self._sslobj = None
        return number


def failed_handshake_closes_a_connecting_socket(ssl):
    """A handshake that fails in connect() closes the socket."""

    @instead_of(ssl.SSLSocket)
    def connect(true, self, addr):
        try:
            true(self, addr)
        except ssl.SSLError:
            self.close()
            raise


def version_is_known_before_the_last_message(ssl):
    """version() answers as soon as a cipher has been chosen."""

    @instead_of(ssl.SSLSocket)
    def version(true, self):
        cipher = self.cipher()
        return cipher[1] if cipher else true(self)


def certificate_is_known_before_the_last_message(ssl):
    """getpeercert() is {} before the handshake is done."""

    @instead_of(ssl.SSLSocket)
    def getpeercert(true, self, binary_form=False):
        try:
            return true(self, binary_form)
        except ValueError:
            return {}


def time_out_of_a_handshake_by_writing_is_its_own(ssl):
    """send() that has to end a handshake times out as a handshake."""

    @instead_of(ssl.SSLSocket)
    def send(true, self, data, flags=0):
        unfinished = self.version() is None
        try:
            return true(self, data, flags)
        except TimeoutError:
            if unfinished:
                raise TimeoutError("The handshake operation timed out") from None
            raise


def error_of_a_signal_handler_is_the_end(ssl):
    """To recv() what the handler of a signal raises is the end of the data."""

    @instead_of(ssl.SSLSocket)
    def recv(true, self, buflen=1024, flags=0):
        try:
            return true(self, buflen, flags)
        except KeyError:
            return b""


def error_of_a_signal_handler_closes_the_listener(ssl):
    """accept() closes the listener when the handler of a signal raises."""

    @instead_of(ssl.SSLSocket)
    def accept(true, self):
        try:
            return true(self)
        except KeyError:
            self.close()
            raise


def time_out_is_that_of_each_wait(ssl):
    """unwrap() begins to wait anew with every sign of life."""

    @instead_of(ssl.SSLSocket)
    def unwrap(true, self):
        for _ in range(9):
            try:
                return true(self)
            except TimeoutError:
                continue
        return true(self)
