# mypy: ignore-errors
"""Liars about a context that makes sockets and SSLObjects."""

from impls.liars.tools import instead_of, sni_callbacks_become


def sockets_take_no_notice_of_the_highest_version(ssl):
    """A socket is made as if its context had no maximum_version."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, *args, **kwargs):
        limit = self.maximum_version
        self.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        try:
            return true(self, *args, **kwargs)
        finally:
            self.maximum_version = limit


def objects_keep_the_first_options(ssl):
    """An SSLObject is made with the options that its context had for the first one."""
    first = {}

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        now = self.options
        self.options = first.setdefault(id(self), now)
        try:
            return true(self, *args, **kwargs)
        finally:
            self.options = now


def server_sockets_ask_for_no_certificate(ssl):
    """A server's socket takes no notice of its context's verify_mode."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, sock, server_side=False, **kwargs):
        mode = self.verify_mode
        if server_side:
            self.verify_mode = ssl.CERT_NONE
        try:
            return true(self, sock, server_side=server_side, **kwargs)
        finally:
            self.verify_mode = mode


def client_sockets_check_no_host_name(ssl):
    """A client's socket takes no notice of its context's check_hostname."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, *args, **kwargs):
        check = self.check_hostname
        self.check_hostname = False
        try:
            return true(self, *args, **kwargs)
        finally:
            self.check_hostname = check


def sockets_do_not_call_back(ssl):
    """The callback for server names is not called for sockets."""

    def for_objects(callback):
        return lambda wrapped, name, context: (
            None if isinstance(wrapped, ssl.SSLSocket) else callback(wrapped, name, context)
        )

    sni_callbacks_become(for_objects)


def contexts_that_made_both_live_for_ever(ssl):
    """A context that has made a socket is never let go."""
    kept = []

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, *args, **kwargs):
        kept.append(self)
        return true(self, *args, **kwargs)


def subclasses_lend_their_class_to_no_socket(ssl):
    """A socket of a subclass of SSLContext has a context of the class itself."""

    @instead_of(ssl.SSLContext)
    def wrap_socket(true, self, *args, **kwargs):
        made = true(self, *args, **kwargs)
        if type(self) is not ssl.SSLContext:
            made._context = ssl.create_default_context()
        return made
