"""The two attributes of a MemoryBIO, and that there are no others."""

import pytest


@pytest.mark.parametrize("name, value", [("pending", 0), ("eof", True)], ids=["pending", "eof"])
def test_cannot_be_set(ssl, name, value):
    """`pending` and `eof` are read-only; a refused assignment changes nothing.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    bio = ssl.MemoryBIO()
    bio.write(b"abc")
    with pytest.raises(AttributeError):
        setattr(bio, name, value)
    assert bio.pending == 3
    assert bio.eof is False
    assert bio.read() == b"abc"


@pytest.mark.parametrize("held", [b"", b"abc"], ids=["empty", "with-data"])
@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended"])
def test_cannot_be_set_in_any_state(ssl, held, ended):
    """`pending` and `eof` are read-only with data and without, before the end of file and after.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(held)
    if ended:
        bio.write_eof()
    for name in ("pending", "eof"):
        before = getattr(bio, name)
        with pytest.raises(AttributeError):
            setattr(bio, name, before)
        assert getattr(bio, name) == before


@pytest.mark.parametrize("name", ["pending", "eof", "read"])
def test_cannot_be_deleted(ssl, native, name):
    """Attributes and methods of a MemoryBIO cannot be deleted.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(AttributeError):
        native.delete_attribute(bio, name)
    assert native.has(bio, name) is True


def test_no_new_ones_can_be_added(ssl):
    """A MemoryBIO has no instance dictionary: an unknown attribute cannot be set.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(AttributeError):
        bio.nickname = "incoming"


def test_unknown_one_is_an_attribute_error(ssl):
    """Reading an attribute that a MemoryBIO lacks is an AttributeError.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(AttributeError):
        bio.nickname  # noqa: B018 - the access is the operation


def test_pending_is_an_integer_and_eof_a_boolean(ssl, native):
    """`pending` is an int and `eof` is a bool.

    library/ssl.html#ssl.MemoryBIO.eof
    """
    bio = ssl.MemoryBIO()
    bio.write(b"x")
    bio.write_eof()
    assert native.type_name(bio.pending) == "int"
    assert native.type_name(bio.eof) == "bool"
    bio.read()
    assert native.type_name(bio.pending) == "int"
    assert native.type_name(bio.eof) == "bool"
