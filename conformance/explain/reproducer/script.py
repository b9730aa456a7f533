"""A divergence -> a standalone script that needs only `ssl`.

The script does, line by line, what the scenario did up to the first failing divergence, on
CPython 2.7 and 3 alike and without this project. It is written from the recorded events: objects
become variables, what TLS sent is passed on by variable or slice of one (it is random), all else
is a literal; a call back becomes a small function that does and returns what was recorded. Each
operation's outcome is printed as `transcript.render` would show it, with the same masks.

What a script cannot do: ask the probes that need the agent (`names_changed`, `names_added`,
`set_up_again`), or know when a scenario dropped an object. It drops one when it must have been
gone: before a weak reference is found dead, and before the object is met again as another.
"""

from __future__ import annotations

import array
import ast
import base64
import builtins
import hashlib
import keyword
import operator
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.judge.compare import EXCEPTION_DETAILS, Observed
from conformance.judge.verdict import ACCEPTED, Divergence, Judgement
from conformance.transcript import tls_records as records
from conformance.transcript.build import LONGEST_SHOWN, Operation, Value
from conformance.transcript.elide import contrast
from impls.host.declarations import Implementation
from impls.host.process import AGENT_SOURCES
from impls.host.wire_untyped import UntypedEvent as Event
from impls.host.wire_untyped import handles_in, handles_used, untyped

WIDTH = 100
"""Characters of a line of a script; a literal is never broken."""
LONGEST_NAME = 150
"""Characters of a script's file name."""
LONGEST_VALUE = 500
"""Characters of a value in what a script says of itself."""
LONGEST_LITERAL = 72
"""Bytes of a literal that is written as it is, where it neither repeats itself nor is text."""
SHORTEST_PIECE = 16
"""Bytes that must be alike to be taken for a piece of TLS, where they need not be all of it."""
MOST_FLIPPED = 4
"""Bytes in which a flight that was tampered with may differ from what was sent."""

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


@cache
def sources_of_probes() -> dict[str, str]:
    """{name: its lines in the agent}. The agent is read, not imported: it is another Python's."""
    found = {}
    for file, text in AGENT_SOURCES:
        if not file.startswith("probes/"):
            continue
        classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
        for node in classes[0].body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = ast.get_source_segment(text, node, padded=True) or ""
    return found


@cache
def definitions_of_agent() -> dict[str, str]:
    """{name: its lines in the agent}, of all that its probes may lean on; its core's come first."""
    found = {}
    for _, text in reversed(AGENT_SOURCES):
        for node in ast.parse(text).body:
            source = ast.get_source_segment(text, node) or ""
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found[node.name] = source
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = source
            elif isinstance(node, ast.Try):  # an import, where there is such a module
                imported = node.body[0]
                assert isinstance(imported, (ast.Import, ast.ImportFrom))
                found[imported.names[0].name] = source
    return found


def needed_of_agent(sources: Iterable[str]) -> list[str]:
    """The definitions that sources lean on, and those that these lean on, in the agent's order."""
    known = definitions_of_agent()
    needed: set[str] = set()
    waiting = list(sources)
    while waiting:
        tree = ast.parse(waiting.pop())
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        new = (names & known.keys()) - needed
        needed |= new
        waiting += [known[name] for name in new]
    return [source for name, source in known.items() if name in needed]


BASICS = '''
TEXT = type(u"")
FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type(list.append),
    type(object.__init__),
)
outcomes = {}  # number of an operation -> its outcome, in one line
warned = []  # warnings of the operation that is going on
met = {}  # id -> label and object, for all that has no better name
numbers = {}  # class name -> how many of it were met
folder = tempfile.mkdtemp(prefix="reproducer-")
atexit.register(shutil.rmtree, folder, True)


def say(text):
    if isinstance(text, TEXT):
        text = text.encode("ascii", "backslashreplace")
        text = text if isinstance(text, str) else text.decode("ascii")
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()


def plain(text):
    """A text without what differs from place to place."""
    if not isinstance(text, str):
        text = text.encode("ascii", "backslashreplace")
    text = re.sub(r" \\([\\w./-]*\\.[ch]:\\d+\\)", "", text)
    text = re.sub(r"^_ssl\\.c:\\d+: ", "", text)
    text = re.sub(r"\\bfd=\\d+", "fd=...", text)
    text = re.sub(re.escape(folder) + r"/([\\w.@-]+/[\\w.@-]+)", r"<file \\1>", text)
    return re.sub(r" at 0x[0-9A-Fa-f]+", " at ...", text)


def digest(content):
    content = content.encode("utf-8", "replace") if isinstance(content, TEXT) else content
    return hashlib.sha256(content).hexdigest()


def short(text, content):
    if len(text) <= @LONGEST@:
        return text
    size = len(content.encode("utf-8", "replace") if isinstance(content, TEXT) else content)
    return "%s... (%d long, sha256 %s)" % (text[: @LONGEST@ // 3], size, digest(content)[:8])


def label(value):
    """The class of an object, and which one of its class it is."""
    if id(value) not in met:
        name = type(value).__name__.replace("_socketobject", "socket")  # 2.7's socket.socket
        numbers[name] = numbers.get(name, 0) + 1
        met[id(value)] = ("<%s #%d>" % (name, numbers[name]), @HELD@)
    return met[id(value)][0]


def show(value):
    """A value as the suite shows it."""
    kind = type(value)
    if kind in (str, bytes, TEXT) and MINTED and digest(value) in MINTED:
        return "<%s>" % MINTED[digest(value)]
    if kind is TEXT and kind is not str:
        return repr(value)
    if kind is str:
        value = plain(value)
    if kind in (str, bytes):
        return short(repr(value), value)
    if kind in (bytearray, memoryview, array.array):
        content = value.tobytes() if hasattr(value, "tobytes") else bytes(bytearray(value))
        return short("%s(b%s)" % (kind.__name__, repr(content).lstrip("b")), content)
    if kind is list:
        return "[%s]" % ", ".join(show(item) for item in value)
    if kind is tuple:
        return "(%s%s)" % (", ".join(show(item) for item in value), "," * (len(value) == 1))
    if kind in (set, frozenset):
        items = sorted((show(item) for item in value), key=lambda text: text.lstrip("bu"))
        return "%s([%s])" % (kind.__name__, ", ".join(items))
    if kind is dict:
        pairs = sorted(((show(key), show(value[key])) for key in value), key=by_key)
        return "{%s}" % ", ".join("%s: %s" % pair for pair in pairs)
    if isinstance(value, BaseException):
        return "%s(%s)" % (kind.__name__, show(message(value)))
    if isinstance(value, (type, type(re.Scanner))):
        return "<class %s>" % value.__name__
    if isinstance(value, FUNCTIONS):
        return "<%s>" % value.__name__
    if hasattr(kind, "__members__") and hasattr(value, "name") and hasattr(value, "value"):
        if value.name is None:
            return "%s(%s)" % (kind.__name__, show(value.value))
        return "%s.%s" % (kind.__name__, value.name)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        pairs = ["%s=%s" % (name, show(item)) for name, item in zip(kind._fields, value)]
        return "%s(%s)" % (kind.__name__, ", ".join(pairs))
    if value is None or kind in (bool, int, float, type(1 << 64)):
        return repr(value)
    return label(value)


def by_key(pair):
    return pair[0].lstrip("bu")


def message(error):
    try:
        return plain(str(error))
    except Exception as broken:
        return "<str() raised %s>" % type(broken).__name__


def content_of(buffer):
    if isinstance(buffer, array.array):
        return buffer.tobytes() if hasattr(buffer, "tobytes") else buffer.tostring()
    return bytes(buffer)


def step(number, action, render=show, buffers=()):
    """Carry out one operation and print what came of it; return its value."""
    outer = warned[:]
    del warned[:]
    contents = [content_of(buffer) for buffer in buffers]
    value = None
    try:
        value = action()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        text = "raises %s: %s" % (type(error).__name__, message(error))@DETAIL@
    else:
        text = render(value)
    filled = [content_of(buffer) for buffer in buffers]
    changed = [new for new, old in zip(filled, contents) if new != old]
    if changed:
        shown = ["b" + repr(content).lstrip("b") for content in changed]
        pairs = zip(shown, changed)
        text += "; mutated [%s]" % ", ".join(short(*pair) for pair in pairs)
    if warned:
        text += "; warnings [%s]" % ", ".join(warned)
    warned[:] = outer
    outcomes[number] = text
    say("%4d  %s" % (number, text))
    return value


def show_warning(text, category, filename, lineno, file=None, line=None):
    warned.append(show("%s: %s" % (category.__name__, plain(str(text)))))


warnings.simplefilter("always")
warnings.showwarning = show_warning
'''

HELPERS = {
    "called": '''
def called(number, args):
    """Print what a function was called with."""
    outcomes[number] = show(list(args))
    say("%4d  called with %s" % (number, outcomes[number]))
''',
    "forget": '''
def forget(*names):
    """Let go of objects, as the scenario had done by now."""
    for name in names:
        met.pop(id(globals().pop(name, None)), None)
''',
    "got": '''
def got(action):
    """A part of what an operation returned, where there is that part."""
    try:
        return action()
    except Exception:
        return None
''',
    "unbase64": """
def unbase64(text):
    return base64.b64decode(text.encode("ascii"))
""",
    "flipped": '''
def flipped(data, mask):
    """Bytes of TLS that were tampered with on their way."""
    return bytes(bytearray(byte ^ mask for byte in bytearray(data)))
''',
    "part_of": '''
def part_of(length=lambda: None):
    """Shows how many bytes of TLS there were: that number is random."""
    def render(value):
        if type(value) is not int:
            return show(value)
        if value == length():
            return "<all bytes>"
        return "<no bytes>" if value == 0 else "<some bytes>" if value > 0 else "<%d bytes>" % value
    return render
''',
    "length_of": '''
def length_of(what):
    """Shows how long something random is."""
    def render(value):
        return "<%s of %d bytes>" % (what, len(value)) if type(value) is bytes else show(value)
    return render
''',
    "a_time": """
def a_time(value):
    return "<a time>" if type(value) is int else show(value)
""",
    "weak_reference": '''
def weak_reference(value):
    """A function that returns the object, or None once it is gone."""
    reference = weakref.ref(value)

    def referent():
        return reference()

    return referent
''',
    "is_hashable": """
def is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True
""",
    "collect": """
def collect():
    gc.collect()
""",
    "limit_versions": '''
def limit_versions(context, minimum=None, maximum=None):
    """Set the TLS versions of a context with the options that every Python has."""
    names = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
    first = 0 if minimum is None else names.index(minimum)
    last = len(names) - 1 if maximum is None else names.index(maximum)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for position, name in enumerate(names):
            if not first <= position <= last:
                context.options |= getattr(ssl, "OP_NO_" + name.replace(".", "_"))
''',
    "only_the_suite": """
def only_the_suite(name):
    raise NotImplementedError("only the suite can ask native." + name)
""",
    "Records": '''
class Records(object):
    """Which TLS records came out of a BIO, not their random bytes."""

    CONTENT_TYPES = @CONTENT_TYPES@
    HANDSHAKE_TYPES = @HANDSHAKE_TYPES@
    LEVELS = @ALERT_LEVELS@
    ALERTS = @ALERTS@

    def __init__(self):
        self.rest = bytearray()
        self.encrypted = False

    def show(self, value, lengths=False):
        if type(value) is not bytes:
            return show(value)
        self.rest += bytearray(value)
        found = []
        while len(self.rest) >= 5:
            kind, length = self.rest[0], self.rest[3] * 256 + self.rest[4]
            if kind not in self.CONTENT_TYPES or self.rest[1] != 3:
                found.append("NOT TLS: b" + repr(bytes(self.rest)).lstrip("b"))
                self.rest = bytearray()
            elif len(self.rest) < 5 + length:
                break
            else:
                found.append(self.record(kind, self.rest[5 : 5 + length], lengths))
                self.rest = self.rest[5 + length :]
        return "records[%s]" % ", ".join(found + ["..."] * bool(self.rest))

    def show_lengths(self, value):
        return self.show(value, True)

    def record(self, kind, payload, lengths):
        name = self.CONTENT_TYPES[kind]
        if kind == 20:
            self.encrypted = True
        elif kind == 21 and len(payload) != 2:
            return "alert encrypted"
        elif kind == 21:
            level, alert = payload
            return "alert %s %s" % (self.LEVELS.get(level, level), self.ALERTS.get(alert, alert))
        elif kind == 22 and self.encrypted:
            return "handshake encrypted"
        elif kind == 22:
            names = []
            while len(payload) >= 4:
                names.append(str(self.HANDSHAKE_TYPES.get(payload[0], payload[0])))
                payload = payload[4 + payload[1] * 65536 + payload[2] * 256 + payload[3] :]
            return "handshake " + " ".join(names)
        elif lengths:
            return "application_data %d" % len(payload)
        return name
''',
}
"""What a script may need, by name: only what it uses is put in."""

DETAIL = """
        if number == {number}:
            text += detail(error)"""

BASES_DETAIL = """
def detail(error):
    def bases(cls):
        found = []
        for base in cls.__bases__:
            own = [base.__name__] if base is not object else []
            found += [name for name in own + bases(base) if name not in found]
        return found
    return " (bases: %s)" % show(bases(type(error)))
"""
COUNT_DETAIL = """
def detail(error):
    return " (argument_count: %d)" % len(error.args)
"""
ATTRIBUTE_DETAIL = """
def detail(error):
    name = "{name}"
    return " (%s: %s)" % (name, show(getattr(error, name)) if hasattr(error, name) else "absent")
"""


@dataclass(frozen=True)
class Recorded:
    """One side of a pair: what travelled, and the transcript that was made of it."""

    name: str
    events: Sequence[Event]
    operations: Sequence[Operation]
    stopped: str | None = None
    """What stopped the scenario, where it was not the last operation."""


@dataclass(frozen=True)
class Question:
    """What a script is to show."""

    test_id: str
    claim: str
    anchor: str
    divergence: Divergence


class Reproducers:
    """The folder in which failing pairs leave their scripts."""

    def __init__(self, folder: Path, minted: Mapping[str | bytes, str]) -> None:
        """`minted` names this run's certificates and serial numbers, as for transcripts."""
        self.folder = folder.absolute()
        self._minted = minted

    def leave(
        self,
        question: Question,
        implementation: Implementation,
        recorded: Recorded,
        reference: Recorded,
    ) -> str:
        """Write the script of a divergence; return the command that runs it."""
        path = self.folder / file_name(question.test_id)
        command = how_to_run(implementation, path)
        text = script(question, implementation, recorded, reference, self._minted, command)
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "ascii")
        return command


def asked_about(pair: Judgement) -> Divergence | None:
    """The divergence to make a script of: the first that fails a candidate, or is known of it."""
    if pair.role != "candidate" or pair.verdict in ("ERROR", "MISSING", "UNSUPPORTED"):
        return None
    failing = [each for each in pair.divergences if each.verdict not in ACCEPTED]
    known = [each for each in pair.divergences if each.verdict == "known"]
    return next(iter(failing + known), None)


def file_name(test_id: str) -> str:
    """The name of a test's script: the test's, with `-` for what does not belong into one."""
    name = re.sub(r"[^\w.]+", "-", test_id.replace(".py::", "."), flags=re.ASCII).strip("-")
    digest = hashlib.sha256(test_id.encode()).hexdigest()[:6]  # two ids may differ in a "/" alone
    parameters = test_id.partition("[")[2]
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[\w.-]*\]", parameters, re.ASCII):
        name = f"{name[:LONGEST_NAME]}-{digest}"
    return name + ".py"


def how_to_run(implementation: Implementation, path: Path) -> str:
    """The command for a shell; what docker or ssh starts reads the script from its input."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in implementation.environment]
    words = [*(["env", *variables] if variables else []), shlex.join(implementation.argv)]
    if implementation.interpreter is None:
        return " ".join([*words, "-", "<", shlex.quote(str(path))])
    return " ".join([*words, shlex.quote(str(path))])


def script(
    question: Question,
    implementation: Implementation,
    recorded: Recorded,
    reference: Recorded,
    minted: Mapping[str | bytes, str],
    command: str,
) -> str:
    """The text of a script, ASCII alone."""
    text = _Writer(question, implementation, recorded, reference, minted).write(command)
    return text.encode("ascii", "backslashreplace").decode("ascii")


@dataclass
class _Source:
    """Bytes of TLS that a BIO returned, and how many of them were passed on."""

    variable: str
    content: bytes
    passed: int = 0


class _Writer:
    """Writes one script."""

    def __init__(
        self,
        question: Question,
        implementation: Implementation,
        recorded: Recorded,
        reference: Recorded,
        minted: Mapping[str | bytes, str],
    ) -> None:
        self.question = question
        self.implementation = implementation
        self.recorded = recorded
        self.reference = reference
        self.minted = minted
        self.position = question.divergence.position
        self.events = [untyped(event) for event in recorded.events[: self.end()]]
        self.lines: list[str] = []
        self.used: set[str] = set()
        self.names: dict[int, str] = {}
        """Handle -> variable."""
        self.again: dict[int, str] = {}
        """Handle -> variable of the last operation that returned the object once more."""
        self.class_of: dict[int, str] = {}
        self.exceptions: dict[int, str] = {}
        """Number of an exception class -> expression."""
        self.taken: set[str] = set()
        self.sources: list[_Source] = []
        self.streams: dict[int, str] = {}
        self.files: dict[str, Path] = {}
        self.folders: set[str] = set()
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
        return handles_used(event) | set(handles_in(event.outcome.get("value")))

    def contents_passed(self) -> list[bytes]:
        """All bytes that are arguments of the events."""
        found = []
        for event in self.events:
            for value in [*event.arguments, *event.keywords.values()]:
                if isinstance(value, dict) and value["t"] in ("bytes", "bytearray", "memoryview"):
                    found.append(base64.b64decode(value["v"]))
        return found

    # The whole

    def write(self, command: str) -> str:
        for position, event in enumerate(self.events):
            if event.parent is None:
                self.operation(position)
        if not self.is_asked:
            self.tell_sides()
            self.lines.append('say("      here:      these were the operations until they part")')
        body = "\n".join(self.lines)
        for number in self.functions:
            body = body.replace(PLACE.format(number), self.function(number))
        files = self.embedded_files() if self.files or self.folders else None
        minted = self.minted_table()
        probes = [self.probe_source(name) for name in sorted(self.used - set(HELPERS))]
        leaned_on = needed_of_agent(probes)
        imports = self.imports("\n".join([body, *leaned_on, *probes]))
        parts = [self.header(command), imports, minted + self.basics()]
        parts += [self.helper(name) for name in HELPERS if name in self.used]
        parts += leaned_on + probes
        if files is not None:
            parts.append(files)
        return "\n\n".join(part.strip("\n") for part in parts) + "\n\n\n" + body + "\n"

    def header(self, command: str) -> str:
        divergence = self.question.divergence
        name = self.implementation.id
        field = f"{divergence.field} of {divergence.member}"
        ours, theirs = contrast([divergence.reference, divergence.candidate], LONGEST_VALUE)
        told = [
            f"{name} differs from {self.reference.name}.",
            "",
            f"Scenario:       {self.question.test_id}",
            f"Claim:          {self.question.claim}",
            f"Documentation:  {self.question.anchor}",
            f"What differs:   {field}, in operation {divergence.position}",
            f"{self.reference.name}:  {ours}",
            f"{name}:  {theirs}",
            "",
            f"Run:            {command}",
        ]
        if self.has_set_up:
            told.append("With --plain it asks the ssl module of the Python that runs it.")
        else:
            told.append("Run by any other Python, it asks that one's ssl module.")
        told.append("It needs nothing but that: Python 2.7 or 3, no package, no network.")
        if self.is_asked and "lost" in self.events[self.position].outcome:
            told.append("The last operation did not come back: the process may die or hang there.")
        lines = [line for text in told for line in (text.splitlines() or [""])]
        return "\n".join(f"# {line}".rstrip() for line in lines)

    @property
    def has_set_up(self) -> bool:
        one = self.implementation
        return bool(one.set_up or one.path or one.module != "ssl")

    def imports(self, body: str) -> str:
        names = "array atexit hashlib os re shutil sys tempfile types warnings".split()
        text = body + "".join(HELPERS.get(name, "") for name in self.used)
        optional = "copy importlib gc inspect json operator socket threading time weakref"
        for name in optional.split():
            if f"{name}." in text:
                names.append(name)
        if "unbase64" in self.used:
            names.append("base64")
        lines = [f"import {name}" for name in sorted(names)] + ["", "import ssl"]
        if not self.has_set_up:
            return "\n".join(lines)
        one = self.implementation
        lines += ["", 'if "--plain" not in sys.argv:']
        path = [str(entry) for entry in one.path]
        if path:
            lines.append(f"    sys.path[:0] = {path!r}")
        if any("\n" in statement for statement in one.set_up):
            lines.append("    set_up = {}")
            for statement in one.set_up:
                pieces = [repr(piece) for piece in statement.splitlines(keepends=True)]
                lines += ["    exec(", *(f"        {piece}" for piece in pieces)]
                lines += ["        , set_up)"]
        else:
            lines += [f"    {statement}" for statement in one.set_up]
        if one.module != "ssl":
            lines.append(f"    import {one.module} as ssl")
        return "\n".join(lines)

    def basics(self) -> str:
        held = "None" if self.weak else "value"
        field = self.question.divergence.field
        wanted = self.wants_detail(field)
        detail = DETAIL.format(number=self.position) if wanted else ""
        text = BASICS.replace("@HELD@", held).replace("@DETAIL@", detail)
        text = text.replace("@LONGEST@", str(LONGEST_SHOWN))
        if not wanted:
            return text
        if field == "bases":
            return text + "\n" + BASES_DETAIL
        if field == "argument_count":
            return text + "\n" + COUNT_DETAIL
        return text + "\n" + ATTRIBUTE_DETAIL.format(name=field)

    @staticmethod
    def wants_detail(field: str) -> bool:
        """Whether an outcome in one line does not tell this field of an exception."""
        return field in EXCEPTION_DETAILS and field != "message"

    def helper(self, name: str) -> str:
        text = HELPERS[name]
        for table in ("CONTENT_TYPES", "HANDSHAKE_TYPES", "ALERT_LEVELS", "ALERTS"):
            if f"@{table}@" in text:
                pairs = ", ".join(
                    f"{key}: {value!r}" for key, value in vars(records)[table].items()
                )
                wrapped = textwrap.fill(
                    pairs, 88, initial_indent="        ", subsequent_indent="        "
                )
                text = text.replace(f"@{table}@", "{\n" + wrapped + "\n    }")
        return text

    @staticmethod
    def probe_source(name: str) -> str:
        """A probe that needs nothing of the agent, as it stands there."""
        text = textwrap.dedent(sources_of_probes()[name])
        return text.replace("(self, ", "(").replace("(self)", "()")

    def embedded_files(self) -> str:
        lines = ["FILES = {}"]
        for name, path in sorted(self.files.items()):
            lines.append(f"FILES[{literal_text(name)}] = {self.content(path.read_bytes())}")
        lines += ["files = {}  # name -> path"]
        if self.files:
            lines += [
                "for name, content in FILES.items():",
                "    files[name] = os.path.join(folder, name)",
                "    if not os.path.isdir(os.path.dirname(files[name])):",
                "        os.makedirs(os.path.dirname(files[name]))",
                '    with open(files[name], "wb") as stream:',
                "        stream.write(content)",
            ]
        for name in sorted(self.folders):
            key = literal_text(name)
            lines.append(f"files[{key}] = os.path.join(folder, {key})")
            lines.append(f"if not os.path.isdir(files[{key}]):")
            lines.append(f"    os.makedirs(files[{key}])")
        return "\n".join(lines)

    def content(self, content: bytes) -> str:
        """The bytes of a file: text stays readable."""
        try:
            text = content.decode("ascii")
        except UnicodeDecodeError:
            text = "\0"
        if re.search(r'[\\\r\0]|"""', text) is None:
            return f'b"""\\\n{text}"""'
        return self.encoded(content)

    def encoded(self, content: bytes) -> str:
        self.used.add("unbase64")
        text = "\n".join(textwrap.wrap(base64.b64encode(content).decode("ascii"), 76))
        return f'unbase64("""\n{text}\n""")'

    def minted_table(self) -> str:
        """The names of the certificates and serial numbers that the outcomes mention."""
        wanted: set[str] = set()
        for side in (self.recorded, self.reference):
            for operation in side.operations[: len(self.events)]:
                wanted |= set(minted_labels(list(operation.fields.values())))
        found = {
            hashlib.sha256(value if isinstance(value, bytes) else value.encode()).hexdigest(): name
            for value, name in self.minted.items()
            if name in wanted
        }
        if not found:
            return "MINTED = {}\n"
        pairs = [f'    "{digest}":\n        "{name}",' for digest, name in found.items()]
        lines = ["# What these certificates alone have: sha256 -> name.", "MINTED = {"]
        return "\n".join([*lines, *pairs, "}"]) + "\n"

    # One operation

    def operation(self, position: int) -> None:
        """Write an operation, and note what it called back."""
        asked = self.is_asked and position == self.root(self.position)
        for number in self.functions_of(position):
            if number not in self.functions:
                self.declare(number)
        if asked:
            self.lines += ["", "# The operation in question."]
            self.tell_sides()
        self.let_go(position)
        for index, each in enumerate(self.events):
            if each.parent == position:
                self.called_back(index)
        self.lines += self.one_step(position)
        if asked:
            never = "it was not called"
            self.lines.append(
                f'say("      here:      " + outcomes.get({self.position}, "{never}"))'
            )

    @property
    def is_asked(self) -> bool:
        """Whether the question is about an operation, not about where they end."""
        return self.position < len(self.recorded.events)

    def functions_of(self, position: int) -> list[int]:
        """The numbers of the functions that an operation, with all inside it, passes on."""
        found: list[int] = []
        for index in range(position, len(self.events)):
            if self.root(index) != position:
                break
            event = self.events[index]
            values = [*event.arguments, *event.keywords.values(), event.outcome.get("value")]
            found += [number for number in callbacks_in(values) if number not in found]
        return found

    def tell_sides(self) -> None:
        for title, side in (("reference:", self.reference), ("recorded: ", self.recorded)):
            text = f"      {title} {self.side_text(side)}"
            ascii_text = text.encode("ascii", "backslashreplace").decode("ascii")
            self.lines.append(f"say({literal_text(ascii_text)})")

    def side_text(self, side: Recorded) -> str:
        divergence = self.question.divergence
        own = divergence.reference if side is self.reference else divergence.candidate
        if divergence.position >= len(side.operations) or divergence.field == "operation":
            return own if side.stopped is None else f"{own}: {side.stopped}"
        operation = side.operations[divergence.position]
        text = operation.outcome()
        if operation.kind == "exception" and self.wants_detail(divergence.field):
            absent = {"t": "label", "label": "absent"}
            found = Observed("field", operation.fields.get(divergence.field, absent))
            value = found.text(divergence.field)
            text += f" ({divergence.field}: {value})"
        return text

    def one_step(self, position: int) -> list[str]:
        """The lines of one operation."""
        event = self.events[position]
        lines: list[str] = []
        buffers: list[str] = []
        extra = [self.expression(position, event, lines, buffers)]
        name = self.result_name(position, event)
        render = self.rendering(position, event)
        words = [str(position), f"lambda: {extra[0]}"]
        if render is not None:
            words.append(render)
        if buffers:
            words.append(f"buffers=[{', '.join(buffers)}]")
        start = "step(" if name is None else f"{name} = step("
        line = f"{start}{', '.join(words)})"
        if len(line) > WIDTH and "\n" not in line:
            lines += [start, *(f"    {word}," for word in words[:-1]), f"    {words[-1]}", ")"]
        else:
            lines.append(line)
        raised = self.recorded.operations[position].fields.get("exception")
        if raised is not None and len(lines[-1]) + len(raised) + 10 < WIDTH:
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
            return "u" + literal_text(event.arguments[0])
        if name in HELPERS:
            self.used.add(name)
            return f"{name}({', '.join(words)})"
        if "self.agent" in sources_of_probes().get(name, "self.agent"):
            self.used.add("only_the_suite")
            return f'only_the_suite("{name}")'
        self.used.add(name)
        return f"{name}({', '.join(words)})"

    def rendering(self, position: int, event: Event) -> str | None:
        """What shows the outcome, where it is random."""
        if event.verb == "probe":
            return "label" if event.name in ("unicode", "kept") else None
        kinds = []
        for side in (self.recorded, self.reference):
            if position < len(side.operations):
                kinds.append(side.operations[position].fields.get("value"))
        for value in kinds:
            if isinstance(value, dict) and value["t"] == "records":
                return self.records_rendering(event, kinds)
            if isinstance(value, dict) and value["t"] == "label":
                return self.label_rendering(event, str(value["label"]))
        return None

    def records_rendering(self, event: Event, kinds: Sequence[Value]) -> str:
        assert event.target is not None
        self.used.add("Records")
        if event.target not in self.streams:
            name = self.fresh(f"records_of_{self.name_of(event.target)}")
            self.streams[event.target] = name
            self.lines.append(f"{name} = Records()")
        found = [text for value in kinds if isinstance(value, dict) for text in value.get("v", ())]
        exact = any(re.fullmatch(r"application_data \d+", str(text)) for text in found)
        return f"{self.streams[event.target]}.show{'_lengths' if exact else ''}"

    def label_rendering(self, event: Event, label: str) -> str | None:
        if label == "a time":
            self.used.add("a_time")
            return "a_time"
        what, of, _ = label.partition(" of ")
        if of and what in ("channel binding", "session id"):
            self.used.add("length_of")
            return f'length_of("{what}")'
        if not label.endswith(" bytes"):
            return None
        self.used.add("part_of")
        argument = event.arguments[0] if event.name == "write" and event.arguments else None
        if isinstance(argument, dict) and isinstance(argument.get("v"), str):
            text = self.piece(base64.b64decode(argument["v"]), take=False)
            content = base64.b64decode(argument["v"])
            return f"part_of(lambda: {len(content) if text is None else f'len({text})'})"
        return "part_of()"

    # Names of what an operation returned

    def name_of(self, handle: int | None) -> str:
        return "ssl" if not handle else self.names.get(handle, "None")

    def fresh(self, wanted: str) -> str:
        """A name that is not taken yet, as near to the wanted as can be."""
        wanted = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        reserved = f"def {wanted}(" in BASICS or wanted in sources_of_probes() or wanted in HELPERS
        known = reserved or keyword.iskeyword(wanted) or hasattr(builtins, wanted)
        name, number = wanted, 1
        while known or name in self.taken or f"\n{name} = " in BASICS or name in RESERVED:
            number += 1
            name, known = f"{wanted}_{number}", False
        self.taken.add(name)
        return name

    def is_used_later(self, handle: int, position: int) -> bool:
        return self.last_use.get(handle, -1) > position

    def result_name(self, position: int, event: Event) -> str | None:
        """The variable of what an operation returned; None where nothing later needs it."""
        value = event.outcome.get("value")
        if not isinstance(value, (dict, list)):
            return None
        if isinstance(value, list):
            wanted = any(self.needs_name(handle, position) for handle in handles_in(value))
            return self.fresh(f"value{position}") if wanted else None
        if value["t"] in ("bytes", "str"):
            return self.source_name(position, event, base64.b64decode(value["v"]))
        if value["t"] == "class" and "h" not in value:
            name = self.fresh(event.name or f"class{position}")
            self.exceptions.setdefault(value["c"], name)
            return name
        if "h" not in value:
            wanted = any(self.needs_name(handle, position) for handle in handles_in(value))
            return self.fresh(f"value{position}") if wanted else None
        handle = value["h"]
        if handle in self.names and value["t"] == "object" and self.is_told_apart(handle, position):
            self.again[handle] = self.fresh(f"{self.names[handle]}_again")
            return self.again[handle]
        return self.bind(value, position, event)

    def is_told_apart(self, handle: int, position: int) -> bool:
        """Whether a probe asks later if two objects, which were one here, are."""
        return any(
            event.name in ("is_same", "is_equal")
            and [value.get("h") for value in event.arguments if isinstance(value, dict)]
            == [handle, handle]
            for event in self.events[position:]
        )

    def needs_name(self, handle: int, position: int) -> bool:
        return handle not in self.names and self.is_used_later(handle, position)

    def bind(self, value: dict[str, Any], position: int, event: Event | None) -> str | None:
        """Name the object with this handle, if it is new and needed."""
        handle = value["h"]
        held = self.weak and value["t"] == "object"
        parts = any(self.needs_name(each, position) for each in handles_in(value.get("v")))
        if handle in self.names or not (self.is_used_later(handle, position) or held or parts):
            return None
        name = self.name_for(value, position, event)
        self.names[handle] = name
        return name

    def name_for(self, value: dict[str, Any], position: int, event: Event | None) -> str:
        label = self.label_of(value["h"], position)
        match = re.fullmatch(r"(\w+) #(\d+)", label or "")
        if match is not None:
            self.class_of[value["h"]] = match[1]
            short = SHORT_NAMES.get(match[1], match[1].lower())
            return self.fresh(f"{short}{match[2]}")
        if event is not None and event.verb == "get" and event.name is not None:
            return self.fresh(event.name)
        return self.fresh(str(value.get("n") or "value") if value["t"] == "function" else "value")

    def label_of(self, handle: int, position: int) -> str | None:
        """What the transcript calls an object where it is first met."""
        event, fields = self.events[position], self.recorded.operations[position].fields
        values = event.arguments if event.verb == "callback" else event.outcome.get("value")
        shown_as = fields.get("arguments" if event.verb == "callback" else "value")
        for value, normal in side_by_side(values, shown_as):
            if value.get("h") == handle and isinstance(normal, dict):
                return str(normal.get("label"))
        return None

    def parts(self, position: int, event: Event, name: str) -> list[str]:
        """Lines that name objects inside what was returned."""
        value = event.outcome.get("value")
        inner = value.get("v") if isinstance(value, dict) and "h" in value else value
        return self.inner_names(inner, name, position)

    def inner_names(self, value: Any, path: str, position: int) -> list[str]:
        lines: list[str] = []
        for inner, where in objects_in(value, path):
            name = self.bind(inner, position, None)
            if name is not None:
                self.used.add("got")
                lines.append(f"{name} = got(lambda: {where})")
        return lines

    def source_name(self, position: int, event: Event, content: bytes) -> str | None:
        """A variable for bytes that are random, or long and passed on as they are."""
        shown_as = self.recorded.operations[position].fields.get("value")
        is_tls = isinstance(shown_as, dict) and shown_as["t"] == "records"
        long = len(content) >= LONGEST_LITERAL and content in self.content_used
        if not content or not (is_tls or long):
            return None
        name = self.fresh(f"data{position}")
        self.sources.append(_Source(name, content))
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
            self.used.add("forget")
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
            values = event.arguments if event.verb == "callback" else [event.outcome.get("value")]
            made = event.verb == "call" and event.name is not None
            for value in values if not made else []:
                if isinstance(value, dict) and value["t"] == "object":
                    if value["h"] not in self.names:
                        label = self.label_of(value["h"], index) or ""
                        classes.add(label.partition(" ")[0])
        return classes

    def finds_dead(self, position: int) -> bool:
        """Whether a weak reference is found dead before any object is next met alive."""
        for event in self.events[position : position + 2]:
            if (
                event.verb == "call"
                and event.name is None
                and event.outcome.get("value", 0) is None
            ):
                return True
            if event.name != "collect":
                return False
        return False

    # Calls back

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
            return f"\n\ndef {name}(*args, **kwargs):\n    pass\n\n"
        self.used.add("called")
        positions = [position for position, _, _ in bodies]
        lines = ["", "", f"{name}_calls = iter({positions})", "", ""]
        lines.append(f"def {name}(*args, **kwargs):")
        variables = sorted(set().union(*(names for _, _, names in bodies)))
        if variables:
            lines.append(f"    global {', '.join(variables)}")
        lines += [f"    number = next({name}_calls, -1)", "    called(number, args)"]
        if len({tuple(own) for _, own, _ in bodies}) == 1:
            lines += [f"    {line}" for line in bodies[0][1]]
        else:
            for position, own, _ in bodies:
                lines.append(f"    if number == {position}:")
                lines += [f"        {line}" for line in own]
        return "\n".join([*lines, "", ""])

    def called_back(self, position: int) -> None:
        """Note what one call back did, and the variables it sets."""
        event = self.events[position]
        assert event.function is not None
        outer, self.lines = self.lines, []
        before = set(self.taken)
        self.lines += self.inner_names(event.arguments, "args", position)
        for index, each in enumerate(self.events):
            if each.parent == position:
                self.operation(index)
        if "raised" in event.outcome:
            self.lines.append(self.raising(event))
        else:
            made: list[str] = []
            answer = self.argument(event.outcome.get("value"), position, made, [])
            self.lines += [*made, f"return {answer}"]
        body, self.lines = self.lines, outer
        self.bodies.setdefault(event.function, []).append((position, body, self.taken - before))

    def raising(self, event: Event) -> str:
        """The exception that a function raised; its text is known where it went on from there."""
        name = str(event.outcome["raised"])
        own = name if hasattr(builtins, name) else f"ssl.{name}"
        assert event.parent is not None
        error = self.events[event.parent].outcome.get("error")
        fields = self.recorded.operations[event.parent].fields
        if error is None or fields["exception"] != name or not error["str"]:
            return f"raise {own}"
        return f"raise {own}({literal_text(error['str'])})"

    # Arguments

    def argument(self, value: Any, position: int, lines: list[str], buffers: list[str]) -> str:
        """An argument as an expression; what it needs before goes into `lines`."""

        def inner(item: Any) -> str:
            return self.argument(item, position, lines, buffers)

        if isinstance(value, list):
            return f"[{', '.join(inner(item) for item in value)}]"
        if isinstance(value, str):
            return self.text_argument(value, position, lines)
        if not isinstance(value, dict):
            return repr(value)
        kind = value["t"]
        if kind == "handle":
            return self.name_of(value["h"])
        if kind == "class":
            return self.exceptions.get(value["c"]) or self.class_name(value["c"])
        if kind == "callback":
            return self.functions.get(value["id"], "None")
        if kind in ("file", "folder"):
            return self.file(value)
        if kind == "float":
            return f'float("{value["v"]}")'
        if kind == "tuple":
            items = [inner(item) for item in value["v"]]
            return f"({', '.join(items)}{',' * (len(items) == 1)})"
        if kind == "set":
            return f"set([{', '.join(inner(item) for item in value['v'])}])"
        if kind == "dict":
            return "{" + ", ".join(f"{inner(k)}: {inner(v)}" for k, v in value["v"]) + "}"
        content = base64.b64decode(value["v"])
        if kind == "bytes":
            return self.byte_string(content, position, lines)
        return self.buffer(value, content, position, lines, buffers)

    def class_name(self, number: int) -> str:
        """An exception class that was raised before, and not read from the module."""
        for event, operation in zip(self.events, self.recorded.operations, strict=False):
            error = event.outcome.get("error")
            if error is not None and error["c"] == number:
                name = str(operation.fields["exception"])
                return name if hasattr(builtins, name) else f"ssl.{name}"
        return "None"

    def text_argument(self, text: str, position: int, lines: list[str]) -> str:
        if len(text) <= LONGEST_LITERAL * 2 or "\n" not in text:
            return literal_text(text)
        if re.search(r'[^\n -~]|\\|"""', text) is not None:
            return literal_text(text)
        name = self.fresh(f"text{position}")
        lines.append(f'{name} = """\\\n{text}"""')
        return name

    def byte_string(self, content: bytes, position: int, lines: list[str]) -> str:
        piece = self.piece(content, take=True, short=self.writes_tls(position))
        if piece is not None:
            return piece
        literal = literal_bytes(content)
        if literal is not None:
            return literal
        name = self.fresh(f"content{position}")
        lines.append(f"{name} = {self.content(content)}")
        return name

    def writes_tls(self, position: int) -> bool:
        return self.recorded.operations[position].member == "MemoryBIO.write"

    def buffer(
        self,
        value: dict[str, Any],
        content: bytes,
        position: int,
        lines: list[str],
        buffers: list[str],
    ) -> str:
        if value["t"] == "array":
            code = value["c"]
            items = array.array(code, content).tolist()
            made = f'array.array("{code}", {items})'
        elif value["m"]:
            made = f"bytearray({self.byte_string(content, position, lines)})"
            if content and not content.strip(b"\0"):
                made = f"bytearray({len(content)})"
        else:
            made = self.byte_string(content, position, lines)
        if value["m"]:
            name = self.fresh(f"buffer{position}")
            lines.append(f"{name} = {made}")
            buffers.append(name)
            made = name
        if value["t"] != "memoryview":
            return made
        start, stop, step = value["start"], value["stop"], value["step"]
        if (start, stop, step) == (0, len(content), 1):
            return f"memoryview({made})"
        last = "" if step == 1 else f":{step}"
        return f"memoryview({made})[{start}:{stop}{last}]"

    def file(self, value: dict[str, Any]) -> str:
        name, path = str(value["name"]), Path(value["path"])
        if value["t"] == "folder":
            self.folders.add(name)
            for entry in path.iterdir():
                self.files[f"{name}/{entry.name}"] = entry
        else:
            self.files[name] = path
        return f'files["{name}"]'

    # TLS

    def piece(self, content: bytes, *, take: bool, short: bool = True) -> str | None:
        """Bytes as what an earlier read returned, a piece of it or several; None if they are not.

        `short` allows for pieces of any length, where they are the next that were not passed on;
        `take` notes that they are now.
        """
        if not content:
            return None
        for source in reversed(self.sources):
            if source.content == content:
                if take:
                    source.passed = len(content)
                return source.variable
        for source in reversed(self.sources):
            flipped = self.tampered(source, content)
            if flipped is not None:
                return flipped
        found: list[str] = []
        rest = content
        while rest:
            best = self.longest(rest, short)
            if best is None:
                break
            source, start, length = best
            found.append(slice_of(source, start, start + length))
            if take:
                source.passed = start + length
            rest = rest[length:]
        if not found:
            return None
        if rest:
            found.append(literal_bytes(rest) or repr(rest))
        return " + ".join(found)

    def tampered(self, source: _Source, content: bytes) -> str | None:
        """A flight in which few bytes were changed, whatever they were."""
        if len(content) != len(source.content) or len(content) < SHORTEST_PIECE:
            return None
        pairs = enumerate(zip(source.content, content, strict=True))
        changed = [(index, one ^ other) for index, (one, other) in pairs if one != other]
        if len(changed) > MOST_FLIPPED:
            return None
        self.used.add("flipped")
        words, start = [], 0
        for index, mask in changed:
            if index > start:
                words.append(slice_of(source, start, index))
            words.append(f"flipped({slice_of(source, index, index + 1)}, {mask})")
            start = index + 1
        if start < len(content):
            words.append(slice_of(source, start, len(content)))
        return " + ".join(words)

    def longest(self, rest: bytes, short: bool) -> tuple[_Source, int, int] | None:
        """The longest piece of TLS that these bytes begin with."""
        best: tuple[_Source, int, int] | None = None
        for source in reversed(self.sources):
            following = source.content[source.passed :]
            length = common(rest, following)
            whole = length == len(rest) or length == len(following)
            start = source.passed
            if not (length and short and whole) and length < SHORTEST_PIECE:
                start = source.content.find(rest[:SHORTEST_PIECE])
                if start < 0 or len(rest) < SHORTEST_PIECE:
                    continue
                length = common(rest, source.content[start:])
            if best is None or length > best[2]:
                best = (source, start, length)
        return best


PLACE = "@function {}@"
"""Where a function will stand."""
RESERVED = frozenset("FILES MINTED content files folder name number ssl stream sys".split())


def common(one: bytes, other: bytes) -> int:
    """How many bytes two byte strings begin with alike."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(index for index in range(length) if one[index] != other[index])


def slice_of(source: _Source, start: int, stop: int) -> str:
    """A slice; what is in the second half is counted from the end, for lengths may vary."""
    size = len(source.content)

    def place(index: int) -> str:
        return str(index) if index <= size // 2 else str(index - size)

    first = "" if start == 0 else place(start)
    last = "" if stop == size else place(stop)
    return source.variable if not first + last else f"{source.variable}[{first}:{last}]"


def literal_text(text: str) -> str:
    """A literal of a native string in both languages; `unicode` where it is not ASCII."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    escaped = "".join(
        char if " " <= char <= "~" else escape(char, text.isascii()) for char in quoted
    )
    repeated = periodic(text)
    if len(text) > LONGEST_LITERAL and repeated is not None:
        unit, times, tail = repeated
        words = [f"{literal_text(unit)} * {times}", *([literal_text(tail)] if tail else [])]
        return " + ".join(words)
    return escaped if text.isascii() else "u" + escaped


def escape(char: str, native: bool) -> str:
    number = ord(char)
    if native or number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def literal_bytes(content: bytes) -> str | None:
    """A literal that is the same in both languages; None where it would be too long."""
    if len(content) <= LONGEST_LITERAL:
        return short_bytes(content)
    every = bytes(range(256))
    if content == every * (len(content) // 256):
        return f"bytes(bytearray(range(256))) * {len(content) // 256}"
    repeated = periodic(content.decode("latin-1"))
    if repeated is None:
        return None
    unit, times, tail = repeated[0].encode("latin-1"), repeated[1], repeated[2].encode("latin-1")
    text = f"{short_bytes(unit)} * {times}"
    return f"{text} + {short_bytes(tail)}" if tail else text


def short_bytes(content: bytes) -> str:
    return "b" + literal_text(content.decode("latin-1")).removeprefix("u")


def periodic(text: str) -> tuple[str, int, str] | None:
    """(unit, times, tail) of a text that repeats its first few characters; None for any other."""
    for size in range(1, 33):
        unit = text[:size]
        times = len(text) // size
        if times > 1 and unit * times == text[: size * times]:
            return unit, times, text[size * times :]
    if text and len(text.rstrip(text[-1])) <= 32:  # a few characters, then one many times
        return None
    head = len(text) - len(text.lstrip(text[0])) if text else 0
    if head > 32 and len(text) - head <= 32:
        return text[0], head, text[head:]
    return None


def minted_labels(value: Value) -> Iterator[str]:
    """The names of certificates and serial numbers in a normalised value."""
    if isinstance(value, list):
        for item in value:
            yield from minted_labels(item)
    elif isinstance(value, dict):
        if value.get("t") == "minted":
            yield value["label"]
        for key in ("v", "fields"):
            inner = value.get(key)
            yield from minted_labels(list(inner.values()) if isinstance(inner, dict) else inner)


def callbacks_in(value: Any) -> Iterator[int]:
    """The numbers of the host's functions in a value on the wire."""
    if isinstance(value, list):
        for item in value:
            yield from callbacks_in(item)
    elif isinstance(value, dict):
        if value.get("t") == "callback":
            yield value["id"]
        if isinstance(value.get("v"), list):
            yield from callbacks_in(value["v"])


def objects_in(value: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Everything with a handle in a value on the wire, and the expression that leads there."""
    if isinstance(value, dict) and "h" in value:
        yield value, path
    elif isinstance(value, dict) and value.get("t") == "dict":
        for key, item in value["v"]:
            if isinstance(key, str):
                yield from objects_in(item, f"{path}[{literal_text(key)}]")
    elif isinstance(value, list) or (isinstance(value, dict) and value.get("t") == "tuple"):
        for index, item in enumerate(value if isinstance(value, list) else value["v"]):
            yield from objects_in(item, f"{path}[{index}]")


def side_by_side(value: Any, normal: Value) -> Iterator[tuple[dict[str, Any], Value]]:
    """Each object of a value on the wire with what the transcript has in its place."""
    if isinstance(value, list) and isinstance(normal, list):
        for one, other in zip(value, normal, strict=False):
            yield from side_by_side(one, other)
    elif isinstance(value, dict) and "h" in value:
        yield value, normal
    elif isinstance(value, dict) and isinstance(normal, dict) and value.get("t") == "tuple":
        yield from side_by_side(value["v"], normal["v"])
