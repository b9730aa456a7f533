# mypy: ignore-errors
"""Liars about the callback for TLS messages."""

from impls.liars.tools import message_callbacks_become


def headers_are_not_shown(ssl):
    """The headers of records are left out."""

    def wrap(callback):
        def only_messages(connection, direction, version, content_type, *rest):
            if content_type != ssl._TLSContentType.HEADER:
                return callback(connection, direction, version, content_type, *rest)

        return only_messages

    message_callbacks_become(wrap)


def directions_are_swapped(ssl):
    """What is read is shown as written, and the other way round."""

    def wrap(callback):
        other = {"read": "write", "write": "read"}
        return lambda connection, direction, *rest: callback(connection, other[direction], *rest)

    message_callbacks_become(wrap)


def alerts_are_numbers(ssl):
    """The type of an alert is a plain number."""

    def wrap(callback):
        def plain(connection, direction, version, content_type, kind, data):
            if content_type == ssl._TLSContentType.ALERT:
                kind = int(kind)
            return callback(connection, direction, version, content_type, kind, data)

        return plain

    message_callbacks_become(wrap)


def exception_of_a_callback_is_lost(ssl):
    """What the callback raises is dropped."""

    def wrap(callback):
        def quiet(*arguments):
            try:
                callback(*arguments)
            except KeyError:
                pass

        return quiet

    message_callbacks_become(wrap)


def sockets_are_not_shown(ssl):
    """The callback is called for SSLObjects alone."""

    def wrap(callback):
        def objects_only(connection, *rest):
            if isinstance(connection, ssl.SSLObject):
                return callback(connection, *rest)

        return objects_only

    message_callbacks_become(wrap)


def anything_is_a_callback(ssl):
    """Assigning what cannot be called is accepted, and does nothing."""
    from impls.liars.tools import attribute_of

    def assign(true, self, callback):
        if callback is None or callable(callback):
            true(self, callback)

    attribute_of(ssl.SSLContext, "_msg_callback", None, assign)
