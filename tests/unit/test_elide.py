"""Long values are shown so that what differs is seen."""

from __future__ import annotations

import hashlib

import pytest

from conformance.transcript.elide import (
    FINGERPRINT,
    RECORDED,
    VALUE,
    contrast,
    contrast_with_digest,
    elide,
    elide_with_digest,
)

NAMES = [f"'NAME_{number} int {number}'" for number in range(60)]


def listed(*left_out: int, more: tuple[str, ...] = ()) -> str:
    kept = [name for number, name in enumerate(NAMES) if number not in left_out]
    return f"[{', '.join([*kept, *more])}]"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def test_short_values_are_shown_as_they_are() -> None:
    assert contrast(["[1, 2]", "[1, 3]", "absent"], 100) == ["[1, 2]", "[1, 3]", "absent"]


@pytest.mark.parametrize("number", [0, 1, 30, 58, 59])
def test_item_that_only_one_list_has_is_seen(number: int) -> None:
    without, whole = contrast([listed(number), listed()], 100)
    assert without == "[...]"
    assert NAMES[number] in whole
    assert whole.replace(NAMES[number], "").strip("[] .,") == ""


def test_items_of_either_are_seen() -> None:
    one, other = contrast([listed(3), listed(4, more=("'OTHER'",))], 100)
    assert (one, other) == (
        "[..., 'NAME_4 int 4', ...]",
        "[..., 'NAME_3 int 3', ..., 'OTHER']",
    )


def test_names_of_flags_are_items() -> None:
    flags = [f"OP_{number}" for number in range(40)]
    one, other = contrast(["|".join(flags), "|".join([*flags[:20], *flags[21:]])], 100)
    assert (one, other) == ("...|OP_20|...", "...")


def test_value_that_is_no_list_takes_no_part() -> None:
    one, other, absent = contrast([listed(7), listed(), "raises AttributeError"], 100)
    assert (one, other, absent) == ("[...]", "[..., 'NAME_7 int 7', ...]", "raises AttributeError")


def test_short_list_says_what_a_long_one_has_besides() -> None:
    short, long = contrast(["['NAME_0 int 0']", listed()], 100)
    assert short == "['NAME_0 int 0']"
    assert long.startswith("[..., 'NAME_1 int 1', ")


def test_long_texts_are_cut_where_they_differ() -> None:
    texts = ["x" * 500 + "A" + "y" * 500, "x" * 500 + "B" + "y" * 500, "z"]
    one, two, three = contrast(texts, 240)
    assert "A" in one and "B" in two and three == "z"
    assert max(len(one), len(two)) <= 240


def test_another_order_is_told_apart() -> None:
    one, other = contrast([listed(), f"[{', '.join(NAMES[:30] + NAMES[:29:-1])}]"], 100)
    assert one != other and max(len(one), len(other)) <= 100


def test_nothing_is_longer_than_it_may_be() -> None:
    values = [listed(*range(start, 60, 3)) for start in range(3)]
    assert max(map(len, contrast(values, 100))) <= 100
    assert contrast([], 100) == []


def test_value_that_is_the_same_twice_stays_so() -> None:
    assert len(set(contrast([listed(1), listed(), listed(1)], 100))) == 2


# One text


def test_a_text_for_people_keeps_its_start_and_its_end() -> None:
    text = "a" * 300 + "b" * 300
    short = elide(text, 100)
    assert len(short) <= 100 and short.startswith("aaa") and short.endswith("bbb")
    assert " ... " in short
    assert elide("a" * 100, 100) == "a" * 100


def test_a_text_that_is_compared_is_told_from_every_other() -> None:
    one, other = "x" * 500 + "1", "x" * 500 + "2"
    assert elide_with_digest(one, 240) != elide_with_digest(other, 240)
    assert elide_with_digest(one, 240) == "x" * 80 + "... (501 long, sha256 " + sha256_of(one) + ")"
    assert elide_with_digest(one, 501) == one


def test_what_was_cut_beside_another_has_its_digest() -> None:
    whole, without = listed(), listed(3)
    one, other = contrast_with_digest([without, whole], 100)
    assert one == f"[...] ({len(without)} long, sha256 {digest(without)})"
    assert other == f"[..., 'NAME_3 int 3', ...] ({len(whole)} long, sha256 {digest(whole)})"
    assert contrast_with_digest(["short", whole], 100)[0] == "short"


def test_the_digest_is_that_of_the_content() -> None:
    text = repr(b"\x00" * 100)
    digest = hashlib.sha256(b"\x00" * 100).hexdigest()[:8]
    assert elide_with_digest(text, 99, b"\x00" * 100).endswith(f"(100 long, sha256 {digest})")
    lone = "\udc80" * 10
    surrogate = elide_with_digest(lone, 9)
    assert surrogate.endswith(f"(30 long, sha256 {sha256_of(lone)})")


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def test_no_pinned_fingerprint_changes() -> None:
    """What known-divergence files pin is cut at this length and no other."""
    assert (VALUE, FINGERPRINT, RECORDED) == (300, 240, 100_000)


def test_a_value_that_is_empty_beside_a_long_one() -> None:
    long = "[" + "'one', " * 40 + "'two']"
    assert contrast(["", long], 40)[0] == ""
