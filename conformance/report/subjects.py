"""What a difference is about, in ssl's own words.

Scenarios reach some things through probes of the agent, subclasses of their own and callbacks. A
reader wants to know what of `ssl` differs: `native.repr(<SSLSocket #1>)` is `repr(SSLSocket)`, and
the log of a message callback is `SSLContext._msg_callback`. A subject that is none of these is what
the scenario's documentation is about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPERATORS = {
    "add": "+",
    "and": "&",
    "and_": "&",
    "contains": "in",
    "eq": "==",
    "ge": ">=",
    "gt": ">",
    "invert": "~",
    "le": "<=",
    "lt": "<",
    "ne": "!=",
    "or": "|",
    "or_": "|",
    "sub": "-",
    "xor": "^",
}
"""What Python writes for functions of the module operator."""

CLASSES = ("MemoryBIO", "SSLContext", "SSLObject", "SSLSession", "SSLSocket")

SUBCLASSES = {
    "Derived": "SSLContext",
    "LoudMemoryBIO": "MemoryBIO",
    "Mine": "SSLContext",
    "ObjectOfClass": "SSLObject",
    "ObjectOfContext": "SSLObject",
    "Own": "SSLSocket",
    "OwnContext": "SSLContext",
    "OwnError": "SSLCertVerificationError",
    "OwnObject": "SSLObject",
    "OwnSession": "SSLSession",
    "OwnSocket": "SSLSocket",
    "Special": "SSLObject",
} | {
    f"{kind}{name}": name
    for kind in (
        "Constructing",
        "Counting",
        "Empty",
        "Initialized",
        "Limiting",
        "Made",
        "Mixed",
        "Noting",
        "Replacing",
        "Uninitialized",
        "Watching",
    )
    for name in CLASSES
}
"""Classes that scenarios and probes derive, each with ssl's own that it is a subclass of."""

OF_THE_SUITE = {
    "File": "SSLSocket.makefile",
    "FinishedLog": "SSLContext._msg_callback",
    "Forger": "SSLContext.keylog_filename",
    "MessageLog": "SSLContext._msg_callback",
    "RequestForger": "SSLContext.keylog_filename",
    "Thread": "",
    **SUBCLASSES,
}
"""Classes that scenarios and probes define, and what of ssl shows in them; of a thread nothing."""

ARGUMENTS = {"FinishedLog": "callback", "MessageLog": "callback", **SUBCLASSES}
"""What an argument is called whose class is the suite's."""

USES = {
    "attribute_text": "{0}.{1}",
    "copy": "copy.copy({0})",
    "deep_copy": "copy.deepcopy({0})",
    "delete_attribute": "del {0}.{1}",
    "described_once_pickled": "pickle.dumps({0})",
    "has_hash_of": "hash({0})",
    "in_order": "list({0})",
    "in_reverse": "reversed({0})",
    "integer": "int({0})",
    "is_hashable": "hash({0})",
    "length": "len({0})",
    "pickled": "pickle.dumps({0})",
    "reduced": "pickle.dumps({0})",
    "repr": "repr({0})",
    "set_attribute": "{0}.{1} = {2}",
    "signature": "inspect.signature({0})",
    "str": "str({0})",
    "takes_attribute": "{0}.attribute",
}
"""How a probe reads in Python that does one thing to its first operand."""

ELSEWHERE = {
    "all_at_once": "SSLObject.do_handshake",
    "cipher_summary": "SSLContext.get_ciphers",
    "descriptors_of": "SSLContext.keylog_filename",
    "forger": "SSLContext.keylog_filename",
    "forger_of_requests": "SSLContext.keylog_filename",
    "handshake_and_echo": "SSLObject.do_handshake",
    "key_log": "SSLContext.keylog_filename",
}
"""Probes that show what another member did."""

SENT = "TLS records that were sent"
"""What a memory BIO held for the peer: it is no matter of the BIO, which only hands it out."""

CALLBACKS = (
    ("psk", "SSLContext.set_psk_*_callback"),
    ("message_callback", "SSLContext._msg_callback"),
    ("password", "SSLContext.load_cert_chain"),
    ("load_cert_chain", "SSLContext.load_cert_chain"),
    ("sni", "SSLContext.sni_callback"),
    ("servername", "SSLContext.sni_callback"),
    ("switch", "SSLContext.sni_callback"),
)
"""What is in the id of a scenario whose callbacks are of that member."""

LISTING = ("native.public_names", "native.public_members", "native.enumeration_members")
"""Probes whose value is a list of names with their kinds: a difference is about those names."""

COURSE = "scenario"
"""The member of a divergence that is another course of the scenario, and no operation."""

_ARGUMENT = re.compile(rf"<(class )?({'|'.join(ARGUMENTS)})( #\d+)?>")
_CALL = re.compile(r"([\w.]+)\((.*)\)$", re.DOTALL)
_CLASS = re.compile(r"<(?:class )?(\w+)[ .>]")
_VALUE = re.compile(r"(?:returns )?<?(\w+)[.(]")


@dataclass(frozen=True)
class Subject:
    """What a difference is about."""

    member: str
    """Such as "SSLContext.options" or "repr(SSLSocket)"; empty where it is nothing of ssl."""
    call: str | None
    """How that is used, where it is known: "SSLContext.options = 3"."""


def subject_of(member: str, call: str | None, value: str, scenario: str, anchor: str) -> Subject:
    """The subject of a divergence, in words of ssl alone.

    `member` and `call` are the divergence's, `value` is what the reference did, `scenario` its id
    and `anchor` where the scenario's claim is documented.
    """
    found = _subject(member, call, value, scenario, anchor)
    if found.call is None:
        return found
    return Subject(found.member, without_classes_of_the_suite(found.call))


def without_classes_of_the_suite(text: str) -> str:
    """A call or a value in which an object of a class of the suite is named by ssl's class."""

    def named(found: re.Match[str]) -> str:
        name = ARGUMENTS[found[2]]
        if found[2] in SUBCLASSES:
            name = f"subclass of {name}"
        return f"<{name}{found[3] or ''}>"

    return _ARGUMENT.sub(named, text)


def _subject(member: str, call: str | None, value: str, scenario: str, anchor: str) -> Subject:
    if scenario.startswith("message_callback/") and not member.startswith(CLASSES):
        return Subject("SSLContext._msg_callback", None)
    if member.startswith("native."):
        return _of_probe(member.removeprefix("native."), call, value, anchor)
    if member.startswith("callback "):
        of = next((name for what, name in CALLBACKS if what in scenario), documented(anchor))
        return Subject(f"callback of {of}", None)
    first, _, rest = member.partition(".")
    if first == "Purpose":
        return Subject(f"ssl.{member}", None)
    if member == "MemoryBIO.read" and value.startswith("records["):
        return Subject(SENT, call)
    if member == "referent":
        return Subject("weakref.ref", "weakref.ref(...)()")
    if call is not None and call.startswith("del "):
        return Subject(call, call)
    if member == COURSE:
        return Subject(documented(anchor), None)
    if first == "Thread" and ("::test_socket" in scenario or scenario.startswith("socket/")):
        return Subject("SSLSocket in a thread", None)
    own = OF_THE_SUITE.get(first)
    if own is None:
        return Subject(member, call or member)
    if first in SUBCLASSES and rest == "counts":
        return Subject(f"overridden methods of {own}", None)
    if first in SUBCLASSES:
        used = (call or member).replace(first, f"<subclass of {own}>", 1)
        return Subject(f"{own}.{rest}" if rest else f"ssl.{own}", used)
    return Subject(own or documented(anchor), None)


def documented(anchor: str) -> str:
    """What a page of ssl's documentation is about: "MemoryBIO.eof"; "ssl" for another page."""
    found = re.match(r"library/ssl\.html#ssl\.(.+)", anchor)
    if found is None:
        return "ssl"
    first = found[1].partition(".")[0]
    return found[1] if first in CLASSES and "." in found[1] else f"ssl.{found[1]}"


def _of_probe(probe: str, call: str | None, value: str, anchor: str) -> Subject:
    """The subject of what a probe does."""
    if f"native.{probe}" in LISTING:
        listed = split((call or "")[:-1].partition("(")[2])
        of = "ssl" if probe == "public_names" else owner(listed[0])
        return Subject(of, f"dir({of})")
    found = _CALL.match(call or "")
    operands = split(found[2]) if found else []
    what = owner(operands[0]) if operands else ""
    name = operands[1].strip("'") if len(operands) > 1 else ""
    if probe == "operate" and operands:
        return _operation(operands, value)
    if probe in USES and len(operands) > USES[probe].count("{") - 1:
        return _use(USES[probe], operands)
    if probe in ("format", "formatted") and len(operands) > 1:
        value, form = operands if probe == "format" else reversed(operands)
        return Subject(f"format({owner(value)})", f"format({value}, {form})")
    if probe == "is_equal" and len(operands) == 2:
        return Subject(f"{what} == {owner(operands[1])}", " == ".join(map(bare, operands)))
    if probe == "type_name" and operands:
        made = re.match(r"'?(\w+)", value)
        return Subject(f"type({what or (made[1] if made else 'value')})", f"type({operands[0]})")
    if probe in ("has", "watching_subclass") and name:
        member = name if what == "SSLObject" and "." in name else f"{what}.{name}"
        return Subject(member, f"hasattr({what}, '{name}')" if probe == "has" else member)
    if probe in ("blamed", "strictly") and len(operands) > 2:
        member = f"{owner(operands[1])}.{operands[2].strip(chr(39))}"
        rest = ", ".join(operands[3:])
        used = f"{member} = {rest}" if operands[0] == "'set'" else f"{member}({rest})"
        return Subject(member, f"{used}, warnings are errors" if probe == "strictly" else used)
    if probe == "construct" and operands:
        return Subject(f"ssl.{what}", f"{what}({', '.join(operands[1:])})")
    if probe == "under_default_timeout" and len(operands) > 1:
        called = owner(operands[1])
        return Subject(f"ssl.{called}", f"{called}({', '.join(operands[2:])})")
    if probe == "told_where_there" and name:
        return Subject(f"{what}.{name}", f"{what}.{name}({', '.join(operands[2:])})")
    if probe == "subclass" and operands:
        return Subject(f"class of {what}", f"class {name}({what})")
    if probe == "own_bases" and operands:
        return Subject(f"{what}.__bases__", None)
    if probe == "enter_and_leave" and operands:
        return Subject(f"with {what}", f"with {operands[0]}")
    if probe == "number_at" and name:
        return Subject(f"{what if what in CLASSES else 'SSLSocket'}.{name}", None)
    if probe == "is_same" and len(operands) == 2:
        return Subject(f"{what} is {owner(operands[1])}", f"{operands[0]} is {operands[1]}")
    if probe in ("is_instance", "is_subclass", "proxy_is_instance") and len(operands) == 2:
        function = probe.removeprefix("proxy_").replace("_", "")
        return Subject(
            f"{function}({what}, {owner(operands[1])})",
            f"{function}({', '.join(map(bare, operands))})",
        )
    if probe.endswith("_signals") and operands:
        return Subject(f"SSLSocket.{what}", f"SSLSocket.{what}({', '.join(operands[1:])})")
    return Subject(ELSEWHERE.get(probe) or documented(anchor), _through(probe, operands))


def _through(probe: str, operands: list[str]) -> str | None:
    """The call that a probe makes with what it was given, where it makes one."""
    if probe in ("kept", "in_child", "raised_again") and operands:
        return f"{bare(operands[0])}({', '.join(operands[1:])})"
    if probe == "left_behind" and len(operands) > 1:
        return f"{bare(operands[1])}({', '.join(operands[2:])}), {operands[0]} times"
    if probe == "while_handling" and len(operands) > 2:
        return f"{bare(operands[0])}({operands[1]}) while {bare(operands[2])}() has failed"
    return None


def _use(form: str, operands: list[str]) -> Subject:
    """The subject of a use that reads in Python as `form`."""
    first, name, *others = *operands, ""
    of = owner(first)
    shown = of if "{1}" in form else first
    names = [name.strip("'"), *others]
    return Subject(form.partition(" = ")[0].format(of, *names), form.format(shown, *names))


def _operation(operands: list[str], value: str) -> Subject:
    """The subject of an operator: the class of what it is used on, or of what comes out."""
    name = operands[0].strip("'")
    sign = OPERATORS.get(name, name)
    owners = [owner(one) for one in operands[1:] if _CLASS.match(one) and one != "<text>"]
    made = _VALUE.match(value)
    of = owners[0] if owners else made[1] if made else "value"
    shown = [bare(one) for one in operands[1:]]
    if name == "contains":  # whose operands are the other way round
        return Subject(f"in {of}", f" {sign} ".join(reversed(shown)))
    if name == "truth":
        return Subject(f"bool({of})", f"bool({shown[0]})")
    if name == "getitem" and len(shown) == 2:
        return Subject(f"{of}[]", f"{shown[0]}[{shown[1]}]")
    used = f"{sign}{shown[0]}" if len(shown) == 1 else f" {sign} ".join(shown)
    return Subject(f"{of} {sign} {of}" if len(operands) > 2 else f"{sign}{of}", used)


def bare(operand: str) -> str:
    """An operand as it stands in an expression: `SSLSocket #1` is what a label says."""
    return "..." if operand == "<text>" else re.sub(r"^<(?:class )?(.*)>$", r"\1", operand)


def owner(operand: str) -> str:
    """The class of an operand of a call: "SSLSocket" of "<SSLSocket #1>", "ssl" of "<ssl>"."""
    found = _CLASS.match(operand)
    if found is None:
        return operand.strip("<>'")
    own = OF_THE_SUITE.get(found[1]) or found[1]
    return own.partition(".")[0]


def split(operands: str) -> list[str]:
    """The operands of a call, as it reads; commas within brackets and quotes are not between."""
    found, depth, quote, start = [], 0, "", 0
    for index, letter in enumerate(operands):
        if quote:
            if letter == quote and operands[index - 1] != "\\":
                quote = ""
        elif letter in "'\"":
            quote = letter
        elif letter in "([{<":
            depth += 1
        elif letter in ")]}>":
            depth -= 1
        elif letter == "," and not depth:
            found.append(operands[start:index].strip())
            start = index + 1
    last = operands[start:].strip()
    return [*found, last] if last else found
