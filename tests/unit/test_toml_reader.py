"""The reader of TOML files: what passes, and the sentences for what does not."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from impls.host import toml_reader
from impls.host.toml_reader import (
    DATE,
    FLAG,
    PROSE,
    STRING,
    TEXT,
    TEXT_OR_TEXTS,
    Inner,
    Key,
    Schema,
    Several,
    TomlError,
)


class Wrong(TomlError):
    """An error of these tests."""


PLACE = Schema("place", "A place.", (Key("at", STRING, "Where."),), Wrong)
PIN = Schema(
    "pin", "A pin.", (Key("ids", TEXT_OR_TEXTS, "Ids."), Key("place", Inner(PLACE), "It.")), Wrong
)
SCHEMA = Schema(
    "example",
    "A file of these tests.",
    (
        Key("title", PROSE, "What it says."),
        Key("kind", toml_reader.one_of(("a", "b", "c")), "Which.", "a"),
        Key("on", FLAG, "Whether.", False),
        Key("until", DATE, "When.", None),
        Key("size", toml_reader.number("a number of metres", 10), "How much.", 1.5),
        Key("note", TEXT, "A remark.", None),
        Key("pin", Several(PIN), "Pins.", ()),
    ),
    Wrong,
)
FILE = Path("folder/example.toml")


def test_what_a_file_holds() -> None:
    table = toml_reader.parse(
        """
        title = '''
        one
          two'''
        until = 2030-01-31
        size = 2
        [[pin]]
        ids = "x"
        place = { at = "" }
        [[pin]]
        ids = ["y", "z"]
        [pin.place]
        at = "here"
        """,
        FILE,
        SCHEMA,
    )
    assert table["title"] == "one two"
    assert (table["kind"], table["on"], table["note"]) == ("a", False, None)
    assert (table["until"], table["size"]) == (datetime.date(2030, 1, 31), 2.0)
    first, second = table["pin"]
    assert (first["ids"], first["place"]) == (("x",), {"at": ""})
    assert (second["ids"], second["place"]) == (("y", "z"), {"at": "here"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ': the key "title" is missing.'),
        ("title = 1", ': "title" must be a string with something in it, not the number 1.'),
        ('titel = "x"', ': unknown key "titel"; did you mean "title"?'),
        ('title = "x"\ntitel = 1', ': unknown key "titel"; did you mean "title"?'),
        (
            'title = "x"\nzzz = 1',
            ': unknown key "zzz"; there are title, kind, on, until, size, note, pin.',
        ),
        ('title = "x"\nkind = "d"', ": \"kind\" must be a, b or c, not the string 'd'."),
        ('title = "x"\nkind = []', ': "kind" must be a, b or c, not the list [].'),
        ('title = "x"\non = 1', ': "on" must be true or false, not the number 1.'),
        (
            'title = "x"\nuntil = "2030-01-31"',
            ': "until" must be a date like 2030-01-31, without quotes, not the string',
        ),
        ('title = "x"\nuntil = 2030-01-31T00:00:00', ': "until" must be a date like'),
        ('title = "x"\nsize = 10', ': "size" must be a number of metres, not the number 10.'),
        ('title = "x"\nsize = true', ': "size" must be a number of metres, not the boolean'),
        ('title = "x"\nnote = " "', ': "note" must be a string with something in it, not'),
        ('title = "x"\npin = 1', ': "pin" must be tables, each under its own [[pin]], not'),
        ('title = "x"\n[pin]', ': "pin" must be tables, each under its own [[pin]], not a table.'),
        ('title = "x"\n[[pin]]', ' [[pin]] number 1: the key "ids" is missing.'),
        (
            'title = "x"\n[[pin]]\nids = [1]',
            ' [[pin]] number 1: "ids" must be a string, or a list of strings, with something in it',
        ),
        (
            'title = "x"\n[[pin]]\nids = [" "]',
            ' [[pin]] number 1: "ids" must be a string, or a list of strings, with something in it',
        ),
        (
            'title = "x"\n[[pin]]\nids = "y"\nplace = {}',
            ' [[pin]] number 1 [place]: the key "at" is missing.',
        ),
        (
            'title = "x"\n[[pin]]\nids = "y"\nplace = { at = "", att = 1 }',
            ' [[pin]] number 1 [place]: unknown key "att"; did you mean "at"?',
        ),
        ("title = x", " is not valid TOML: "),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        toml_reader.parse(text, FILE, SCHEMA)
    assert str(caught.value).startswith(f"{FILE}{message}")
    assert "\n" not in str(caught.value)


def test_who_reads_may_add_what_no_key_can_show_alone() -> None:
    table = toml_reader.parse('title = "x"\n[[pin]]\nids = "y"\nplace = { at = "" }', FILE, SCHEMA)
    wrong = table["pin"][0]["place"].wrong("that is nowhere")
    assert type(wrong) is Wrong
    assert str(wrong) == f"{FILE} [[pin]] number 1 [place]: that is nowhere."


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=r"absent\.toml cannot be read \(No such file or directory\): "):
        toml_reader.read(tmp_path / "absent.toml", SCHEMA)
    (tmp_path / "odd.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(Wrong, match=r"odd\.toml is not UTF-8 text, as TOML must be"):
        toml_reader.read(tmp_path / "odd.toml", SCHEMA)


def test_a_schema_describes_itself() -> None:
    assert toml_reader.describe([PLACE, SCHEMA], "example") == SCHEMA.describe()
    assert (
        SCHEMA.describe()
        == """example:
A file of these tests.

title  (required; a string with something in it)
    What it says.
kind  (optional; a, b or c; default a)
    Which.
on  (optional; true or false; default false)
    Whether.
until  (optional; a date like 2030-01-31, without quotes)
    When.
size  (optional; a number of metres; default 1.5)
    How much.
note  (optional; a string with something in it)
    A remark.
pin  (optional; tables)
    Pins.

[[pin]]
A pin.

ids  (required; a string, or a list of strings, with something in it)
    Ids.
place  (required; a table)
    It.

[pin.place]
A place.

at  (required; a string)
    Where."""
    )
    with pytest.raises(TomlError, match='There is no schema "exampel"; did you mean "example"'):
        toml_reader.describe([SCHEMA], "exampel")
