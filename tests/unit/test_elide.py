"""Long values are shown so that what differs is seen."""

from __future__ import annotations

import pytest

from conformance.transcript.elide import contrast

NAMES = [f"'NAME_{number} int {number}'" for number in range(60)]


def listed(*left_out: int, more: tuple[str, ...] = ()) -> str:
    kept = [name for number, name in enumerate(NAMES) if number not in left_out]
    return f"[{', '.join([*kept, *more])}]"


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
