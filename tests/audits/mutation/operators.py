"""The ways in which a source is made a little wrong, and every place where each can be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Change = tuple[int, int, str]
"""From where to where a text is replaced, and by what."""


@dataclass(frozen=True)
class Mutation:
    """One change of one source file."""

    file: str
    function: str
    """The function changed, or "" for a table outside all functions."""
    operator: str
    line: str
    """The line as it is, without what surrounds it: what a reviewer reads."""
    old: str
    new: str
    number: int
    """Among mutations of which all of the above is the same, from 1."""
    start: int

    @property
    def id(self) -> str:
        """Eight digits that stay while the function has the line."""
        parts = (self.file, self.function, self.operator, self.line, self.old, self.new)
        text = "\0".join([*parts, str(self.number)])
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def applied(self, text: str) -> str:
        end = self.start + len(self.old)
        if text[self.start : end] != self.old:
            raise ValueError(f"{self.file} is not what it was: {self.old!r} is not there any more.")
        return text[: self.start] + self.new + text[end:]

    def __str__(self) -> str:
        where = f"{self.file}, {self.function}()" if self.function else self.file
        if self.operator == MEANING:
            return f"{self.id} {self.operator} in {where}: {self.line}"
        return f"{self.id} {self.operator} in {where}: {flat(self.old)} -> {flat(self.new) or '-'}"


def shows_in_memory(one: Mutation) -> bool:
    """Whether the memory is to be looked at too, as nothing else may show the change."""
    if one.operator == "dropped-assignment" and one.file.endswith(".c"):
        return KEEPS.fullmatch(one.old.strip()) is not None
    return one.operator in MEMORY or one.old.lstrip().startswith(COLLECTOR)


def place_of(one: Mutation, text: str) -> int:
    """The number of the line that must run, or the change changes nothing.

    For a dropped check that is the one that leaves the function.
    """
    start = one.start
    if one.operator == "dropped-check":
        leaves = LEAVES.search(text, one.start + len(one.old))
        start = one.start if leaves is None else leaves.start()
    return text.count("\n", 0, start) + 1


def flat(text: str) -> str:
    return " ".join(text.split())


MEANING = "meaning"
"""The operator of mutants that were written by hand: meaning.py."""

OPERATORS = {
    "inverted-condition": "an `if` or `while` goes the other way",
    "dropped-check": "an `if` that leaves the function is never true",
    "boundary": "`<` is `<=`, `>=` is `>`, and so on: off by one",
    "other-comparison": "`==` is `!=`",
    "other-logic": "`and` is `or`",
    "wrong-constant": "a number is one more",
    "wrong-arithmetic": "`+` is `-`, `|` is `&`",
    "wrong-result": "another constant is returned",
    "swallowed-error": "a failure is returned as a success",
    "dropped-raise": "an exception is not raised",
    "dropped-release": "memory or a reference is not given back",
    "dropped-reference": "a reference is not taken",
    "dropped-call": "a call whose result nobody uses is left out: a flag, a setting",
    "dropped-assignment": "a member of an object keeps its old value",
    "dropped-entry": "a row of a table is left out",
    MEANING: "a fault by hand, in `meaning.toml`",
}
"""Every operator by name."""

MEMORY = ("dropped-release", "dropped-reference")
"""Operators whose mutants may do nothing wrong but to leak."""

COLLECTOR = ("Py_VISIT", "PyObject_GC_")
"""Beginnings of the calls that only the garbage collector misses."""

KEEPS = re.compile(r"[\w>.-]+->\w+ = [a-z_]+")
"""An assignment to a member that may be what keeps the reference that was just taken."""

EXCLUDED = re.compile(
    r"ALLOW_THREADS|PyGILState|PyThread|lock_|Py_BEGIN|Py_END|\block\b|saved_thread"
    r"|\bassert\b|^\s*#"
)
"""Lines left alone: what the interpreter's lock and threads need shows only in races."""

C_HIDDEN = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
PYTHON_HIDDEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*', re.S
)

LEAVES = re.compile(r"\b(?:return|goto|raise)\b")

KEPT = "\N{REPLACEMENT CHARACTER}"
"""Stands in a change for the text that it replaces."""


@dataclass(frozen=True)
class Language:
    """How a language's sources are looked at."""

    hidden: re.Pattern[str]
    """Comments and literals: nothing in them is code."""
    functions: Callable[[str], list[tuple[str, int, int]]]
    """The name, start and end of every function; of two that hold a place the last counts."""
    operators: Mapping[str, Callable[[str], Iterator[Change]]]


def function_at(file: str, text: str, place: int) -> str:
    """The innermost function around a place; "" outside of all."""
    language = PYTHON if file.endswith(".py") else C
    shown = language.hidden.sub(lambda found: blank(found.group()), text)
    functions = language.functions(shown)
    return next((name for name, start, end in reversed(functions) if start <= place < end), "")


def mutations(file: str, text: str) -> list[Mutation]:
    """Every mutation of a source, in the order of its text."""
    language = PYTHON if file.endswith(".py") else C
    shown = language.hidden.sub(lambda found: blank(found.group()), text)
    functions = language.functions(shown)
    counts: dict[tuple[str, ...], int] = {}
    made = []
    for operator, find in language.operators.items():
        for start, end, change in find(shown):
            function = next((name for name, a, b in reversed(functions) if a <= start < b), "")
            line = text[text.rfind("\n", 0, start) + 1 : text.find("\n", start)]
            if bool(function) == (operator == "dropped-entry") or EXCLUDED.search(line):
                continue
            old = text[start:end]
            new = change.replace(KEPT, old)
            key = (function, operator, flat(line), old, new)
            counts[key] = counts.get(key, 0) + 1
            made.append(
                Mutation(file, function, operator, flat(line), old, new, counts[key], start)
            )
    return sorted(made, key=lambda one: (one.start, one.operator))


def span_of(one: Mutation, text: str) -> range:
    """The numbers of the lines of the function that is changed."""
    language = PYTHON if one.file.endswith(".py") else C
    shown = language.hidden.sub(lambda found: blank(found.group()), text)
    around = [
        (start, end)
        for name, start, end in language.functions(shown)
        if name == one.function and start <= one.start < end
    ]
    start, end = around[-1] if around else (0, 0)
    return range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)


def chosen(found: Sequence[Mutation], share: int) -> list[Mutation]:
    """At most `share` of each operator in each file, those with the smallest ids; all by hand.

    An id is a digest, so this is a random choice that is the same every time, and one that an edit
    elsewhere in the file does not change.
    """
    groups: dict[tuple[str, str], list[Mutation]] = {}
    for one in found:
        groups.setdefault((one.file, one.operator), []).append(one)
    kept = [
        each
        for (_, operator), group in groups.items()
        for each in sorted(group, key=by_id)[: None if operator == MEANING else share]
    ]
    return sorted(kept, key=lambda one: (one.file, one.start, one.operator))


def by_id(one: Mutation) -> str:
    return one.id


def blank(text: str) -> str:
    """A comment or literal, so that nothing in it is taken for code; as long as it was."""
    if text[0] in "\"'":
        quote = 3 if text[:3] in ('"""', "'''") else 1
        inner = "".join(letter if letter.isspace() else "_" for letter in text[quote:-quote])
        return text[:quote] + inner + text[-quote:]
    return "".join("\n" if letter == "\n" else " " for letter in text)


def each(pattern: str, changes: Mapping[str, str] | str) -> Callable[[str], Iterator[Change]]:
    """Replace what a pattern's first group finds: by what stands for it, or all by the same."""

    def find(shown: str) -> Iterator[Change]:
        for found in re.finditer(pattern, shown, re.M):
            new = changes if isinstance(changes, str) else changes.get(found[1])
            if new is not None:
                yield found.start(1), found.end(1), new

    return find


def closing(text: str, start: int) -> int:
    """The place of the parenthesis that closes the one at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    raise ValueError(f"Nothing closes {text[start : start + 40]!r}.")


def numbers(shown: str) -> Iterator[Change]:
    for found in re.finditer(r"(?<![\w.\"'])\d+(?![\w.\"'])", shown):
        if not shown[: found.start()].endswith(("return ", "return -")):
            yield found.start(), found.end(), str(int(found[0]) + 1)


def calls(pattern: str, end: str, new: str) -> Callable[[str], Iterator[Change]]:
    """Replace whole statements that are one call and nothing else."""

    def find(shown: str) -> Iterator[Change]:
        for found in re.finditer(rf"^ +((?:{pattern})\()", shown, re.M):
            last = closing(shown, found.end() - 1) + 1
            if shown.startswith(end, last):
                yield found.start(1), last, new

    return find


COMMON: Mapping[str, Callable[[str], Iterator[Change]]] = {
    "boundary": each(r" (<=?|>=?) ", {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}),
    "other-comparison": each(r" (==|!=) ", {"==": "!=", "!=": "=="}),
    "wrong-constant": numbers,
    "wrong-arithmetic": each(
        r"(?<=[\w)\]]) ([-+|]=?) ", {"+": "-", "-": "+", "|": "&", "+=": "-=", "|=": "&="}
    ),
}

# C

C_RAISES = r"PyErr_(?:Set|No|Bad|Format|Warn)\w*|raise_\w+"
C_RELEASES = r"Py_X?DECREF|Py_CLEAR|PyBuffer_Release|\w*[Ff]ree\w*"
C_REFERENCES = r"Py_X?INCREF|\w+_up_ref"
C_OTHERS = rf"(?!(?:{C_RAISES}|{C_RELEASES}|{C_REFERENCES}|if|while|for|switch|return)\()\w+"


def c_functions(shown: str) -> list[tuple[str, int, int]]:
    found = re.finditer(r"^(\w+)\([^;{]*?\)\n\{\n.*?^\}", shown, re.M | re.S)
    return [(one[1], one.start(), one.end()) for one in found]


def c_conditions(shown: str) -> Iterator[tuple[int, int]]:
    """Where the conditions of `if` and `while` are, between their parentheses."""
    for found in re.finditer(r"\b(?:if|while) \(", shown):
        yield found.end(), closing(shown, found.end() - 1)


def c_inverted(shown: str) -> Iterator[Change]:
    for start, end in c_conditions(shown):
        yield start, end, f"!({KEPT})"


def c_dropped_checks(shown: str) -> Iterator[Change]:
    for start, end in c_conditions(shown):
        after = shown[end + 1 :].lstrip()
        body = after[: after.find("}" if after.startswith("{") else ";")]
        if shown.startswith("if (", start - 4) and LEAVES.search(body):
            yield start, end, f"0 && ({KEPT})"


C = Language(
    C_HIDDEN,
    c_functions,
    {
        **COMMON,
        "inverted-condition": c_inverted,
        "dropped-check": c_dropped_checks,
        "other-logic": each(r" (&&|\|\|)\s", {"&&": "||", "||": "&&"}),
        "wrong-result": each(
            r"(?:return |Py_RETURN_)(0|1|TRUE|FALSE)(?=;)",
            {"0": "1", "1": "0", "TRUE": "FALSE", "FALSE": "TRUE"},
        ),
        "swallowed-error": each(
            r"(return (?:-1|NULL))(?=;)",
            {"return -1": "return 0", "return NULL": "Py_RETURN_NONE"},
        ),
        "dropped-raise": calls(C_RAISES, ";", "(void)0"),
        "dropped-release": calls(C_RELEASES, ";", "(void)0"),
        "dropped-reference": calls(C_REFERENCES, ";", "(void)0"),
        "dropped-call": calls(C_OTHERS, ";", "(void)0"),
        "dropped-assignment": each(r"^ +(\w+->\w[\w.>-]* = [^;]+)(?=;)", "(void)0"),
        "dropped-entry": each(r"^( +\{\"\w+\".*\},)$", ""),
    },
)

# Python


def python_functions(shown: str) -> list[tuple[str, int, int]]:
    found = []
    for one in re.finditer(r"^( *)def (\w+)\(", shown, re.M):
        after = re.compile(rf"^ {{0,{len(one[1])}}}[^\s)]", re.M).search(shown, one.end())
        found.append((one[2], one.start(), after.start() if after else len(shown)))
    return found


def python_dropped_checks(shown: str) -> Iterator[Change]:
    for found in re.finditer(r"^( *)if (.+):\n\1    (?:return|raise)\b", shown, re.M):
        yield found.start(2), found.end(2), f"False and ({KEPT})"


PYTHON = Language(
    PYTHON_HIDDEN,
    python_functions,
    {
        **COMMON,
        "inverted-condition": each(r"^ *(?:if|elif|while) (.+)(?=:$)", f"not ({KEPT})"),
        "dropped-check": python_dropped_checks,
        "other-logic": each(r" (and|or) ", {"and": "or", "or": "and"}),
        "wrong-result": each(r"^ *return (True|False)$", {"True": "False", "False": "True"}),
        "swallowed-error": each(r"^ *(raise)$", "pass"),
        "dropped-raise": calls(r"raise [\w.]+", "\n", "pass"),
        "dropped-call": calls(r"(?!raise )(?:self|super)?[\w.]+", "\n", "pass"),
        "dropped-assignment": each(r"^ +(self\.\w+ = [^(\n]+)$", "pass"),
    },
)
