"""How a MemoryBIO is made and what kind of object it is."""

import pytest


def test_starts_empty_and_without_eof(ssl, native):
    """A new MemoryBIO is empty and is not at its end.

    library/ssl.html#ssl.MemoryBIO
    """
    bio = ssl.MemoryBIO()
    assert native.type_name(bio) == "MemoryBIO"
    assert bio.pending == 0
    assert bio.eof is False
    assert bio.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [(b"",), (b"content",), (None,), (1024,), (b"one", b"two")],
    ids=["empty-bytes", "bytes", "None", "size", "two"],
)
def test_refuses_positional_arguments(ssl, arguments):
    """MemoryBIO is made without arguments; initial content cannot be given.

    library/ssl.html#ssl.MemoryBIO
    """
    with pytest.raises(TypeError):
        ssl.MemoryBIO(*arguments)


@pytest.mark.parametrize("name", ["data", "initial_bytes", "size"])
def test_refuses_keyword_arguments(ssl, name):
    """MemoryBIO takes no keyword argument, whatever its name.

    library/ssl.html#ssl.MemoryBIO
    """
    with pytest.raises(TypeError):
        ssl.MemoryBIO(**{name: b""})


def test_shares_nothing_with_another(ssl):
    """Two MemoryBIOs have neither content nor end of file in common.

    library/ssl.html#ssl.MemoryBIO
    """
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    one.write(b"for one only")
    one.write_eof()
    assert other.pending == 0
    assert other.eof is False
    assert other.write(b"other") == 5
    assert one.read() == b"for one only"
    assert one.eof is True
    assert other.eof is False
    assert other.read() == b"other"


def test_cannot_be_subclassed(ssl, native):
    """MemoryBIO is final: a subclass is refused with TypeError.

    library/ssl.html#ssl.MemoryBIO
    """
    with pytest.raises(TypeError):
        native.subclass(ssl.MemoryBIO, "LoudMemoryBIO")


def test_is_equal_only_to_itself(ssl, native):
    """MemoryBIOs are compared by identity, not by content.

    reference/datamodel.html#object.__eq__
    """
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    assert native.is_equal(one, one) is True
    assert native.is_equal(one, other) is False
    one.write(b"same")
    other.write(b"same")
    assert native.is_equal(one, other) is False
    assert native.is_equal(one, b"same") is False


def test_can_be_a_key(ssl, native):
    """A MemoryBIO is hashable, so it can be a key of a dictionary.

    reference/datamodel.html#object.__hash__
    """
    assert native.is_hashable(ssl.MemoryBIO()) is True


def test_is_true_even_when_empty(ssl, native):
    """An empty MemoryBIO is true, before and after its end of file.

    `if self.incoming:` in a caller asks whether there is a BIO, not whether it holds bytes.

    library/stdtypes.html#truth-value-testing
    """
    bio = ssl.MemoryBIO()
    assert native.operate("truth", bio) is True
    bio.write_eof()
    assert native.operate("truth", bio) is True


@pytest.mark.parametrize(
    "name", ["__len__", "__iter__", "__getitem__", "__enter__", "__contains__"]
)
def test_is_no_container(ssl, native, name):
    """A MemoryBIO has no length, is not iterated, indexed or entered.

    library/ssl.html#ssl.MemoryBIO
    """
    assert native.has(ssl.MemoryBIO(), name) is False


def test_length_is_refused(ssl, native):
    """len() of a MemoryBIO is a TypeError; the number of bytes is `pending`.

    library/ssl.html#ssl.MemoryBIO.pending
    """
    bio = ssl.MemoryBIO()
    bio.write(b"four")
    with pytest.raises(TypeError):
        native.length(bio)
    assert bio.pending == 4


@pytest.mark.parametrize(
    "name", ["close", "closed", "fileno", "flush", "seek", "tell", "getvalue", "readinto", "peek"]
)
def test_is_no_file(ssl, native, name):
    """A MemoryBIO offers read, write, write_eof, eof and pending, and no other method of a file.

    Callers choose their code path by hasattr(), so an added name is a behaviour.

    library/ssl.html#ssl.MemoryBIO
    """
    assert native.has(ssl.MemoryBIO(), name) is False


def test_cannot_be_copied(ssl, native):
    """Copying a MemoryBIO is refused rather than giving an empty or shared one.

    library/copy.html#copy.copy
    """
    bio = ssl.MemoryBIO()
    bio.write(b"not to be lost")
    with pytest.raises(TypeError):
        native.copy(bio)
    assert bio.read() == b"not to be lost"


def test_cannot_be_weakly_referenced(ssl, native):
    """A MemoryBIO takes no weak reference.

    library/weakref.html#weakref.ref
    """
    bio = ssl.MemoryBIO()
    with pytest.raises(TypeError):
        native.weak_reference(bio)
