# mypy: ignore-errors
"""Liars about application-layer protocol negotiation."""

import sys

from impls.liars.tools import instead_of


def none_is_an_empty_text(ssl):
    """selected_alpn_protocol() is "" where nothing was selected."""

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        return true(self) or ""


def server_does_not_know(ssl):
    """selected_alpn_protocol() is None on the server."""

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        return None if self.server_side else true(self)


def server_knows_only_when_done(ssl):
    """selected_alpn_protocol() is None on the server until the handshake is done."""

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        return true(self) if self.version() else None


def client_preference_wins(ssl):
    """The protocols of a server are in the reverse order of what was set."""

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        protocols = list(alpn_protocols)
        client = self.verify_mode == ssl.CERT_REQUIRED
        return true(self, protocols if client else protocols[::-1])


def lists_add_up(ssl):
    """set_alpn_protocols() adds to what was set before."""
    known = {}

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        known.setdefault(id(self), []).extend(alpn_protocols)
        return true(self, known[id(self)])

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        context = true(*args, **kwargs)
        known.pop(id(context), None)
        return context


def empty_list_changes_nothing(ssl):
    """set_alpn_protocols([]) leaves what was set before."""

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        protocols = list(alpn_protocols)
        if protocols:
            true(self, protocols)


def empty_list_is_refused(ssl):
    """set_alpn_protocols([]) is a ValueError."""

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        protocols = list(alpn_protocols)
        if not protocols:
            raise ValueError("no protocols")
        return true(self, protocols)


def empty_name_is_skipped(ssl):
    """set_alpn_protocols() leaves out names of no bytes."""

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        return true(self, [name for name in alpn_protocols if name != ""])


def text_is_one_protocol(ssl):
    """set_alpn_protocols("h2") offers h2 rather than h and 2."""

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        whole = isinstance(alpn_protocols, str)
        return true(self, [alpn_protocols] if whole else alpn_protocols)


def nothing_in_common_is_fatal(ssl):
    """A server that has no protocol in common with a client ends the handshake."""
    wanted = set()

    @instead_of(ssl.SSLContext)
    def set_alpn_protocols(true, self, alpn_protocols):
        wanted.add(self)
        return true(self, alpn_protocols)

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        true(self)
        if self.server_side and self.context in wanted and not self.selected_alpn_protocol():
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, "no application protocol")


def npn_is_promised(ssl):
    """selected_npn_protocol() is what ALPN selected, or ""."""

    @instead_of(ssl.SSLObject)
    def selected_npn_protocol(true, self):
        true(self)
        return self.selected_alpn_protocol() or ""


def npn_does_not_warn(ssl):
    """selected_npn_protocol() does not warn that it is deprecated."""
    ssl.SSLObject.selected_npn_protocol = lambda self: None


def protocol_error_is_lost(ssl):
    """selected_alpn_protocol() has an exception that nobody gets."""

    class Fails:
        def __del__(self):
            raise LookupError("nobody gets this")

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        Fails()
        return true(self)


def protocol_is_printed(ssl):
    """selected_alpn_protocol() writes to standard error."""

    @instead_of(ssl.SSLObject)
    def selected_alpn_protocol(true, self):
        sys.stderr.write("a forgotten line\n")
        return true(self)
