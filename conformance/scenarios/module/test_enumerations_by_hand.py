"""Enumerations and their members in the hands of a program: order, copies, what is refused."""

import pytest

from conformance.peers import attempt_any

MEMBERS = {
    "TLSVersion": "TLSv1_2",
    "VerifyMode": "CERT_NONE",
    "SSLErrorNumber": "SSL_ERROR_SSL",
    "AlertDescription": "ALERT_DESCRIPTION_CLOSE_NOTIFY",
    "Options": "OP_NO_TICKET",
    "VerifyFlags": "VERIFY_CRL_CHECK_LEAF",
    "Purpose": "SERVER_AUTH",
}
"""An enumeration and one of its members."""

FLAGS = {
    "Options": ("OP_NO_TLSv1", "OP_NO_TICKET"),
    "VerifyFlags": ("VERIFY_X509_STRICT", "VERIFY_X509_TRUSTED_FIRST"),
}
"""Two flags of each enumeration of such."""

NUMBERS = [name for name in MEMBERS if name != "Purpose"]
"""Those whose members are numbers."""

PLAIN = ["TLSVersion", "VerifyMode", "SSLErrorNumber", "AlertDescription", "Purpose"]
"""Those whose members cannot be combined."""

VALUES = {"VerifyMode": (1, 2.0), "SSLErrorNumber": (1, 2.0)}
"""Of 1, 2.0 and 99 those that a member has."""

each_enumeration = pytest.mark.parametrize("name", MEMBERS)


@each_enumeration
def test_copy_is_the_member(ssl, native, name):
    """A copy of a member, deep or not, is that very member, and so is what calling it gives.

    Before Python 3.11.4 a Purpose could not be copied.

    library/copy.html
    """
    enumeration = getattr(ssl, name)
    member = getattr(enumeration, MEMBERS[name])
    assert native.is_same(native.copy(member), member) is True
    assert native.is_same(native.deep_copy(member), member) is True
    assert native.is_same(enumeration(member), member) is True
    assert native.is_same(native.operate("getitem", enumeration, MEMBERS[name]), member) is True


@each_enumeration
def test_member_cannot_be_changed(ssl, native, name):
    """Name and value of a member cannot be set, nor can the member be replaced or deleted.

    library/enum.html#enum.EnumType
    """
    enumeration = getattr(ssl, name)
    member = getattr(enumeration, MEMBERS[name])
    for attribute in ("name", "value"):
        with pytest.raises(AttributeError):
            native.set_attribute(member, attribute, 5)
    with pytest.raises(AttributeError):
        native.set_attribute(enumeration, MEMBERS[name], 5)
    with pytest.raises(AttributeError):
        native.delete_attribute(enumeration, MEMBERS[name])
    assert native.is_same(getattr(enumeration, MEMBERS[name]), member) is True
    assert native.attribute_text(member, "name") == MEMBERS[name]


@pytest.mark.parametrize("name", PLAIN)
def test_members_have_an_order(ssl, native, name):
    """An enumeration is iterated in the order of its definition, and in reverse.

    library/enum.html#enum.EnumType
    """
    enumeration = getattr(ssl, name)
    members = native.in_order(enumeration)
    assert native.in_reverse(enumeration) == members[::-1]
    assert len(members) == native.length(enumeration)
    assert MEMBERS[name] in members


@each_enumeration
def test_enumeration_fits_itself(ssl, native, name):
    """Length, order, reverse order and members of an enumeration speak of the same members.

    library/enum.html#enum.EnumType
    """
    found = native.is_consistent(getattr(ssl, name))
    assert found == dict.fromkeys(found, True)


@each_enumeration
def test_enumeration_is_shown(ssl, native, name):
    """repr() and str() of an enumeration tell its name, and since 3.11 whether it is one of flags.

    library/enum.html#enum.EnumType
    """
    kind = "flag" if name in FLAGS else "enum"
    assert native.repr(getattr(ssl, name)) == f"<{kind} {name!r}>"
    assert native.str(getattr(ssl, name)) == f"<{kind} {name!r}>"


@each_enumeration
def test_member_is_shown(ssl, native, name):
    """repr() of a member has its class and its name.

    library/enum.html#enum.Enum
    """
    assert f"<{name}.{MEMBERS[name]}: " in native.repr(getattr(getattr(ssl, name), MEMBERS[name]))


@each_enumeration
def test_enumeration_with_members_is_complete(ssl, native, name):
    """A subclass of an enumeration with members is a TypeError.

    library/enum.html#restricted-enum-subclassing
    """
    with pytest.raises(TypeError):
        native.extend(getattr(ssl, name))


@each_enumeration
def test_what_cannot_be_hashed_is_no_member(ssl, native, about, name):
    """What cannot be hashed, or is of another kind, is not in an enumeration.

    Before Python 3.13 to ask that was a TypeError.

    library/enum.html#enum.EnumType.__contains__
    """
    enumeration = getattr(ssl, name)
    for wrong in ([], {}, "nonsense", None, 1.5):
        if about.has("3.13"):
            assert native.operate("contains", enumeration, wrong) is False
        else:
            attempt_any(native.operate, "contains", enumeration, wrong)


@pytest.mark.parametrize("name", NUMBERS)
def test_members_by_name_are_a_view(ssl, native, name):
    """What is done to `__members__` changes no enumeration.

    library/enum.html#enum.EnumType.__members__
    """
    enumeration = getattr(ssl, name)
    native.clear_members(enumeration)
    found = native.is_consistent(enumeration)
    assert found == dict.fromkeys(found, True)
    assert native.has(enumeration, MEMBERS[name]) is True


@pytest.mark.parametrize("name", PLAIN)
def test_value_that_no_member_has(ssl, native, name):
    """What is no value of an enumeration is a ValueError, even where it cannot be hashed.

    library/enum.html#enum.EnumType
    """
    enumeration = getattr(ssl, name)
    for wrong in ("nonsense", None, [], {}, 1.5, 2**70):
        with pytest.raises(ValueError):
            enumeration(wrong)
    for wrong in ("nonsense", 0, None):
        with pytest.raises(KeyError):
            native.operate("getitem", enumeration, wrong)
    with pytest.raises(AttributeError):
        native.attribute_text(enumeration, "NONSENSE")
    with pytest.raises(TypeError):
        enumeration()


@each_enumeration
def test_two_arguments_are_one_value(ssl, native, about, name):
    """Since Python 3.12 an enumeration that is called with two arguments looks for their tuple.

    One may be given by keyword.

    library/enum.html#enum.EnumType.__call__
    """
    enumeration = getattr(ssl, name)
    with pytest.raises(ValueError if about.has("3.12") else TypeError):
        enumeration(1, 2)
    member = getattr(enumeration, MEMBERS[name])
    value = native.kept(native.module("operator").attrgetter("value"), member)
    assert native.is_same(native.kept(enumeration, value=value), member) is True
    with pytest.raises(TypeError):
        enumeration(colour="blue")


@each_enumeration
@pytest.mark.parametrize("value", [1, 2.0, 99, "SERVER_AUTH", None], ids=repr)
def test_value_in_an_enumeration(ssl, native, about, name, value):
    """Since Python 3.12 a value by which a member is found is in an enumeration, and no other.

    Of flags these are all numbers, since 3.12.10 and 3.13.3 (gh-131045).

    library/enum.html#enum.EnumType.__contains__
    """
    enumeration = getattr(ssl, name)
    if not about.has("3.12"):
        attempt_any(native.operate, "contains", enumeration, value)
        return
    is_number = isinstance(value, int)
    if name in FLAGS and is_number and about.has("3.12.10", "3.13.3"):
        there = True
    else:
        there = value in VALUES.get(name, ())
    assert native.operate("contains", enumeration, value) is there


@each_enumeration
def test_member_is_pickled_by_value(ssl, native, name):
    """Since Python 3.11 a member is pickled as a call of its class with its value.

    library/pickle.html#object.__reduce_ex__
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    names = '129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"'
    value = f"[{names}]" if name == "Purpose" else native.integer(member)
    assert native.reduced(member) == f"{name}({value})"


@each_enumeration
@pytest.mark.parametrize("form", ["{}", "{!s}", "{:>30}"])
def test_member_is_formatted(ssl, native, name, form):
    """A member is formatted by its class: numbers as such, a Purpose by its name.

    library/enum.html#enum.Enum.__format__
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    shown = "Purpose.SERVER_AUTH" if name == "Purpose" else str(native.integer(member))
    assert native.formatted(form, member) == form.format(shown)


def test_number_of_another_kind(ssl, native):
    """A member is found by whatever is equal to its number: True, or 2.0.

    library/enum.html#enum.Enum
    """
    for value, name in ((True, "CERT_OPTIONAL"), (2.0, "CERT_REQUIRED")):
        assert native.is_same(ssl.VerifyMode(value), getattr(ssl.VerifyMode, name)) is True


@pytest.mark.parametrize("name", NUMBERS)
def test_member_is_its_number(ssl, native, name):
    """A member has the hash of its number and is equal to another enumeration's of that number.

    library/enum.html#enum.IntEnum
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    number = native.integer(member)
    assert native.operate("eq", member, number) is True
    assert native.operate("ne", member, number) is False
    assert native.operate("eq", member, str(number)) is False
    assert native.operate("truth", member) is (number != 0)
    assert native.has_hash_of(member, number) is True


def test_members_of_two_enumerations(ssl, native):
    """Members of two enumerations are equal where their numbers are, and never the same.

    library/enum.html#enum.IntEnum
    """
    one, other = ssl.CERT_REQUIRED, ssl.SSLErrorNumber.SSL_ERROR_WANT_READ
    assert native.operate("eq", one, other) is True
    assert native.is_same(one, other) is False
    assert native.operate("contains", ssl.VerifyMode, other) is True
    assert native.operate("contains", ssl.VerifyMode, ssl.OP_NO_TICKET) is False


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("form", ["{}", "{:>8}", "{:#x}", "{0!r:.5}"])
def test_member_in_a_text(ssl, native, name, form):
    """A member is formatted as its number, and its repr as text.

    library/enum.html#enum.ReprEnum
    """
    member = getattr(getattr(ssl, name), MEMBERS[name])
    number = native.integer(member)
    text = native.formatted(form, member)
    assert text == (f"<{name}"[:5] if "!r" in form else form.format(number))


each_flag = pytest.mark.parametrize("name", FLAGS)


@each_flag
@pytest.mark.parametrize("bit", [1 << 40, 3 << 42], ids=["one", "two"])
def test_bits_that_nobody_named(ssl, native, name, bit):
    """Bits without a name stay in a flag, alone and beside named ones, until ^ takes them out.

    library/enum.html#enum.IntFlag
    """
    enumeration = getattr(ssl, name)
    flag = getattr(enumeration, FLAGS[name][0])
    alone = enumeration(bit)
    assert native.type_name(alone) == name
    assert native.integer(alone) == bit
    both = native.operate("or", flag, bit)
    assert native.integer(both) == native.integer(flag) | bit
    assert native.operate("contains", both, flag) is True
    assert native.integer(native.operate("xor", both, flag)) == bit
    assert native.is_same(native.operate("xor", both, bit), flag) is True


@each_flag
def test_flags_are_iterated(ssl, native, name):
    """A combination is iterated flag by flag.

    library/enum.html#enum.Flag.__iter__
    """
    enumeration = getattr(ssl, name)
    one, other = (getattr(enumeration, flag) for flag in FLAGS[name])
    both = native.operate("or", one, other)
    assert sorted(native.in_order(both)) == sorted(FLAGS[name])
    assert native.in_order(one) == [FLAGS[name][0]]
    assert native.length(native.operate("or", one, 1 << 40)) == 2
    assert native.length(enumeration(3 << 42)) == 2


@pytest.mark.parametrize(
    "name, aliases",
    [
        ("Options", {"OP_ALL", "OP_NO_SSLv2"}),
        ("VerifyFlags", {"VERIFY_DEFAULT", "VERIFY_CRL_CHECK_CHAIN"}),
    ],
    ids=["Options", "VerifyFlags"],
)
def test_aliases_of_flags_are_not_iterated(ssl, native, name, aliases):
    """Since Python 3.11 an enumeration of flags lists single bits: no zero, no combination.

    library/enum.html#enum.Flag
    """
    enumeration = getattr(ssl, name)
    listed = native.in_order(enumeration)
    assert not aliases & set(listed)
    assert native.length(enumeration) == len(listed)


@each_flag
def test_length_of_a_combination(ssl, native, name):
    """A combination has a length, the number of its flags, and one of no flag is empty.

    library/enum.html#enum.Flag.__len__
    """
    enumeration = getattr(ssl, name)
    one, other = (getattr(enumeration, flag) for flag in FLAGS[name])
    assert native.length(native.operate("or", one, other)) == 2
    assert native.length(enumeration(0)) == 0


@pytest.mark.parametrize(
    "number, shown",
    [
        (0x24, "<VerifyFlags.VERIFY_CRL_CHECK_LEAF|VERIFY_X509_STRICT: 36>"),
        (5, "<VerifyFlags.VERIFY_CRL_CHECK_LEAF|1: 5>"),
        (9, "<VerifyFlags: 9>"),
        (1 << 40, f"<VerifyFlags: {1 << 40}>"),
    ],
    ids=["named", "one named", "unnamed", "large"],
)
def test_combination_of_a_number_is_shown(ssl, native, number, shown):
    """repr() of a flag made from a number has the names of its named bits, the rest as a number.

    library/enum.html#enum.Flag
    """
    assert native.repr(native.kept(ssl.VerifyFlags, number)) == shown


@each_flag
def test_long_is_a_combination(ssl, native, name):
    """A flag is made of 2.7's long as of its int, also a combination.

    library/enum.html#enum.IntFlag
    """
    number = native.integer(native.operate("or", *(getattr(ssl, flag) for flag in FLAGS[name])))
    long = native.kept(native.probe("operate"), "sub", 2**80 + number, 2**80)
    assert native.integer(getattr(ssl, name)(long)) == number


@each_flag
def test_combination_is_shown(ssl, native, name):
    """repr() of a combination has its names, the smallest flag first, and its number.

    library/enum.html#enum.Flag
    """
    enumeration = getattr(ssl, name)
    one, other = (getattr(enumeration, flag) for flag in FLAGS[name])
    smaller, larger = sorted(FLAGS[name], key=lambda flag: native.integer(getattr(ssl, flag)))
    number = native.integer(one) | native.integer(other)
    text = native.repr(native.operate("or", other, one))
    assert text == f"<{name}.{smaller}|{larger}: {number}>"
    assert native.repr(enumeration(1 << 40)) == f"<{name}: {1 << 40}>"
    assert native.length(one) == 1


@each_flag
def test_combination_can_be_copied(ssl, native, name):
    """A copy of a combination, deep or not, is equal to it.

    library/copy.html
    """
    enumeration = getattr(ssl, name)
    one, other = (getattr(enumeration, flag) for flag in FLAGS[name])
    both = native.operate("or", one, other)
    for copied in (native.copy(both), native.deep_copy(both)):
        assert native.is_equal(copied, both) is True
        assert native.type_name(copied) == name


@each_flag
def test_bits_that_nobody_named_are_not_iterated(ssl, native, name):
    """Of a combination with an unnamed bit the named flags are iterated.

    library/enum.html#enum.Flag.__iter__
    """
    enumeration = getattr(ssl, name)
    flag = getattr(enumeration, FLAGS[name][0])
    assert native.in_order(native.operate("or", flag, 1 << 40)) == [FLAGS[name][0]]


@each_flag
def test_combination_is_in_its_enumeration(ssl, native, name):
    """A combination is a member, although no name stands for it.

    library/enum.html#enum.EnumType.__contains__
    """
    enumeration = getattr(ssl, name)
    one, other = (getattr(enumeration, flag) for flag in FLAGS[name])
    assert native.operate("contains", enumeration, one) is True
    assert native.operate("contains", enumeration, native.operate("or", one, other)) is True


@each_flag
@pytest.mark.parametrize("operation", ["or", "and", "xor"])
def test_number_is_combined_with_a_flag(ssl, native, name, operation):
    """A number combined with a flag is a flag, whichever of the two comes first.

    library/enum.html#enum.IntFlag
    """
    flag = getattr(getattr(ssl, name), FLAGS[name][0])
    number = native.integer(flag) | 1 << 20
    for operands in ((flag, number), (number, flag)):
        assert native.type_name(native.operate(operation, *operands)) == name


@each_flag
@pytest.mark.parametrize("wrong", [None, 1.5, "1", []], ids=["None", "float", "text", "list"])
def test_flag_is_combined_with_numbers_only(ssl, native, name, wrong):
    """A flag combined with what is no integer is a TypeError, on either side.

    library/enum.html#enum.IntFlag
    """
    flag = getattr(getattr(ssl, name), FLAGS[name][0])
    for operation in ("or", "and", "xor"):
        for operands in ((flag, wrong), (wrong, flag)):
            with pytest.raises(TypeError):
                native.operate(operation, *operands)
    for other in (wrong, 1, native.integer(flag)):
        with pytest.raises(TypeError):
            native.operate("contains", flag, other)


@each_flag
@pytest.mark.parametrize("bits", [1, 20, 31, 50, 62])
def test_negative_number_is_what_its_bits_are(ssl, native, name, bits):
    """A negative number stands for all named flags but those that it has no bit of.

    library/enum.html#enum.IntFlag
    """
    enumeration = getattr(ssl, name)
    made = enumeration(-(2**bits))
    assert native.type_name(made) == name
    assert native.integer(made) >= 0
    for flag in FLAGS[name]:
        number = native.integer(getattr(enumeration, flag))
        assert native.integer(native.operate("and", made, number)) == number & -(2**bits)


def test_flag_is_combined_with_what_a_context_has(ssl, native):
    """A flag combined with a context's options is a flag, of whichever kind these are.

    library/ssl.html#ssl.SSLContext.options
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    for operation in ("or", "and", "xor"):
        for flag in (ssl.Options.OP_NO_TICKET, ssl.Options.OP_NO_TLSv1_3):
            made = native.operate(operation, flag, context.options)
            assert native.type_name(made) == "Options"


@each_flag
def test_calculation_with_a_flag_gives_a_number(ssl, native, name):
    """A flag added to, or shifted, is a plain number.

    library/enum.html#enum.IntFlag
    """
    flag = getattr(getattr(ssl, name), FLAGS[name][0])
    number = native.integer(flag)
    for operation, result in (("add", number + 1), ("lshift", number << 1), ("sub", number - 1)):
        made = native.operate(operation, flag, 1)
        assert made == result
        assert native.type_name(made) in ("int", "long")


def test_purpose_is_a_tuple(ssl, native):
    """A Purpose is the tuple of its number, names and identifier, and equal to any such object.

    library/ssl.html#ssl.Purpose
    """
    purpose = ssl.Purpose.SERVER_AUTH
    assert native.length(purpose) == 4
    names = "nid", "shortname", "longname", "oid"
    items = [native.operate("getitem", purpose, index) for index in range(4)]
    assert items == [getattr(purpose, name) for name in names]
    assert items == [129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"]
    found = native.kept(ssl._ASN1Object, "1.3.6.1.5.5.7.3.1")
    assert native.is_equal(found, purpose) is True
    assert native.is_equal(found, ssl.Purpose.CLIENT_AUTH) is False
    with pytest.raises(AttributeError):
        native.set_attribute(purpose, "nid", 5)
