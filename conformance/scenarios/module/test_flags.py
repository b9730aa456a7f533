"""Combinations of flags, and members of enumerations, in the hands of a program."""

import pytest

FLAGS = {
    "Options": ("OP_NO_TLSv1", "OP_NO_TICKET"),
    "VerifyFlags": ("VERIFY_X509_STRICT", "VERIFY_X509_TRUSTED_FIRST"),
}

MEMBERS = {
    "VerifyMode": "CERT_REQUIRED",
    "SSLErrorNumber": "SSL_ERROR_EOF",
    "AlertDescription": "ALERT_DESCRIPTION_UNKNOWN_CA",
}


@pytest.mark.parametrize("name", FLAGS)
def test_combination_has_its_parts(ssl, native, name):
    """A combination of flags contains its flags and no other, and loses one by & and ~.

    library/enum.html#enum.IntFlag
    """
    one, other = (getattr(getattr(ssl, name), flag) for flag in FLAGS[name])
    both = native.operate("or", one, other)
    assert native.type_name(both) == name
    assert native.integer(both) == native.integer(one) + native.integer(other)
    assert native.integer(native.operate("and", both, one)) == native.integer(one)
    without = native.operate("and", both, native.operate("invert", one))
    assert native.integer(without) == native.integer(other)
    assert native.integer(native.operate("xor", both, one)) == native.integer(other)
    assert native.type_name(native.operate("xor", both, one)) == name


@pytest.mark.parametrize("name", FLAGS)
def test_flag_contains_what_it_has_whole(ssl, native, name):
    """A combination contains each of its flags; a flag does not contain a combination it is in.

    library/enum.html#enum.Flag.__contains__
    """
    one, other = (getattr(getattr(ssl, name), flag) for flag in FLAGS[name])
    both = native.operate("or", one, other)
    assert native.operate("contains", both, one) is True
    assert native.operate("contains", both, other) is True
    assert native.operate("contains", one, both) is False
    assert native.operate("contains", one, other) is False


@pytest.mark.parametrize("name", FLAGS)
def test_combination_with_a_plain_number(ssl, native, name):
    """A flag combined with a plain number, on either side, is a combination of flags.

    library/enum.html#enum.IntFlag
    """
    flag = getattr(getattr(ssl, name), FLAGS[name][0])
    for operands in ((flag, 4), (4, flag)):
        made = native.operate("or", *operands)
        assert native.type_name(made) == name
        assert native.integer(made) == native.integer(flag) | 4


@pytest.mark.parametrize("name", FLAGS)
def test_flag_survives_pickling(ssl, native, name):
    """A flag, and a combination, that were pickled are the same number of the same class.

    library/enum.html#pickling
    """
    one, other = (getattr(getattr(ssl, name), flag) for flag in FLAGS[name])
    for value in (one, native.operate("or", one, other)):
        again = native.pickled(value)
        assert native.type_name(again) == name
        assert native.integer(again) == native.integer(value)


@pytest.mark.parametrize("name", MEMBERS)
def test_member_survives_pickling(ssl, native, name):
    """A member that was pickled is that very member.

    library/enum.html#pickling
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    assert native.is_same(native.pickled(member), member) is True


@pytest.mark.parametrize("name", MEMBERS)
def test_member_is_formatted_as_its_number(ssl, native, name):
    """format() of a member is its number, with any form that an int has.

    library/enum.html#enum.IntEnum
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    number = native.integer(member)
    assert native.format(member, "d") == str(number)
    assert native.format(member, "04x") == format(number, "04x")


@pytest.mark.parametrize("name", MEMBERS)
def test_member_calculates_as_its_number(ssl, native, name):
    """A member is compared and calculated with as its number.

    library/enum.html#enum.IntEnum
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    number = native.integer(member)
    assert native.operate("add", member, 1) == number + 1
    assert native.operate("lt", member, number + 1) is True
    assert native.operate("eq", member, number) is True


def test_version_survives_pickling(ssl, native):
    """A TLSVersion that was pickled is that very member.

    library/enum.html#pickling
    """
    member = ssl.TLSVersion.TLSv1_2
    assert native.is_same(native.pickled(member), member) is True
