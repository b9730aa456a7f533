"""The operations of a scenario as lines of a script.

Objects become variables, what TLS sent is passed on by variable (see tls_bytes.py), all else is a
literal; a callback becomes a small function that does and returns what was recorded.
"""

from __future__ import annotations

import array
import builtins
import keyword
import operator
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.explain.recording import Recording
from conformance.explain.reproducer import sources
from conformance.explain.reproducer.answers import first_answer, raising
from conformance.explain.reproducer.ending import (
    UNKNOWN,
    course_ending,
    detail,
    ending,
    last_unlike,
    side_text,
    wants_detail,
)
from conformance.explain.reproducer.literals import (
    LONGEST_LITERAL,
    literal_bytes,
    literal_file,
    literal_text,
)
from conformance.explain.reproducer.recorded_values import (
    callbacks_in,
    is_own_path,
    objects_in,
    side_by_side,
)
from conformance.explain.reproducer.tls_bytes import TlsBytes
from conformance.judge.verdict import Divergence
from conformance.run.replay import handles_used
from conformance.transcript.elide import elide
from conformance.transcript.model import Label, Records, Thing, Value
from conformance.transcript.render import render_outcome
from impls.host import wire
from impls.host.wire import ByteString, Event, handle_of, handles_in

CALL = 70
"""Characters of a call that is printed."""

WIDTH = 100
"""Characters of a line of a script; a literal is never broken."""

SHORT_NAMES = {
    "MemoryBIO": "bio",
    "SSLContext": "context",
    "SSLObject": "object",
    "SSLSession": "session",
}
PLAIN_PROBES = {
    "type_name": "type({0}).__name__",
    "repr": "repr({0})",
    "str": "str({0})",
    "has": "hasattr({0}, {1})",
    "is_same": "{0} is {1}",
    "is_equal": "{0} == {1}",
    "is_instance": "isinstance({0}, {1})",
    "is_subclass": "issubclass({0}, {1})",
    "subclass": "type({0})({1}, ({0},), {{}})",
    "copy": "copy.copy({0})",
    "module": "importlib.import_module({0})",
    "length": "len({0})",
    "integer": "int({0})",
    "delete_attribute": "delattr({0}, {1})",
}
"""Probes that are an expression of Python, by their arguments."""

ONLY_THE_SUITE = "only_the_suite("
"""Begins the line that stands for a probe which needs the agent."""
PLACE = "@function {}@"
"""Where a function will stand."""
RESERVED = frozenset("FILES content name number ssl stream".split())


CLEAR_PENDING = (
    "    try:",
    "        for _ in ():  # its end is the first step that finds an exception pending",
    "            pass",
    "    except BaseException:",
    "        pass",
)
"""The beginning of a function that the implementation calls with an exception pending."""


class Operations:
    """Writes the operations up to the one with a difference, and all that these need."""

    def __init__(self, divergence: Divergence, recorded: Recording, reference: Recording) -> None:
        self.divergence = divergence
        self.recorded = recorded
        self.reference = reference
        self.position = divergence.position
        self.events = recorded.events[: self.end()]
        self.lines: list[str] = []
        self.probes: set[str] = set()
        """The probes that are called as functions."""
        self.files: dict[str, Path] = {}
        self.folders: set[str] = set()
        self.names: dict[int, str] = {}
        """Handle -> variable."""
        self.again: dict[int, str] = {}
        """Handle -> variable of the last operation that returned the object once more."""
        self.class_of: dict[int, str] = {}
        self.exceptions: dict[int, str] = {}
        """Number of an exception class -> expression."""
        self.taken: set[str] = set()
        self.paths: dict[str | bytes, str] = {}
        """Path of a file that the scenario made room for -> variable."""
        self.tls = TlsBytes()
        self.streams: dict[int, str] = {}
        self.functions: dict[int, str] = {}
        self.bodies: dict[int, list[tuple[int, list[str], set[str]]]] = {}
        """Number of a function -> for each call its position, its lines and what it sets."""
        self.last_use: dict[int, int] = {}
        for position, event in enumerate(self.events):
            for handle in self.handles(event):
                self.last_use[handle] = position
        self.weak = any(event.name == "weak_reference" for event in self.events)
        self.forgotten: set[int] = set()
        self.content_used = self.contents_passed()

    def write(self) -> str:
        """The lines of all operations, as one text."""
        for position, event in enumerate(self.events):
            if event.parent is None:
                self.operation(position)
        if not self.is_about_an_operation:
            self.tell_sides()
            self.lines.append('say("      here:      these were the operations until they part")')
            self.lines += self.ended(last_unlike(self.reference, self.recorded, self.position))
        text = "\n".join(self.lines)
        for number in self.functions:
            text = text.replace(PLACE.format(number), self.function(number))
        return text

    # Which events

    def root(self, position: int) -> int:
        """The operation at the outermost level that led to this one."""
        parent = self.recorded.events[position].parent
        while parent is not None:
            position, parent = parent, self.recorded.events[parent].parent
        return position

    def end(self) -> int:
        """How many events the script replays: the operation in question with all inside it."""
        events = self.recorded.events
        if self.position >= len(events):
            return len(events)
        end = self.root(self.position) + 1
        while end < len(events) and events[end].parent is not None:
            end += 1
        return end

    @staticmethod
    def handles(event: Event) -> set[int]:
        return handles_used(event) | set(handles_in(event.value))

    def contents_passed(self) -> list[bytes]:
        """All bytes that are arguments of the events."""
        return [
            value.content
            for event in self.events
            for value in event.inputs
            if isinstance(value, (ByteString, wire.Buffer)) and value.kind != "array"
        ]

    # One operation

    def operation(self, position: int) -> None:
        """Write an operation, and note what it called back."""
        in_question = self.is_about_an_operation and position == self.root(self.position)
        for number in self.functions_of(position):
            if number not in self.functions:
                self.declare(number)
        if in_question:
            self.lines += ["", "# The operation in question."]
            self.tell_sides()
        self.let_go(position)
        for index, each in enumerate(self.events):
            if each.parent == position:
                self.called_back(index)
        self.lines += self.one_step(position)
        if in_question:
            never = "it was not called"
            self.lines.append(
                f'say("      here:      " + outcomes.get({self.position}, "{never}"))'
            )
            self.lines += self.ended(self.position)

    @property
    def is_about_an_operation(self) -> bool:
        """Whether an operation differs, and not where they end."""
        return self.position < len(self.recorded.events)

    @property
    def is_lost(self) -> bool:
        """Whether the agent was lost at the operation that differs."""
        return self.is_about_an_operation and isinstance(
            self.events[self.position].outcome, wire.AgentGone
        )

    def functions_of(self, position: int) -> list[int]:
        """The numbers of the functions that an operation, with all inside it, passes on."""
        found: list[int] = []
        for index in range(position, len(self.events)):
            if self.root(index) != position:
                break
            event = self.events[index]
            values = [*event.inputs, event.value]
            found += [number for number in callbacks_in(values) if number not in found]
        return found

    def tell_sides(self) -> None:
        for title, side in (("reference:", self.reference), ("recorded: ", self.recorded)):
            text = f"      {title} {side_text(self.divergence, side, side is self.reference)}"
            ascii_text = text.encode("ascii", "backslashreplace").decode("ascii")
            self.lines.append(f"say({literal_text(ascii_text)})")

    def ended(self, position: int | None) -> list[str]:
        """The lines that end the script, by what the operation at a position did."""
        if position is None:
            return [UNKNOWN, "sys.exit(1)"]
        divergence, sides = self.divergence, (self.reference, self.recorded)
        if divergence.field == "operation" and position == divergence.position:
            return course_ending(position, *sides)
        if position == divergence.position:
            texts = (side_text(divergence, side, side is self.reference) for side in sides)
            return ending(position, *texts)
        return ending(position, *(render_outcome(side.operations[position]) for side in sides))

    def one_step(self, position: int) -> list[str]:
        """The lines of one operation."""
        event = self.events[position]
        lines: list[str] = []
        buffers: list[str] = []
        extra = [self.expression(position, event, lines, buffers)]
        if extra[0].startswith(ONLY_THE_SUITE):
            return [*lines, extra[0]]
        name = self.result_name(position, event)
        render = self.rendering(position, event)
        words = [str(position), f"lambda: {extra[0]}"]
        if render is not None:
            words.append(render)
        if buffers:
            words.append(f"buffers=[{', '.join(buffers)}]")
        if position == self.position and wants_detail(self.divergence.field):
            words.append(f"detail={detail(self.divergence.field)}")
        call = literal_text(elide(" ".join(extra[0].split()), CALL))
        if "@function" not in call:
            words.append(f"call={call}")
        start = "step(" if name is None else f"{name} = step("
        line = f"{start}{', '.join(words)})"
        if len(line) > WIDTH and "\n" not in line:
            lines += [start, *(f"    {word}," for word in words[:-1]), f"    {words[-1]}", ")"]
        else:
            lines.append(line)
        raised = str(self.recorded.operations[position].fields.get("exception", ""))
        if raised and len(lines[-1]) + len(raised) + 10 < WIDTH:
            lines[-1] += f"  # raises {raised}"
        if name is not None:
            lines += self.parts(position, event, name)
        return lines

    def expression(self, position: int, event: Event, lines: list[str], buffers: list[str]) -> str:
        """What one operation evaluates; what must be made before it goes into `lines`."""
        raw = [self.argument(value, position, lines, buffers) for value in event.arguments]
        words = list(raw)
        odd = []
        for key, value in event.keywords.items():
            text = self.argument(value, position, lines, buffers)
            if key.isidentifier() and not keyword.iskeyword(key):
                words.append(f"{key}={text}")
            else:
                odd.append(f"{key!r}: {text}")
        if odd:
            words.append(f"**{{{', '.join(odd)}}}")
        if event.verb == "probe":
            return self.probe(event, raw, words)
        target = self.name_of(event.target)
        if event.verb == "get":
            return f"{target}.{event.name}"
        if event.verb == "set":
            return f'setattr({target}, "{event.name}", {raw[0]})'
        if event.verb == "del":
            return f'delattr({target}, "{event.name}")'
        member = target if event.name is None else f"{target}.{event.name}"
        in_question = position == self.position and self.divergence.field == "message"
        if event.name is not None and in_question:
            # CPython names another class where the method was not looked up before it is called.
            member = f'getattr({target}, "{event.name}")'
        return f"{member}({', '.join(words)})"

    def probe(self, event: Event, raw: list[str], words: list[str]) -> str:
        name = event.name
        assert name is not None
        if name in ("is_same", "is_equal") and raw[0] == raw[1]:
            again = next((self.again.get(each) for each in handles_in(event.arguments[0])), None)
            return PLAIN_PROBES[name].format(again or raw[0], raw[1])
        if name in PLAIN_PROBES and raw == words:
            return PLAIN_PROBES[name].format(*raw)
        if name in ("construct", "kept"):
            return f"{raw[0]}({', '.join(words[1:])})"
        if name == "operate":
            function = str(event.arguments[0])
            known = function if hasattr(operator, function) else function + "_"
            return f"operator.{known}({', '.join(words[1:])})"
        if name == "unicode" and isinstance(event.arguments[0], str):
            return "u" + literal_text(event.arguments[0]).removeprefix("u")
        if name in sources.OWN_PROBES:
            return f"{name}({', '.join(words)})"
        wanted = str(event.arguments[0]) if name == "probe" else name
        if name == "probe" and not sources.needs_the_agent(wanted):
            self.probes.add(wanted)
            return sources.function_name(wanted)
        if sources.needs_the_agent(name):
            return f'{ONLY_THE_SUITE}"{name}")'
        self.probes.add(name)
        return f"{sources.function_name(name)}({', '.join(words)})"

    def rendering(self, position: int, event: Event) -> str | None:
        """What shows the outcome, where it is random."""
        if event.verb == "probe":
            return "label" if event.name in ("unicode", "kept") else None
        kinds = []
        for side in (self.recorded, self.reference):
            if position < len(side.operations):
                kinds.append(side.operations[position].fields.get("value"))
        for value in kinds:
            if isinstance(value, Records):
                return self.records_rendering(event, kinds)
            if isinstance(value, Label):
                return self.label_rendering(event, value.text)
        return None

    def records_rendering(self, event: Event, kinds: Sequence[Value]) -> str:
        assert event.target is not None
        if event.target not in self.streams:
            name = self.fresh(f"records_of_{self.name_of(event.target)}")
            self.streams[event.target] = name
            self.lines.append(f"{name} = Records()")
        found = [text for value in kinds if isinstance(value, Records) for text in value.found]
        exact = any(re.fullmatch(r"application_data \d+", text) for text in found)
        return f"{self.streams[event.target]}.show{'_lengths' if exact else ''}"

    def label_rendering(self, event: Event, label: str) -> str | None:
        if label == "a time":
            return "a_time"
        what, of, _ = label.partition(" of ")
        if of and what in ("channel binding", "session id"):
            return f'length_of("{what}")'
        if not label.endswith(" bytes"):
            return None
        argument = event.arguments[0] if event.name == "write" and event.arguments else None
        if isinstance(argument, (ByteString, wire.Buffer)):
            content = argument.content
            text = self.tls.piece(content, take=False)
            return f"part_of(lambda: {len(content) if text is None else f'len({text})'})"
        return "part_of()"

    # Names of what an operation returned

    def name_of(self, handle: int | None) -> str:
        return "ssl" if not handle else self.names.get(handle, "None")

    def fresh(self, wanted: str) -> str:
        """A name that is not taken yet, as near to the wanted as can be."""
        wanted = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        known = sources.is_taken(wanted) or keyword.iskeyword(wanted) or hasattr(builtins, wanted)
        name, number = wanted, 1
        while known or name in self.taken or name in RESERVED:
            number += 1
            name, known = f"{wanted}_{number}", False
        self.taken.add(name)
        return name

    def is_used_later(self, handle: int, position: int) -> bool:
        return self.last_use.get(handle, -1) > position

    def result_name(self, position: int, event: Event) -> str | None:
        """The variable of what an operation returned; None where nothing later needs it."""
        value = event.value
        text = value.content if isinstance(value, ByteString) else value
        if event.verb == "probe" and is_own_path(text):
            self.paths[text] = self.fresh("path")
            return self.paths[text]
        if isinstance(value, ByteString) and value.kind in ("bytes", "str"):
            return self.source_name(position, value.content)
        if isinstance(value, wire.Class) and value.handle is None:
            name = self.fresh(event.name or f"class{position}")
            self.exceptions.setdefault(value.class_number, name)
            return name
        handle = handle_of(value)
        if handle is None:
            wanted = any(self.needs_name(each, position) for each in handles_in(value))
            return self.fresh(f"value{position}") if wanted else None
        is_object = isinstance(value, wire.Object)
        if handle in self.names and is_object and self.is_told_apart(handle, position):
            self.again[handle] = self.fresh(f"{self.names[handle]}_again")
            return self.again[handle]
        return self.bind(value, position, event)

    def is_told_apart(self, handle: int, position: int) -> bool:
        """Whether a probe asks later if two objects, which were one here, are."""
        return any(
            event.name in ("is_same", "is_equal")
            and [handle_of(value) for value in event.arguments] == [handle, handle]
            for event in self.events[position:]
        )

    def needs_name(self, handle: int, position: int) -> bool:
        return handle not in self.names and self.is_used_later(handle, position)

    def bind(self, value: wire.Value, position: int, event: Event | None) -> str | None:
        """Name the object with this handle, if it is new and needed."""
        handle = handle_of(value)
        assert handle is not None
        held = self.weak and isinstance(value, wire.Object)
        inside = [each for part in wire.parts_of(value) for each in handles_in(part)]
        parts = any(self.needs_name(each, position) for each in inside)
        if handle in self.names or not (self.is_used_later(handle, position) or held or parts):
            return None
        name = self.name_for(value, handle, position, event)
        self.names[handle] = name
        return name

    def name_for(self, value: wire.Value, handle: int, position: int, event: Event | None) -> str:
        label = self.label_of(handle, position)
        match = re.fullmatch(r"(\w+) #(\d+)", label or "")
        if match is not None:
            self.class_of[handle] = match[1]
            short = SHORT_NAMES.get(match[1], match[1].lower())
            return self.fresh(f"{short}{match[2]}")
        if event is not None and event.verb == "get" and event.name is not None:
            return self.fresh(event.name)
        return self.fresh(value.name if isinstance(value, wire.Function) else "value")

    def label_of(self, handle: int, position: int) -> str | None:
        """What the transcript calls an object where it is first met."""
        event, fields = self.events[position], self.recorded.operations[position].fields
        values = event.arguments if event.verb == "callback" else event.value
        shown_as = fields.get("arguments" if event.verb == "callback" else "value")
        for value, normal in side_by_side(values, shown_as):
            if handle_of(value) == handle and isinstance(normal, Thing):
                return normal.label
        return None

    def parts(self, position: int, event: Event, name: str) -> list[str]:
        """Lines that name objects inside what was returned."""
        value = event.value
        if handle_of(value) is not None:
            value = value.items if isinstance(value, wire.NamedCollection) else None
        return self.inner_names(value, name, position)

    def inner_names(self, value: wire.Value, path: str, position: int) -> list[str]:
        lines: list[str] = []
        for inner, where in objects_in(value, path):
            name = self.bind(inner, position, None)
            if name is not None:
                lines.append(f"{name} = got(lambda: {where})")
        return lines

    def source_name(self, position: int, content: bytes) -> str | None:
        """A variable for bytes that are random, or long and passed on as they are."""
        shown_as = self.recorded.operations[position].fields.get("value")
        is_tls = isinstance(shown_as, Records)
        long = len(content) >= LONGEST_LITERAL and content in self.content_used
        if not content or not (is_tls or long):
            return None
        name = self.fresh(f"data{position}")
        self.tls.add(name, content)
        return name

    # What is let go

    def let_go(self, position: int) -> None:
        """Forget objects that cannot be there any more when this operation comes.

        Before a weak reference is found dead all that is not used again must be gone; before an
        object is met under another handle, those of its class.
        """
        classes: set[str] | None = self.met_again(position)
        if self.weak and self.finds_dead(position):
            classes = None
        gone = [
            handle
            for handle, name in self.names.items()
            if self.last_use.get(handle, -1) < position
            and handle not in self.forgotten
            and (classes is None or self.class_of.get(handle) in classes)
            and handle in self.class_of
        ]
        if gone:
            self.forgotten.update(gone)
            variables = [self.names[handle] for handle in gone]
            variables += [self.again[handle] for handle in gone if handle in self.again]
            names = ", ".join(f'"{name}"' for name in variables)
            self.lines.append(f"forget({names})")

    def met_again(self, position: int) -> set[str]:
        """Classes of which an operation may meet an object that it has met before."""
        classes = set()
        for index in range(position, len(self.events)):
            if self.root(index) != self.root(position):
                break
            event = self.events[index]
            values = event.arguments if event.verb == "callback" else [event.value]
            made = event.verb == "call" and event.name is not None
            for value in values if not made else []:
                if isinstance(value, wire.Object) and value.handle not in self.names:
                    label = self.label_of(value.handle, index) or ""
                    classes.add(label.partition(" ")[0])
        return classes

    def finds_dead(self, position: int) -> bool:
        """Whether a weak reference is found dead before any object is next met alive."""
        for event in self.events[position : position + 2]:
            if (
                event.verb == "call"
                and event.name is None
                and event.returned
                and event.value is None
            ):
                return True
            if event.name != "collect":
                return False
        return False

    # Callbacks

    def declare(self, number: int) -> None:
        """Make room for a function of the scenario: its text is written when all is known."""
        own = [event.name for event in self.events if event.function == number]
        base = own[0] if own and own[0] and own[0].isidentifier() else f"callback{number}"
        self.functions[number] = self.fresh(base)
        self.lines.append(PLACE.format(number))

    def function(self, number: int) -> str:
        """The function that answers as the scenario's own was recorded to."""
        name = self.functions[number]
        bodies = self.bodies.get(number, [])
        if not bodies:
            lines = ["called(-1, args)", first_answer(number, self.reference)]
            return "\n    ".join([f"\n\ndef {name}(*args, **kwargs):", *lines]) + "\n\n"
        positions = [position for position, _, _ in bodies]
        lines = ["", "", f"{name}_calls = iter({positions})", "", ""]
        lines.append(f"def {name}(*args, **kwargs):")
        variables = sorted(set().union(*(names for _, _, names in bodies)))
        if variables:
            lines.append(f"    global {', '.join(variables)}")
        if any(self.events[position].pending is not None for position in positions):
            lines += CLEAR_PENDING
        lines += [f"    number = next({name}_calls, -1)", "    called(number, args)"]
        if len({tuple(own) for _, own, _ in bodies}) == 1:
            lines += [f"    {line}" for line in bodies[0][1]]
        else:
            for position, own, _ in bodies:
                lines.append(f"    if number == {position}:")
                lines += [f"        {line}" for line in own]
        return "\n".join([*lines, "", ""])

    def called_back(self, position: int) -> None:
        """Note what one callback did, and the variables it sets."""
        event = self.events[position]
        assert event.function is not None
        outer, self.lines = self.lines, []
        before = set(self.taken)
        self.lines += self.inner_names(event.arguments, "args", position)
        for index, each in enumerate(self.events):
            if each.parent == position:
                self.operation(index)
        if isinstance(event.outcome, wire.CallbackRaised):
            self.lines.append(raising(event, event.outcome.exception, self.recorded))
        else:
            made: list[str] = []
            answer = self.argument(event.value, position, made, [])
            self.lines += [*made, f"return {answer}"]
        body, self.lines = self.lines, outer
        self.bodies.setdefault(event.function, []).append((position, body, self.taken - before))

    # Arguments

    def argument(
        self, value: wire.Value, position: int, lines: list[str], buffers: list[str]
    ) -> str:
        """An argument as an expression; what it needs before goes into `lines`."""

        def inner(items: Iterable[wire.Value]) -> str:
            return ", ".join(self.argument(item, position, lines, buffers) for item in items)

        if isinstance(value, list):
            return f"[{inner(value)}]"
        if isinstance(value, str):
            return self.text_argument(value, position, lines)
        if isinstance(value, wire.Reference):
            return self.name_of(value.handle)
        if isinstance(value, wire.Class):
            number = value.class_number
            return self.exceptions.get(number) or self.class_name(number)
        if isinstance(value, wire.Callback):
            return self.functions.get(value.number, "None")
        if isinstance(value, wire.File):
            return self.file(value)
        if isinstance(value, wire.FloatNumber):
            return f'float("{value.text}")'
        if isinstance(value, wire.Collection):
            items = inner(value.items)
            if value.kind == "set":
                return f"set([{items}])"
            return f"({items}{',' * (len(value.items) == 1)})"
        if isinstance(value, wire.Dictionary):
            return "{" + ", ".join(f"{inner([k])}: {inner([v])}" for k, v in value.pairs) + "}"
        if isinstance(value, ByteString):
            return self.byte_string(value.content, position, lines)
        if isinstance(value, wire.Buffer):
            return self.buffer(value, position, lines, buffers)
        return repr(value)

    def class_name(self, number: int) -> str:
        """An exception class that was raised before, and not read from the module."""
        for event, operation in zip(self.events, self.recorded.operations, strict=False):
            if event.error is not None and event.error.class_number == number:
                name = str(operation.fields["exception"])
                return name if hasattr(builtins, name) else f"ssl.{name}"
        return "None"

    def text_argument(self, text: str, position: int, lines: list[str]) -> str:
        if text in self.paths:
            return self.paths[text]
        if len(text) <= LONGEST_LITERAL * 2 or "\n" not in text:
            return literal_text(text)
        if re.search(r'[^\n -~]|\\|"""', text) is not None:
            return literal_text(text)
        name = self.fresh(f"text{position}")
        lines.append(f'{name} = """\\\n{text}"""')
        return name

    def byte_string(self, content: bytes, position: int, lines: list[str]) -> str:
        if content in self.paths:
            return self.paths[content]
        piece = self.tls.piece(content, take=True, short=self.writes_tls(position))
        if piece is not None:
            return piece
        literal = literal_bytes(content)
        if literal is not None:
            return literal
        name = self.fresh(f"content{position}")
        lines.append(f"{name} = {literal_file(content)}")
        return name

    def writes_tls(self, position: int) -> bool:
        return self.recorded.operations[position].member == "MemoryBIO.write"

    def buffer(
        self, value: wire.Buffer, position: int, lines: list[str], buffers: list[str]
    ) -> str:
        content = value.content
        if value.kind == "array":
            items = array.array(value.typecode, content).tolist()
            made = f'array.array("{value.typecode}", {items})'
        elif value.mutable:
            made = f"bytearray({self.byte_string(content, position, lines)})"
            if content and not content.strip(b"\0"):
                made = f"bytearray({len(content)})"
        else:
            made = self.byte_string(content, position, lines)
        if value.mutable:
            name = self.fresh(f"buffer{position}")
            lines.append(f"{name} = {made}")
            buffers.append(name)
            made = name
        if value.part is None:
            return made
        start, stop, step = value.part
        if (start, stop, step) == (0, len(content), 1):
            return f"memoryview({made})"
        last = "" if step == 1 else f":{step}"
        return f"memoryview({made})[{start}:{stop}{last}]"

    def file(self, value: wire.File) -> str:
        path = Path(value.path)
        if value.kind == "folder":
            self.folders.add(value.name)
            for entry in path.iterdir():
                self.files[f"{value.name}/{entry.name}"] = entry
        else:
            self.files[value.name] = path
        return f'files["{value.name}"]'
