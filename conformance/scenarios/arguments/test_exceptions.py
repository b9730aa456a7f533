"""Which of their arguments ssl's exceptions keep."""

import pytest

NAMES = [
    "SSLError",
    "SSLZeroReturnError",
    "SSLWantReadError",
    "SSLWantWriteError",
    "SSLSyscallError",
    "SSLEOFError",
    "SSLCertVerificationError",
]


@pytest.mark.parametrize("name", NAMES)
def test_exception_can_be_made(ssl, native, name):
    """An exception keeps a number and a text as errno and strerror, and its text is the latter.

    Made from less or more it keeps the arguments alone; it has no named ones.

    library/ssl.html#ssl.SSLError
    """
    cls = getattr(ssl, name)
    made = native.construct(cls, 1, "text")
    assert (made.errno, made.strerror, str(made)) == (1, "text", "text")
    assert native.construct(cls).args == ()
    assert native.construct(cls, "alone").args == ("alone",)
    assert native.construct(cls, 1, "text", "file").args == (1, "text")
    with pytest.raises(TypeError):
        native.construct(cls, errno=1)
