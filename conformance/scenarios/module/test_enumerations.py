"""How the module's enumerations are shown and used."""

import pytest


@pytest.mark.parametrize(
    "name, text",
    [
        ("SSL_ERROR_EOF", "<SSLErrorNumber.SSL_ERROR_EOF: 8>"),
        ("CERT_REQUIRED", "<VerifyMode.CERT_REQUIRED: 2>"),
        ("PROTOCOL_TLS_CLIENT", "<_SSLMethod.PROTOCOL_TLS_CLIENT: 16>"),
        ("VERIFY_X509_STRICT", "<VerifyFlags.VERIFY_X509_STRICT: 32>"),
        (
            "ALERT_DESCRIPTION_UNKNOWN_CA",
            "<AlertDescription.ALERT_DESCRIPTION_UNKNOWN_CA: 48>",
        ),
        ("OP_NO_TLSv1_3", "<Options.OP_NO_TLSv1_3: 536870912>"),
    ],
)
def test_repr_names_class_member_and_number(ssl, native, name, text):
    """repr() of a constant shows the enumeration, the member and the number.

    library/ssl.html#constants
    """
    assert native.repr(getattr(ssl, name)) == text


@pytest.mark.parametrize(
    "name, text", [("SSL_ERROR_EOF", "8"), ("CERT_REQUIRED", "2"), ("PROTOCOL_TLS_CLIENT", "16")]
)
def test_str_is_the_number(ssl, native, name, text):
    """str() of a constant is its number alone, as in every version that has formatted it.

    library/enum.html#enum.IntEnum
    """
    assert native.str(getattr(ssl, name)) == text


@pytest.mark.parametrize(
    "name, other",
    [
        ("SSL_ERROR_EOF", 8),
        ("CERT_REQUIRED", 2),
        ("PROTOCOL_TLS_SERVER", 17),
        ("VERIFY_X509_STRICT", 32),
    ],
)
def test_constant_is_equal_to_its_number(ssl, native, name, other):
    """A constant is equal to its plain number and has the same hash as any int.

    library/enum.html#enum.IntEnum
    """
    assert native.is_equal(getattr(ssl, name), other) is True
    assert native.is_hashable(getattr(ssl, name)) is True


@pytest.mark.parametrize(
    "enumeration, length",
    [("SSLErrorNumber", 9), ("VerifyMode", 3), ("AlertDescription", 27), ("TLSVersion", 7)],
)
def test_enumeration_has_its_members(ssl, native, enumeration, length):
    """The enumeration has as many members as are documented.

    library/ssl.html#ssl.AlertDescription
    """
    assert native.length(getattr(ssl, enumeration)) == length


@pytest.mark.parametrize(
    "enumeration, number",
    [("VerifyMode", 2), ("SSLErrorNumber", 8), ("AlertDescription", 48), ("TLSVersion", 772)],
)
def test_member_is_found_by_number(ssl, native, enumeration, number):
    """Calling the enumeration with a number gives the member.

    library/enum.html#enum.Enum
    """
    member = getattr(ssl, enumeration)(number)
    assert native.integer(member) == number
    assert native.type_name(member) == enumeration


@pytest.mark.parametrize(
    "enumeration, number", [("VerifyMode", 3), ("SSLErrorNumber", 9), ("AlertDescription", 255)]
)
def test_unknown_number_is_a_value_error(ssl, enumeration, number):
    """A number that no member has is a ValueError.

    library/enum.html#enum.Enum
    """
    with pytest.raises(ValueError):
        getattr(ssl, enumeration)(number)


def test_member_is_found_by_name(ssl, native):
    """Indexing an enumeration with a name gives the member; an unknown name is a KeyError.

    library/enum.html#enum.EnumType
    """
    member = native.operate("getitem", ssl.TLSVersion, "TLSv1_2")
    assert native.is_same(member, ssl.TLSVersion.TLSv1_2) is True
    with pytest.raises(KeyError):
        native.operate("getitem", ssl.TLSVersion, "TLSv9")


def test_combined_options_stay_options(ssl, native):
    """Options combined with | are Options still, and & takes them apart again.

    library/ssl.html#ssl.Options
    """
    both = native.operate("or_", ssl.OP_NO_TLSv1, ssl.OP_NO_TLSv1_1)
    assert native.type_name(both) == "Options"
    assert native.is_equal(native.operate("and_", both, ssl.OP_NO_TLSv1_1), ssl.OP_NO_TLSv1_1)
    assert native.is_equal(native.operate("and_", both, ssl.OP_NO_TICKET), 0) is True
