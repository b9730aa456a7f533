"""Transcripts: every operation of a scenario with its outcome, made comparable.

A transcript is built from the events that the remote objects recorded. Handles become labels
("MemoryBIO #2"), class numbers become names, bytes of a TLS stream become records. What is random
or says where a thing ran is replaced by one of the named masks in `MASKS`, and each use is counted.
Nothing else is changed: what languages explain is judged later, in equivalence.py.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from conformance.transcript.tls_records import RecordStream
from impls.host.process import Loss
from impls.host.wire import ClassDescription
from impls.host.wire_untyped import UntypedEvent as Event
from impls.host.wire_untyped import untyped

Value = Any
"""A normalised value: null, bool, int, text, [list], or {"t": TYPE, ...} as in agent.py with
labels and names where the wire has numbers."""

OutcomeKind = Literal["value", "exception"] | Loss

MASKS = {
    "c-location": "the C source file and line at the end of an OpenSSL error's text, or before "
    "that of a time-out",
    "agent-file": "the folder in which an agent keeps its copies of the suite's files",
    "object-address": "the address in the default repr of an object",
    "descriptor": "the number of the descriptor in the repr of a socket",
    "port": "the number of a port of the loopback interface, in an address",
    "tls-records": "bytes read from a BIO of an SSLObject: shown as records and alerts",
    "tls-byte-count": "how many bytes of TLS a BIO of an SSLObject holds or took: none, some, all",
    "record-length": "lengths of application_data records while handshake messages, whose "
    "signatures and tickets vary in length, may be among them",
    "channel-binding": "the value of tls-unique: its length is shown",
    "session-id": "the id of an SSLSession: its length is shown",
    "session-time": "when an SSLSession was made: that it is a number is shown",
    "minted": "a certificate, serial number or date minted for this run: shown by its name",
}
"""Every mask by name, with all that it hides."""

C_LOCATION = re.compile(r" \([\w./-]*\.[ch]:\d+\)")
C_LOCATION_BEFORE = re.compile(r"^_ssl\.c:\d+: ")
AGENT_FILE = re.compile(r"[^\s'\"]*/conformance-[^/\s'\"]+/([\w.@-]+/[\w.@-]+)")
DESCRIPTOR = re.compile(r"\bfd=\d+")
LOOPBACK = "127.0.0.1"
PORT = re.compile(r"(\('127\.0\.0\.1', )\d+")
OBJECT_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")

END = "end of the scenario, where all it made is dropped"
"""The member of the operation at which an agent was lost when a scenario was over."""

COMPLETED = "completed"
"""The end of a transcript whose scenario ran through."""

RAISED = "stopped by what its last operation raised"
"""The end of one that let the exception of its last operation pass."""

NOTHING_RAISED = "stopped as its last operations raised nothing"
"""The end of one that expected an exception."""

LONGEST_SHOWN = 300
"""Bytes or characters of a value that are shown whole; a longer one by its start and digest."""


@dataclass(frozen=True)
class Operation:
    """One step of a transcript."""

    verb: str
    member: str
    """What was asked, without saying of which object: "MemoryBIO.read", "ssl.SSLContext"."""
    call: str
    """How it reads: "MemoryBIO #1.read(4)"."""
    kind: OutcomeKind
    fields: Mapping[str, Value]
    """The outcome, field by field: value, or exception, errno, ...; mutated, warnings."""
    inside: int | None = None
    """For what happened in a call back: the position of the operation that called back."""

    @property
    def lost(self) -> Loss | None:
        """How the agent was lost at this operation, if it was."""
        return None if self.kind == "value" or self.kind == "exception" else self.kind

    def outcome(self) -> str:
        """The outcome in one line."""
        if self.kind == "value":
            text = render(self.fields.get("value", self.fields.get("arguments")))
        elif self.kind == "exception":
            text = f"raises {self.fields['exception']}: {self.fields['message']}"
        else:
            text = f"{self.kind}: {self.fields['lost']}"
        for name in ("mutated", "warnings"):
            if name in self.fields:
                text += f"; {name} {render(self.fields[name])}"
        return text


@dataclass(frozen=True)
class Transcript:
    """What one implementation did in one scenario."""

    operations: tuple[Operation, ...]
    end: str
    """COMPLETED, RAISED, NOTHING_RAISED, "lost", or by what and where the scenario was stopped."""
    masks: Mapping[str, int] = field(default_factory=dict)
    """How often each mask was used."""

    @property
    def lost(self) -> Operation | None:
        """The operation at which the agent was lost, if it was."""
        for operation in self.operations:
            if operation.lost is not None:
                return operation
        return None


def build(
    events: Sequence[Event],
    classes: Mapping[int, ClassDescription],
    end: str,
    minted: Mapping[str | bytes, str],
) -> Transcript:
    """The transcript of a session's events; `minted` names this run's certificates and numbers."""
    return _Builder(classes, minted).build(events, end)


def render(value: Value) -> str:
    """A normalised value as its language would print it, shortened where it is long."""
    if isinstance(value, str):
        return shorten(repr(value), value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return "[" + ", ".join(render(item) for item in value) + "]"
    if not isinstance(value, dict):
        return repr(value)
    return _render_tagged(value["t"], value)


def _render_tagged(kind: str, value: dict[str, Any]) -> str:
    if kind in ("bytes", "str", "bytearray", "memoryview", "array"):
        content = base64.b64decode(value["v"])
        text = repr(content)
        if kind == "str":
            text = text[1:]
        elif kind != "bytes":
            text = f"{kind}({text})"
        return shorten(text, content)
    if kind == "unicode":
        return "u" + repr(value["v"])
    if kind == "long":
        return f"{value['v']}L"
    if kind == "float":
        return str(value["v"])
    if kind == "tuple":
        inner = ", ".join(render(item) for item in value["v"])
        return f"({inner},)" if len(value["v"]) == 1 else f"({inner})"
    if kind in ("set", "frozenset"):
        return f"{kind}({render(value['v'])})"
    if kind == "dict":
        return "{" + ", ".join(f"{render(k)}: {render(v)}" for k, v in value["v"]) + "}"
    if kind == "enum":
        name = value["n"]["v"] if isinstance(value["n"], dict) else value["n"]
        if isinstance(value["n"], dict) and value["n"]["t"] == "str":
            name = base64.b64decode(name).decode("ascii")
        return (
            f"{value['class']}({render(value['v'])})"
            if name is None
            else f"{value['class']}.{name}"
        )
    if kind == "namedtuple":
        pairs = zip(value["f"], value["v"], strict=True)
        return f"{value['class']}({', '.join(f'{name}={render(item)}' for name, item in pairs)})"
    if kind == "exception":
        return f"{value['fields']['exception']}({render(value['fields']['message'])})"
    if kind == "records":
        return "records[" + ", ".join(value["v"] + ["..."] * value["inside"]) + "]"
    return f"<{value['label']}>"


def sort_key(value: Value) -> str:
    """Orders what has no order of its own the same way in every language."""
    return render(value).lstrip("bu")


def shorten(text: str, content: bytes, longest: int = LONGEST_SHOWN) -> str:
    """A text, or the first third of it and the digest of its content where it is too long."""
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(content).hexdigest()[:8]
    return f"{text[: longest // 3]}... ({len(content)} long, sha256 {digest})"


class _Stream:
    """What is known of a BIO that belongs to an SSLObject."""

    def __init__(self) -> None:
        self.records = RecordStream()
        self.owner: int | None = None
        self.handshake_done = False
        self.drained_since = False

    @property
    def lengths_are_exact(self) -> bool:
        return self.handshake_done and self.drained_since


class _Builder:
    """Normalises the events of one session, in order: the state of its BIOs matters."""

    def __init__(
        self, classes: Mapping[int, ClassDescription], minted: Mapping[str | bytes, str]
    ) -> None:
        self.classes = classes
        self.minted = minted
        self.masks: Counter[str] = Counter()
        self.labels: dict[int, str] = {0: "ssl"}
        self.class_of: dict[int, str] = {0: "ssl"}
        self.numbers: Counter[str] = Counter()
        self.streams: dict[int, _Stream] = {}
        self.own_streams: dict[int, list[_Stream]] = {}

    def build(self, events: Sequence[Event], end: str) -> Transcript:
        operations = []
        for event in map(self.meant, map(untyped, events)):
            call = self.call(event)
            kind, fields = self.outcome(event)
            operations.append(
                Operation(event.verb, self.member(event), call, kind, fields, event.parent)
            )
            self.follow(event)
        return Transcript(tuple(operations), self.text(end), dict(self.masks))

    # What was asked

    def meant(self, event: Event) -> Event:
        """The call that was made by Arrival.call() of impls/agent.py, as if it had been direct."""
        if event.name != "call" or self.class_of.get(event.target or 0) != "Arrival":
            return event
        target, name, *arguments = event.arguments
        return replace(event, target=target["h"], name=name, arguments=arguments)

    def member(self, event: Event) -> str:
        if event.verb == "probe":
            return f"native.{event.name}"
        if event.verb == "callback":
            return f"callback {event.name}"
        if event.verb == "end":
            return END
        assert event.target is not None
        owner = self.class_of[event.target]
        return owner if event.name is None else f"{owner}.{event.name}"

    def call(self, event: Event) -> str:
        if event.verb == "end":
            return END
        if event.verb == "probe":
            owner = "native"
        elif event.verb == "callback":
            owner = "callback"
        else:
            assert event.target is not None
            owner = self.labels[event.target]
        reads = owner if event.name is None else f"{owner}.{event.name}"
        arguments = [render(self.argument(value)) for value in event.arguments]
        arguments += [
            f"{key}={render(self.argument(value))}" for key, value in event.keywords.items()
        ]
        if event.verb == "set":
            return f"{reads} = {arguments[0]}"
        if event.verb == "del":
            return f"del {reads}"
        return reads if event.verb == "get" else f"{reads}({', '.join(arguments)})"

    def argument(self, value: Any) -> Value:
        """An argument as it is shown; arguments are not compared."""
        if isinstance(value, list):
            return [self.argument(item) for item in value]
        if not isinstance(value, dict):
            return value
        kind = value["t"]
        if kind == "handle":
            return {"t": "label", "label": self.labels.get(value["h"], "?")}
        if kind in ("file", "folder"):
            return {"t": "label", "label": f"{kind} {value['name']}"}
        if kind == "callback":
            return {"t": "label", "label": "callback"}
        if kind == "class":
            return {"t": "label", "label": f"class {self.classes[value['c']].name}"}
        if kind in ("object", "function", "enum", "namedtuple", "exception"):
            return self.value(value)
        if kind in ("bytes", "bytearray", "memoryview", "array"):
            return {"t": kind, "v": value["v"]}
        if kind == "dict":
            return {"t": kind, "v": [[self.argument(k), self.argument(v)] for k, v in value["v"]]}
        if isinstance(value["v"], list):
            return {"t": kind, "v": [self.argument(item) for item in value["v"]]}
        return value

    # What came of it

    def outcome(self, event: Event) -> tuple[OutcomeKind, dict[str, Value]]:
        outcome = event.outcome
        fields: dict[str, Value] = {}
        kind: OutcomeKind = "value"
        if event.verb == "callback":
            fields["arguments"] = [self.value(value) for value in event.arguments]
            return kind, fields
        if "lost" in outcome:
            return outcome["lost"].how, {"lost": outcome["lost"].what}
        if "error" in outcome:
            kind = "exception"
            fields = self.error(outcome["error"])
        else:
            fields["value"] = self.result(event, outcome["value"])
        if "mutated" in outcome:
            contents = sorted(outcome["mutated"].items())
            fields["mutated"] = [{"t": "bytes", "v": content} for _, content in contents]
        if "warnings" in outcome:
            fields["warnings"] = [
                f"{category}: {self.text(message)}" for category, message in outcome["warnings"]
            ]
        return kind, fields

    def error(self, error: Mapping[str, Any]) -> dict[str, Value]:
        described = self.classes[error["c"]]
        fields: dict[str, Value] = {
            "exception": described.name,
            "bases": self.bases(error["c"]),
            "message": self.text(error["str"]),
            "argument_count": len(error["args"]),
        }
        for name, value in error["attributes"].items():
            fields[name] = self.value(value)
        return fields

    def bases(self, number: int) -> list[str]:
        """Names of all bases of a class, nearest first, `object` left out."""
        found: list[str] = []
        for base in self.classes[number].bases:
            name = self.classes[base].name
            if name != "object" and name not in found:
                found.append(name)
            found += [name for name in self.bases(base) if name not in found]
        return found

    def result(self, event: Event, value: Any) -> Value:
        """The value an operation returned; what TLS sent is shown as records."""
        stream = self.streams.get(event.target) if event.target is not None else None
        if event.verb == "call" and event.name == "get_channel_binding" and value is not None:
            return self.channel_binding(value)
        if event.verb == "get" and self.member(event) in ("SSLSession.id", "SSLSession.time"):
            return self.session_value(event, value)
        if stream is None:
            return self.value(value)
        if event.verb == "call" and event.name == "read" and isinstance(value, dict):
            return self.stream_read(stream, event, value)
        if event.name in ("pending", "write") and type(value) is int:
            self.masks["tls-byte-count"] += 1
            return {"t": "label", "label": self.byte_count(event, value)}
        return self.value(value)

    @staticmethod
    def byte_count(event: Event, value: int) -> str:
        if event.name == "write" and event.arguments and isinstance(event.arguments[0], dict):
            content = event.arguments[0].get("v")
            if isinstance(content, str) and len(base64.b64decode(content)) == value:
                return "all bytes"
        return "no bytes" if value == 0 else "some bytes" if value > 0 else f"{value} bytes"

    def stream_read(self, stream: _Stream, event: Event, value: dict[str, Any]) -> Value:
        if value["t"] not in ("bytes", "str"):
            return self.value(value)
        content = base64.b64decode(value["v"])
        self.masks["tls-records"] += 1
        exact = stream.lengths_are_exact
        found = stream.records.feed(content, show_lengths=exact)
        if not exact and "application_data" in found:
            self.masks["record-length"] += 1
        asked = event.arguments[0] if event.arguments else event.keywords.get("size", -1)
        if not isinstance(asked, int) or asked < 0 or len(content) < asked:
            stream.drained_since = stream.handshake_done
        return {
            "t": "records",
            "of": value["t"],
            "v": found,
            "inside": stream.records.is_inside_record,
            "empty": not content,
        }

    def channel_binding(self, value: Any) -> Value:
        if isinstance(value, dict) and value["t"] in ("bytes", "str"):
            self.masks["channel-binding"] += 1
            length = len(base64.b64decode(value["v"]))
            return {"t": "label", "label": f"channel binding of {length} bytes"}
        return self.value(value)

    def session_value(self, event: Event, value: Any) -> Value:
        if event.name == "time" and type(value) is int:
            self.masks["session-time"] += 1
            return {"t": "label", "label": "a time"}
        if event.name == "id" and isinstance(value, dict) and value["t"] in ("bytes", "str"):
            self.masks["session-id"] += 1
            length = len(base64.b64decode(value["v"]))
            return {"t": "label", "label": f"session id of {length} bytes"}
        return self.value(value)

    def follow(self, event: Event) -> None:
        """Note what an event says about the state of the TLS streams."""
        outcome = event.outcome
        value = outcome.get("value")
        if event.name == "wrap_bio" and isinstance(value, dict) and value["t"] == "object":
            handles = [value for value in event.arguments + list(event.keywords.values())]
            for argument in handles[:2]:
                if isinstance(argument, dict) and argument["t"] == "handle":
                    stream = self.streams.setdefault(argument["h"], _Stream())
                    self.own_streams.setdefault(value["h"], []).append(stream)
        elif event.name == "do_handshake" and "value" in outcome and event.target is not None:
            for stream in self.own_streams.get(event.target, ()):
                stream.handshake_done = True
        elif event.name == "verify_client_post_handshake" and event.target is not None:
            for stream in self.own_streams.get(event.target, ()):
                stream.drained_since = False

    # Values

    def value(self, value: Any) -> Value:
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict):
            return value
        kind = value["t"]
        if kind in ("bytes", "str"):
            return self.byte_string(kind, value)
        if kind == "unicode":
            masked = self.text(value["v"])
            if isinstance(masked, dict):
                return {**masked, "of": kind}
            return {"t": kind, "v": masked}
        if kind == "dict":
            pairs = [[self.value(key), self.value(item)] for key, item in value["v"]]
            return {"t": kind, "v": sorted(pairs, key=lambda pair: sort_key(pair[0]))}
        if kind == "tuple":
            return {"t": kind, "v": self.without_port([self.value(item) for item in value["v"]])}
        if kind in ("set", "frozenset"):
            items = [self.value(item) for item in value["v"]]
            return {"t": kind, "v": sorted(items, key=sort_key)}
        if kind == "exception":
            return {"t": kind, "fields": self.error(value["e"])}
        if kind == "callback":
            return {"t": kind, "label": f"callback #{value['id'] + 1}"}
        if kind in ("object", "function", "class"):
            return {"t": kind, "label": self.label(value)}
        if kind in ("enum", "namedtuple"):
            return self.named_value(value)
        return value

    def without_port(self, items: list[Value]) -> list[Value]:
        """The items of a tuple, which may be an address: a host and a port."""
        if len(items) == 2 and type(items[1]) is int and render(items[0]) == repr(LOOPBACK):
            self.masks["port"] += 1
            return [items[0], "..."]
        return items

    def named_value(self, value: dict[str, Any]) -> Value:
        name = self.classes[value["c"]].name
        named = {"t": value["t"], "class": name, "v": self.value(value["v"])}
        extra = {"n": self.value(value["n"])} if value["t"] == "enum" else {"f": value["f"]}
        named.update(extra)
        self.labels[value["h"]] = render(named)
        self.class_of[value["h"]] = name
        return named

    def byte_string(self, kind: str, value: dict[str, Any]) -> Value:
        content = base64.b64decode(value["v"])
        name = self.minted.get(content)
        if name is not None:
            self.masks["minted"] += 1
            return {"t": "minted", "of": kind, "label": name}
        if kind == "str":
            text = content.decode("latin-1")
            masked = self.text(text)
            if isinstance(masked, dict):
                return {**masked, "of": kind}
            if masked != text:
                encoded = binascii.b2a_base64(masked.encode("latin-1", "replace"), newline=False)
                return {"t": kind, "v": encoded.decode("ascii")}
        return value

    def text(self, text: str) -> Value:
        name = self.minted.get(text)
        if name is not None:
            self.masks["minted"] += 1
            return {"t": "minted", "of": "text", "label": name}
        for mask, needed, pattern, replacement in (
            ("c-location", " (", C_LOCATION, ""),
            ("c-location", "_ssl.c:", C_LOCATION_BEFORE, ""),
            ("agent-file", "/conformance-", AGENT_FILE, r"<file \1>"),
            ("object-address", " at 0x", OBJECT_ADDRESS, " at ..."),
            ("descriptor", "fd=", DESCRIPTOR, "fd=..."),
            ("port", LOOPBACK, PORT, r"\1..."),
        ):
            if needed in text:  # much cheaper than a pattern, and most texts have nothing to mask
                text, hits = pattern.subn(replacement, text)
                self.masks[mask] += hits
        return text

    def label(self, value: Mapping[str, Any]) -> str:
        """The label of a handle: class and number for objects, the name for classes."""
        if "h" not in value:
            return f"class {self.classes[value['c']].name}"
        handle = value["h"]
        if handle not in self.labels:
            name = self.classes[value["c"]].name if "c" in value else value["n"]
            if value["t"] == "class":
                self.labels[handle] = f"class {name}"
            elif value["t"] == "function":
                self.labels[handle] = name
            else:
                self.numbers[name] += 1
                self.labels[handle] = f"{name} #{self.numbers[name]}"
            self.class_of[handle] = name
        return self.labels[handle]
