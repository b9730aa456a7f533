"""What sni_callback reads as."""


def test_is_read_as_it_was_set(peers):
    """sni_callback is the very function that was assigned, and of two the later one.

    library/ssl.html#ssl.SSLContext.sni_callback
    """

    def one(called_for, name, context):
        return None

    def other(called_for, name, context):
        return None

    context = peers.server_context()
    context.sni_callback = one
    assert context.sni_callback is one
    context.sni_callback = other
    assert context.sni_callback is other
