"""Builds the transcript of a session from the events that its remote objects recorded.

Handles become labels ("MemoryBIO #2"), class numbers become names, bytes of a TLS stream become
records. What is random or says where a scenario ran is masked, see masks.py. Nothing else is
changed: what languages explain is judged later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from conformance.transcript.masks import LOOPBACK, Masks
from conformance.transcript.model import (
    EnumerationMember,
    ExceptionValue,
    Items,
    Keyword,
    Label,
    Minted,
    NamedItems,
    Operation,
    OutcomeKind,
    Pairs,
    Records,
    Thing,
    Transcript,
    Value,
)
from conformance.transcript.render import render, sort_key
from conformance.transcript.tls_records import RecordStream
from impls.host import wire
from impls.host.wire import (
    ByteString,
    ClassDescription,
    Collection,
    Dictionary,
    Event,
    UnicodeText,
)

END = "end of the scenario, where all it made is dropped"
"""The member of the operation at which an agent was lost when a scenario was over."""

BYTES_OF_TLS = Label("bytes of TLS")
"""What stands for an argument that another peer made: it is another one in each run."""

SHORTEST_HIDDEN = 8
"""Bytes that a mask hid are recognized where they are passed on: fewer may be so by chance."""


def build(
    events: Iterable[Event],
    classes: Mapping[int, ClassDescription],
    end: str,
    minted: Mapping[str | bytes, str],
) -> Transcript:
    """The transcript of a session's events; `minted` names this run's certificates and numbers."""
    return _Builder(classes, minted).build(events, end)


def shows_the_same(
    events: Sequence[Event],
    transcript: Transcript,
    others: Mapping[int, tuple[bytes | int, bytes | None]],
) -> bool:
    """Whether the transcript of events would be the same with other values behind its masks.

    `others` has by the position of an event what it gave, and the bytes that were passed, if any.
    False where it cannot be told.
    """
    streams = _Builder({}, {})
    for position, event in enumerate(events):
        if event.name == "call" or event.verb == "callback" and position in others:
            return False
        shown = transcript.operations[position].fields.get("value")
        given: wire.Value = event.value
        same_length = True
        if position in others:
            value, passed = others[position]
            if isinstance(value, bytes):
                if not is_bytes(given):
                    return False
                same_length = given.length == len(value)
                given = ByteString(given.kind, value)
            else:
                given = value
            if passed is not None:
                event = replace(event, arguments=[ByteString("bytes", passed)])
        stream = streams.streams.get(event.target) if event.target is not None else None
        if is_bytes(given) and isinstance(shown, Records):
            if stream is None or streams.stream_read(stream, event, given) != shown:
                return False
        elif position in others:
            if not isinstance(shown, Label):
                return False
            if type(given) is int and stream is not None:
                if streams.byte_count(event, given) != shown.text:
                    return False
            elif not same_length or type(given) is int and event.name != "time":
                return False
        streams.follow(event)
    return True


class _Stream:
    """What is known of a BIO that belongs to an SSLObject."""

    def __init__(self) -> None:
        self.records = RecordStream()
        self.handshake_done = False
        self.drained_since = False
        self.answers_later = False
        """Whether its context lets a server request a certificate at any time.

        The answer's length is random: OpenSSL since 3.2 may compress it (RFC 8879), with the
        random context of the request.
        """

    @property
    def lengths_are_exact(self) -> bool:
        return self.handshake_done and self.drained_since and not self.answers_later


class _Builder:
    """Normalises the events of one session, in order: the state of its BIOs matters."""

    def __init__(
        self, classes: Mapping[int, ClassDescription], minted: Mapping[str | bytes, str]
    ) -> None:
        self.classes = classes
        self.masks = Masks(minted)
        self.labels: dict[int, str] = {0: "ssl"}
        self.class_of: dict[int, str] = {0: "ssl"}
        self.numbers: Counter[str] = Counter()
        self.streams: dict[int, _Stream] = {}
        self.own_streams: dict[int, list[_Stream]] = {}
        self.answering: set[int | None] = set()
        """Contexts with post_handshake_auth."""
        self.texts: dict[int, wire.Value] = {}
        """What is in a text that has a handle, which shows where it is passed on."""
        self.hidden: dict[bytes | int, Value] = {}
        """What stands for values that a mask hid, where they are passed on."""
        self.known_bases: dict[int, list[str]] = {}

    def build(self, events: Iterable[Event], end: str) -> Transcript:
        operations = []
        for event in map(self.meant, events):
            arguments = self.arguments(event)
            call = self.call(event, arguments)
            kind, fields = self.outcome(event)
            operations.append(
                Operation(
                    event.verb,
                    self.member(event),
                    call,
                    kind,
                    fields,
                    event.parent,
                    event.preparing,
                    arguments=self.compared(event, arguments),
                )
            )
            self.follow(event)
        return Transcript(tuple(operations), self.masks.parts(end), dict(self.masks.hits))

    # The operation

    def meant(self, event: Event) -> Event:
        """The call that the agent's Arrival.call() made, as if it had been direct."""
        if event.name != "call" or self.class_of.get(event.target or 0) != "Arrival":
            return event
        target, name, *arguments = event.arguments
        assert isinstance(target, wire.Reference) and isinstance(name, str)
        return replace(event, target=target.handle, name=name, arguments=arguments)

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

    def arguments(self, event: Event) -> list[Value]:
        """What is passed; keywords come last."""
        passed = [self.argument(value) for value in event.arguments]
        for name, value in event.keywords.items():
            passed.append(Keyword([(name, self.argument(value))]))
        return passed

    def compared(self, event: Event, passed: list[Value]) -> list[Value]:
        """What is passed, as it is compared; a callback's arguments are its outcome."""
        if event.verb == "callback":
            return []
        if event.name == "send" and self.class_of.get(event.target or 0) == "Arrival":
            return [BYTES_OF_TLS for _ in passed]  # what a peer made, and how long its pieces are
        if event.name == "write" and event.target in self.streams:
            return [BYTES_OF_TLS if isinstance(value, ByteString) else value for value in passed]
        return [self.unhidden(value) for value in passed]

    def unhidden(self, value: Value) -> Value:
        """What stands for a value that a mask hides, here or when it was given; else the value."""
        raw = value.content if isinstance(value, ByteString) else value
        if isinstance(raw, (bytes, int)) and raw in self.hidden:
            return self.hidden[raw]
        name = self.masks.name_of(raw) if isinstance(raw, (bytes, str)) else None
        return value if name is None else Label(name)

    def call(self, event: Event, passed: Sequence[Value]) -> str:
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
        arguments = [render(value) for value in passed]
        if event.verb == "set":
            return f"{reads} = {arguments[0]}"
        if event.verb == "del":
            return f"del {reads}"
        return reads if event.verb == "get" else f"{reads}({', '.join(arguments)})"

    def argument(self, value: wire.Value) -> Value:
        """An argument, not masked: what differs between runs is known where it is compared."""
        if isinstance(value, list):
            return [self.argument(item) for item in value]
        if isinstance(value, wire.Reference):
            if value.handle in self.texts:
                return self.argument(self.texts[value.handle])
            return Thing("object", self.labels.get(value.handle, "?"))
        if isinstance(value, wire.File):
            return Label(f"{value.kind} {value.name}")
        if isinstance(value, wire.Callback):
            return Label("callback")
        if isinstance(value, wire.Class):
            return Label(f"class {self.classes[value.class_number].name}")
        if isinstance(value, wire.Buffer):
            return ByteString(value.kind, value.content)
        if isinstance(value, Dictionary):
            return Pairs([(self.argument(k), self.argument(v)) for k, v in value.pairs])
        if isinstance(value, Collection):
            return Items(value.kind, [self.argument(item) for item in value.items])
        if isinstance(value, ByteString) and type(value.content) is not bytes:
            return ByteString("str", bytes(value.content))  # 2.7's own, which it gave before
        if isinstance(value, (str, ByteString, UnicodeText)):
            return value
        return self.value(value)

    # The outcome

    def outcome(self, event: Event) -> tuple[OutcomeKind, dict[str, Value]]:
        outcome = event.outcome
        if event.verb == "callback":
            return "value", self.called_back(event)
        if isinstance(outcome, wire.AgentGone):
            return outcome.lost.how, {"lost": outcome.lost.what}
        kind: OutcomeKind = "value"
        fields: dict[str, Value] = {}
        if isinstance(outcome, wire.Raised):
            kind, fields = "exception", self.error(outcome.error)
        else:
            assert isinstance(outcome, wire.Returned)
            fields["value"] = self.result(event, outcome.value)
            if outcome.pending is not None:
                fields["pending"] = ExceptionValue(self.error(outcome.pending))
        if outcome.mutated:
            contents = sorted(outcome.mutated.items())
            fields["mutated"] = [ByteString("bytes", content) for _, content in contents]
        if outcome.warnings:
            fields["warnings"] = [
                f"{category}: {self.masks.parts(message)}" for category, message in outcome.warnings
            ]
        return kind, fields

    def called_back(self, event: Event) -> dict[str, Value]:
        """What an implementation called a function with; what is wrong with the call only then."""
        fields: dict[str, Value] = {"arguments": [self.value(value) for value in event.arguments]}
        if event.keywords:
            named = sorted((name, self.value(value)) for name, value in event.keywords.items())
            fields["keywords"] = Pairs([(name, value) for name, value in named])
        if event.pending is not None:
            fields["pending"] = ExceptionValue(self.error(event.pending))
        if event.notes:
            fields["notes"] = list(event.notes)
        return fields

    def error(self, error: wire.Error) -> dict[str, Value]:
        fields: dict[str, Value] = {
            "exception": self.classes[error.class_number].name,
            "bases": self.bases(error.class_number),
            "message": self.masks.text(error.text),
            "argument_count": len(error.arguments),
        }
        for name, value in error.attributes.items():
            fields[name] = self.value(value)
        return fields

    def bases(self, number: int) -> list[str]:
        """Names of all bases of a class, nearest first, `object` left out."""
        if number not in self.known_bases:
            found: list[str] = []
            for base in self.classes[number].bases:
                name = self.classes[base].name
                if name != "object" and name not in found:
                    found.append(name)
                found += [name for name in self.bases(base) if name not in found]
            self.known_bases[number] = found
        return list(self.known_bases[number])

    def result(self, event: Event, value: wire.Value) -> Value:
        """The value an operation returned; what TLS sent is shown as records."""
        shown = self.shown_result(event, value)
        if isinstance(shown, (Label, Records)):  # a mask hides it
            if isinstance(value, ByteString) and len(value.content) >= SHORTEST_HIDDEN:
                self.hidden[bytes(value.content)] = shown
            elif type(value) is int and event.name == "time":
                self.hidden[value] = shown
        return shown

    def shown_result(self, event: Event, value: wire.Value) -> Value:
        stream = self.streams.get(event.target) if event.target is not None else None
        if event.verb == "call" and event.name == "get_channel_binding" and is_bytes(value):
            return self.masks.hide(
                "channel-binding", f"channel binding of {len(value.content)} bytes"
            )
        if event.verb == "get" and self.member(event) == "SSLSession.time" and type(value) is int:
            return self.masks.hide("session-time", "a time")
        if event.verb == "get" and self.member(event) == "SSLSession.id" and is_bytes(value):
            return self.masks.hide("session-id", f"session id of {len(value.content)} bytes")
        if stream is None:
            return self.value(value)
        if event.verb == "call" and event.name == "read" and is_bytes(value):
            return self.stream_read(stream, event, value)
        if event.name in ("pending", "write") and type(value) is int:
            return self.masks.hide("tls-byte-count", self.byte_count(event, value))
        return self.value(value)

    @staticmethod
    def byte_count(event: Event, count: int) -> str:
        """A number of bytes of TLS, told from none and from all that were given."""
        given = event.arguments[0] if event.name == "write" and event.arguments else None
        if isinstance(given, (ByteString, wire.Buffer)) and len(given.content) == count:
            return "all bytes"
        return "no bytes" if count == 0 else "some bytes" if count > 0 else f"{count} bytes"

    def stream_read(self, stream: _Stream, event: Event, value: ByteString) -> Records:
        self.masks.hits["tls-records"] += 1
        exact = stream.lengths_are_exact
        found = stream.records.feed(value.content, show_lengths=exact)
        if not exact and "application_data" in found:
            self.masks.hits["record-length"] += 1
        wanted = event.arguments[0] if event.arguments else event.keywords.get("size", -1)
        if not isinstance(wanted, int) or wanted < 0 or len(value.content) < wanted:
            stream.drained_since = stream.handshake_done
        inside = stream.records.is_inside_record
        return Records(value.kind, found, inside, empty=not value.content)

    def follow(self, event: Event) -> None:
        """Note what an event says about the state of the TLS streams."""
        made = event.value
        if event.verb == "probe" and event.name == "unicode" and isinstance(made, wire.Object):
            self.texts[made.handle] = event.arguments[0]
        if event.name == "wrap_bio" and isinstance(made, wire.Object):
            for argument in list(event.inputs)[:2]:
                if isinstance(argument, wire.Reference):
                    stream = self.streams.setdefault(argument.handle, _Stream())
                    stream.answers_later = event.target in self.answering
                    self.own_streams.setdefault(made.handle, []).append(stream)
        elif event.name == "do_handshake" and event.verb == "call" and event.returned:
            for stream in self.own_streams.get(event.target or 0, ()):
                stream.handshake_done = True
        elif event.verb == "set" and event.name == "post_handshake_auth" and event.returned:
            change = self.answering.discard if event.arguments == [False] else self.answering.add
            change(event.target)
        elif event.name == "verify_client_post_handshake" and event.target is not None:
            for stream in self.own_streams.get(event.target, ()):
                stream.drained_since = False

    # Values

    def value(self, value: wire.Value) -> Value:
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self.masks.text(value)
        if isinstance(value, ByteString):
            return self.byte_string(value)
        if isinstance(value, UnicodeText):
            masked = self.masks.text(value.text, "unicode")
            return UnicodeText(masked) if isinstance(masked, str) else masked
        if isinstance(value, Dictionary):
            pairs = [(self.value(key), self.value(item)) for key, item in value.pairs]
            return Pairs(sorted(pairs, key=lambda pair: sort_key(pair[0])))
        if isinstance(value, Collection):
            items = [self.value(item) for item in value.items]
            if value.kind == "tuple":
                return Items(value.kind, self.without_port(items))
            return Items(value.kind, sorted(items, key=sort_key))
        if isinstance(value, wire.Error):
            return ExceptionValue(self.error(value))
        if isinstance(value, wire.Callback):
            return Thing("callback", f"callback #{value.number + 1}")
        if isinstance(value, wire.Object):
            return Thing("object", self.object_label(value))
        if isinstance(value, wire.Function):
            return Thing("function", self.label(value.handle, value.name, value.name))
        if isinstance(value, wire.Class):
            name = self.classes[value.class_number].name
            if value.handle is None:
                return Thing("class", f"class {name}")
            return Thing("class", self.label(value.handle, name, f"class {name}"))
        if isinstance(value, wire.Enumeration):
            name = self.classes[value.class_number].name
            member = EnumerationMember(name, self.value(value.name), self.value(value.value))
            return self.named(value.handle, name, member)
        if isinstance(value, wire.NamedCollection):
            name = self.classes[value.class_number].name
            items = [self.value(item) for item in value.items]
            return self.named(value.handle, name, NamedItems(name, value.fields, items))
        assert not isinstance(value, (wire.Buffer, wire.Reference, wire.File))
        return value

    def without_port(self, items: list[Value]) -> list[Value]:
        """The items of a tuple, which may be an address: a host and a port."""
        if len(items) == 2 and type(items[1]) is int and render(items[0]) == repr(LOOPBACK):
            self.masks.hits["port"] += 1
            return [items[0], "..."]
        return items

    def byte_string(self, value: ByteString) -> Value:
        if value.kind not in ("bytes", "str"):
            return value
        minted = self.masks.minted(value.content, value.kind)
        if minted is not None or value.kind == "bytes":
            return value if minted is None else minted
        masked = self.masks.text(value.content.decode("latin-1"), value.kind)
        if isinstance(masked, Minted):
            return masked
        return ByteString(value.kind, masked.encode("latin-1", "replace"))

    def named(self, handle: int, name: str, value: Value) -> Value:
        """A value that has a handle and is shown as it is."""
        self.labels[handle] = render(value)
        self.class_of[handle] = name
        return value

    def object_label(self, value: wire.Object) -> str:
        """The label of an object: its class, and which one of that class it is."""
        name = self.classes[value.class_number].name
        if value.handle not in self.labels:
            self.numbers[name] += 1
        return self.label(value.handle, name, f"{name} #{self.numbers[name]}")

    def label(self, handle: int, name: str, label: str) -> str:
        """The label that a handle got when it was first met, which may be now."""
        if handle not in self.labels:
            self.labels[handle], self.class_of[handle] = label, name
        return self.labels[handle]


def is_bytes(value: wire.Value) -> TypeGuard[ByteString]:
    return isinstance(value, ByteString) and value.kind in ("bytes", "str")
