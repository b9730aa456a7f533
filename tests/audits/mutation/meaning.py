"""Mutants with meaning, written by hand: meaning.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from impls.host import toml_reader
from impls.host.toml_reader import PROSE, TEXT, TEXTS, VERBATIM, Key, Schema, Several
from tests.audits.mutation.operators import MEANING, Mutation, function_at

PATH = Path(__file__).with_name("meaning.toml")
ENTRY = Schema(
    "mutant",
    "One fault that a programmer could make.",
    (
        Key("file", TEXT, "The file of the backport."),
        Key("wrong", PROSE, "What a program then sees."),
        Key("before", VERBATIM, "A text that is in the file once."),
        Key("after", VERBATIM, "What takes its place."),
        Key("likely", TEXTS, "Beginnings of ids: scenarios that are asked first.", ()),
    ),
)
FILE = Schema(
    "meaning.toml",
    "Mutants with meaning.",
    (Key("mutant", Several(ENTRY), "Faults by hand."),),
)


class Outdated(Exception):
    """An entry whose text is not in its file, or more than once."""


def mutants(text_of: Callable[[str], str], path: Path = PATH) -> Iterator[Mutation]:
    """Every entry as a mutation of the sources; `text_of` reads a file of the backport.

    Raises Outdated.
    """
    for entry in toml_reader.read(path, FILE)["mutant"]:
        text = text_of(entry["file"])
        count = text.count(entry["before"])
        if count != 1:
            raise Outdated(
                f"{path.name}: the text to replace is {count} times in {entry['file']}, and once "
                f"is wanted. Mend or delete the entry {entry['wrong']!r}."
            )
        yield made(entry["file"], text, entry["wrong"], entry["before"], entry["after"])


def likely(path: Path = PATH) -> dict[str, tuple[str, ...]]:
    """By what is wrong, how the ids of those begin that are likely to notice."""
    return {entry["wrong"]: entry["likely"] for entry in toml_reader.read(path, FILE)["mutant"]}


def made(file: str, text: str, wrong: str, before: str, after: str) -> Mutation:
    """The mutation, of no more lines than change: those must run, or the change changes nothing."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old[:-1], new, strict=False))
    )
    start = text.index(before) + len("".join(old[:same]))
    return Mutation(
        file,
        function_at(file, text, start),
        MEANING,
        wrong,
        "".join(old[same:]),
        "".join(new[same:]),
        1,
        start,
    )
