# mypy: ignore-errors
"""Liars about pre-shared keys."""

from impls.liars.tools import instead_of


def client_gets_an_empty_hint_for_none(ssl):
    """The client's callback gets "" where the server gave no hint."""

    @instead_of(ssl.SSLContext)
    def set_psk_client_callback(true, self, callback):
        return true(self, callback and (lambda hint: callback(hint or "")))


def client_gets_the_hint_in_bytes(ssl):
    """The client's callback gets the hint as bytes."""

    @instead_of(ssl.SSLContext)
    def set_psk_client_callback(true, self, callback):
        if not callable(callback):
            return true(self, callback)
        return true(self, lambda hint: callback(hint and hint.encode()))


def client_is_asked_twice(ssl):
    """The client's callback is called twice."""

    @instead_of(ssl.SSLContext)
    def set_psk_client_callback(true, self, callback):
        if not callable(callback):
            return true(self, callback)
        return true(self, lambda hint: (callback(hint), callback(hint))[1])


def server_gets_no_identity(ssl):
    """The server's callback gets None in the place of every identity."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, identity_hint=None):
        asked = (lambda identity: callback(None)) if callable(callback) else callback
        return true(self, asked, identity_hint)


def server_gets_an_empty_identity_for_none(ssl):
    """The server's callback gets "" where the client gave no identity."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, identity_hint=None):
        if not callable(callback):
            return true(self, callback, identity_hint)
        return true(self, lambda identity: callback(identity or ""), identity_hint)


def hint_is_not_sent(ssl):
    """The identity_hint of a server is not sent."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, identity_hint=None):
        true(self, callback, identity_hint)
        return true(self, callback)


def hint_is_renamed(ssl):
    """The parameter for the hint of a server is named `hint`."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, hint=None):
        return true(self, callback, hint)


def long_hint_is_cut(ssl):
    """An identity_hint that is too long is cut."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, identity_hint=None):
        return true(self, callback, identity_hint[:8] if identity_hint else identity_hint)


def callback_stays_when_set_to_none(ssl):
    """set_psk_client_callback(None) leaves the callback in place."""

    @instead_of(ssl.SSLContext)
    def set_psk_client_callback(true, self, callback):
        return None if callback is None else true(self, callback)


def callback_of_the_other_side_is_accepted(ssl):
    """A client context accepts the callback of a server, and never calls it."""

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, *args, **kwargs):
        if self.protocol != ssl.PROTOCOL_TLS_CLIENT:
            return true(self, *args, **kwargs)


def any_key_will_do(ssl):
    """Every server has the key of a client."""
    keys = []

    @instead_of(ssl.SSLContext)
    def set_psk_client_callback(true, self, callback):
        def answer(hint):
            returned = callback(hint)
            keys.append(returned[1])
            return returned

        return true(self, answer if callable(callback) else callback)

    @instead_of(ssl.SSLContext)
    def set_psk_server_callback(true, self, callback, identity_hint=None):
        def answer(identity):
            callback(identity)
            return keys[-1]

        return true(self, answer if callable(callback) else callback, identity_hint)
