"""RAND_bytes(), RAND_add() and RAND_status()."""

import array

import pytest


def test_no_bytes_when_none_are_asked_for(ssl):
    """RAND_bytes(0) is the empty bytes.

    library/ssl.html#ssl.RAND_bytes
    """
    assert ssl.RAND_bytes(0) == b""


@pytest.mark.parametrize("wrong", [None, "8", 1.5], ids=["None", "str", "float"])
def test_number_must_be_an_integer(ssl, wrong):
    """RAND_bytes() raises TypeError for what is not an integer.

    library/ssl.html#ssl.RAND_bytes
    """
    with pytest.raises(TypeError):
        ssl.RAND_bytes(wrong)


def test_number_must_not_be_negative(ssl):
    """RAND_bytes() raises ValueError for a negative number.

    library/ssl.html#ssl.RAND_bytes
    """
    with pytest.raises(ValueError):
        ssl.RAND_bytes(-1)


def test_number_must_fit(ssl):
    """RAND_bytes() raises OverflowError for a number that a C int cannot hold.

    library/ssl.html#ssl.RAND_bytes
    """
    with pytest.raises(OverflowError):
        ssl.RAND_bytes(2**40)


def test_generator_is_seeded(ssl):
    """RAND_status() is True.

    library/ssl.html#ssl.RAND_status
    """
    assert ssl.RAND_status() is True


@pytest.mark.parametrize("number", [1, 1000])
def test_as_many_bytes_as_asked_for(ssl, native, number):
    """RAND_bytes() returns as many bytes as requested, and different ones each time.

    library/ssl.html#ssl.RAND_bytes
    """
    some, others = native.kept(ssl.RAND_bytes, number), native.kept(ssl.RAND_bytes, number)
    assert native.length(some) == native.length(others) == number
    if number > 1:
        assert not native.is_equal(some, others)


def test_half_a_character_is_refused(ssl, native):
    """RAND_add() refuses text with a lone surrogate: UnicodeEncodeError.

    library/exceptions.html#UnicodeEncodeError
    """
    with pytest.raises(UnicodeEncodeError):
        ssl.RAND_add(native.unicode("seed \ud800"), 0.0)
    with pytest.raises(UnicodeEncodeError):
        ssl.RAND_add(native.unicode("\ud83d\U0001f600"), 0.0)
    assert ssl.RAND_add(native.unicode("seed \u20ac"), 0.0) is None


@pytest.mark.parametrize("kind", ["bytearray", "array", "memoryview", "bytes", "str"])
def test_seed_of_each_kind(ssl, kind):
    """RAND_add() takes text and any buffer, and lets go of it.

    library/ssl.html#ssl.RAND_add
    """
    seeds = {
        "bytearray": bytearray(b"a seed"),
        "array": array.array("I", [1, 2, 3]),
        "memoryview": memoryview(bytearray(b"a seed"))[1:4],
        "bytes": b"a seed",
        "str": "a seed",
    }
    assert ssl.RAND_add(seeds[kind], 0.5) is None
