"""Builds the transcript of a session from the events that its remote objects recorded.

Handles become labels ("MemoryBIO #2"), class numbers become names, bytes of a TLS stream become
records. What is random or says where a scenario ran is masked, see masks.py. Nothing else is
changed: what languages explain is judged later.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.transcript.masks import LOOPBACK, Masks
from conformance.transcript.model import Operation, OutcomeKind, Transcript, Value
from conformance.transcript.render import render, sort_key
from conformance.transcript.tls_records import RecordStream
from impls.host.remote import ClassDescription, Event

END = "end of the scenario, where all it made is dropped"
"""The member of the operation at which an agent was lost when a scenario was over."""


def build(
    events: Sequence[Event],
    classes: Mapping[int, ClassDescription],
    end: str,
    minted: Mapping[str | bytes, str],
) -> Transcript:
    """The transcript of a session's events; `minted` names this run's certificates and numbers."""
    return _Builder(classes, minted).build(events, end)


class _Stream:
    """What is known of a BIO that belongs to an SSLObject."""

    def __init__(self) -> None:
        self.records = RecordStream()
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
        self.masks = Masks(minted)
        self.labels: dict[int, str] = {0: "ssl"}
        self.class_of: dict[int, str] = {0: "ssl"}
        self.numbers: Counter[str] = Counter()
        self.streams: dict[int, _Stream] = {}
        self.own_streams: dict[int, list[_Stream]] = {}

    def build(self, events: Sequence[Event], end: str) -> Transcript:
        operations = []
        for event in map(self.meant, events):
            call = self.call(event)
            kind, fields = self.outcome(event)
            operations.append(
                Operation(event.verb, self.member(event), call, kind, fields, event.parent)
            )
            self.follow(event)
        return Transcript(tuple(operations), self.masks.text(end), dict(self.masks.hits))

    # The operation

    def meant(self, event: Event) -> Event:
        """The call that the agent's Arrival.call() made, as if it had been direct."""
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

    # The outcome

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
                f"{category}: {self.masks.text(message)}"
                for category, message in outcome["warnings"]
            ]
        return kind, fields

    def error(self, error: Mapping[str, Any]) -> dict[str, Value]:
        described = self.classes[error["c"]]
        fields: dict[str, Value] = {
            "exception": described.name,
            "bases": self.bases(error["c"]),
            "message": self.masks.text(error["str"]),
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
            return self.masks.hide("tls-byte-count", self.byte_count(event, value))
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
        self.masks.hits["tls-records"] += 1
        exact = stream.lengths_are_exact
        found = stream.records.feed(content, show_lengths=exact)
        if not exact and "application_data" in found:
            self.masks.hits["record-length"] += 1
        wanted = event.arguments[0] if event.arguments else event.keywords.get("size", -1)
        if not isinstance(wanted, int) or wanted < 0 or len(content) < wanted:
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
            length = len(base64.b64decode(value["v"]))
            return self.masks.hide("channel-binding", f"channel binding of {length} bytes")
        return self.value(value)

    def session_value(self, event: Event, value: Any) -> Value:
        if event.name == "time" and type(value) is int:
            return self.masks.hide("session-time", "a time")
        if event.name == "id" and isinstance(value, dict) and value["t"] in ("bytes", "str"):
            length = len(base64.b64decode(value["v"]))
            return self.masks.hide("session-id", f"session id of {length} bytes")
        return self.value(value)

    def follow(self, event: Event) -> None:
        """Note what an event says about the state of the TLS streams."""
        outcome = event.outcome
        value = outcome.get("value")
        if event.name == "wrap_bio" and isinstance(value, dict) and value["t"] == "object":
            for argument in [*event.arguments, *event.keywords.values()][:2]:
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
            return self.masks.text(value)
        if not isinstance(value, dict):
            return value
        kind = value["t"]
        if kind in ("bytes", "str"):
            return self.byte_string(kind, value)
        if kind == "unicode":
            masked = self.masks.text(value["v"], kind)
            return masked if isinstance(masked, dict) else {"t": kind, "v": masked}
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
            self.masks.hits["port"] += 1
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
        minted = self.masks.minted(content, kind)
        if minted is not None:
            return minted
        if kind == "str":
            text = content.decode("latin-1")
            masked = self.masks.text(text, kind)
            if isinstance(masked, dict):
                return masked
            if masked != text:
                encoded = binascii.b2a_base64(masked.encode("latin-1", "replace"), newline=False)
                return {"t": kind, "v": encoded.decode("ascii")}
        return value

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
