# mypy: ignore-errors
"""Liars about the callback for server names."""

from impls.liars.tools import attribute_of, instead_of, sni_callbacks_become


def is_called_twice(ssl):
    """The callback is called twice for each hello."""

    def twice(callback):
        return lambda *args: (callback(*args), callback(*args))[1]

    sni_callbacks_become(twice)


def is_not_called_without_a_name(ssl):
    """The callback is not called for a client that sends no name."""

    def named_only(callback):
        return lambda wrapped, name, context: name and callback(wrapped, name, context) or None

    sni_callbacks_become(named_only)


def gets_the_context_first(ssl):
    """The first argument of the callback is the context rather than the SSLObject."""

    def other(callback):
        return lambda wrapped, name, context: callback(context, name, context)

    sni_callbacks_become(other)


def gets_the_name_in_bytes(ssl):
    """The name that the callback gets is bytes."""

    def other(callback):
        return lambda wrapped, name, context: callback(
            wrapped, name and name.encode("ascii"), context
        )

    sni_callbacks_become(other)


def gets_an_empty_name_for_none(ssl):
    """The name that the callback gets is "" where the client sent none."""

    def other(callback):
        return lambda wrapped, name, context: callback(wrapped, name or "", context)

    sni_callbacks_become(other)


def gets_the_name_in_lower_case(ssl):
    """The name that the callback gets is in lower case."""

    def other(callback):
        return lambda wrapped, name, context: callback(wrapped, name and name.lower(), context)

    sni_callbacks_become(other)


def gets_the_name_without_its_last_dot(ssl):
    """The name that the callback gets has lost its trailing dot."""

    def other(callback):
        return lambda wrapped, name, context: callback(wrapped, name and name.rstrip("."), context)

    sni_callbacks_become(other)


def gets_the_name_decoded(ssl):
    """The name that the callback gets is decoded from IDNA."""

    def other(callback):
        return lambda wrapped, name, context: callback(
            wrapped, name and name.encode("ascii").decode("idna"), context
        )

    sni_callbacks_become(other)


def answer_is_ignored(ssl):
    """Whatever the callback returns, the handshake goes on."""
    sni_callbacks_become(lambda callback: lambda *args: callback(*args) and None)


def exception_is_ignored(ssl):
    """The handshake goes on when the callback raises."""

    def other(callback):
        def quietly(*args):
            try:
                return callback(*args)
            except Exception:
                return None

        return quietly

    sni_callbacks_become(other)


def callback_stays_when_removed(ssl):
    """Assigning None to sni_callback leaves the callback in place."""
    attribute_of(
        ssl.SSLContext,
        "sni_callback",
        None,
        lambda true, self, value: None if value is None else true(self, value),
    )


def first_callback_wins(ssl):
    """A second callback does not replace the first."""
    attribute_of(
        ssl.SSLContext,
        "sni_callback",
        None,
        lambda true, self, value: true(self, (value and true(self)) or value),
    )


def callback_is_not_shown(ssl):
    """sni_callback reads as None although there is one."""
    attribute_of(ssl.SSLContext, "sni_callback", lambda true, self: None)


def client_takes_a_callback(ssl):
    """A client context accepts a callback that is never called."""

    def assign(true, self, value):
        if self.protocol != ssl.PROTOCOL_TLS_CLIENT:
            true(self, value)

    attribute_of(ssl.SSLContext, "sni_callback", None, assign)


def old_method_decodes_the_name(ssl):
    """The callback of set_servername_callback() gets the name decoded from IDNA."""

    @instead_of(ssl.SSLContext)
    def set_servername_callback(true, self, callback):
        def decoded(wrapped, name, context):
            return callback(wrapped, name and name.encode("ascii").decode("idna"), context)

        return true(self, callback if not callable(callback) else decoded)


def switching_the_context_is_ignored(ssl):
    """Assigning another context inside the callback does nothing."""
    attribute_of(ssl.SSLObject, "context", None, lambda true, self, value: None)


def callback_can_be_deleted(ssl):
    """`del context.sni_callback` removes the callback."""
    true = ssl.SSLContext.sni_callback
    ssl.SSLContext.sni_callback = property(
        lambda self: true.__get__(self, ssl.SSLContext),
        lambda self, value: true.__set__(self, value),
        lambda self: true.__set__(self, None),
    )
