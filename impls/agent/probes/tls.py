"""What TLS scenarios need done at one go: versions set up, bytes cut up, messages noted."""

import weakref



class TlsProbes(object):
    """Probes about contexts and connections that any scenario may need."""

    def cipher_summary(self, context):
        """What the enabled ciphers have in common: the least of strength_bits, and every kea."""
        ciphers = context.get_ciphers()
        return {
            "strength_bits": min(cipher["strength_bits"] for cipher in ciphers),
            "kea": sorted(set(cipher["kea"] for cipher in ciphers)),
        }

    def limit_versions(self, context, minimum=None, maximum=None):
        """Set up the TLS versions of a context, named as `version()` returns them.

        Only for set-up, so it uses the options that every Python has, 2.7 too, and drops the
        warnings of those that would rather have minimum_version and maximum_version.
        """
        names = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
        first = 0 if minimum is None else names.index(minimum)
        last = len(names) - 1 if maximum is None else names.index(maximum)
        self.agent.warnings_off = True
        try:
            for position, name in enumerate(names):
                if not first <= position <= last:
                    option = "OP_NO_" + name.replace(".", "_")
                    context.options |= getattr(self.tested_module(), option)
        finally:
            self.agent.warnings_off = False

    def arrival(self, bio, wants_read):
        """An Arrival at this BIO, for operations that want to read by that exception."""
        return Arrival(bio, wants_read)

    def message_log(self, failing_at=None):
        """A MessageLog; its call number `failing_at`, counted from 0, raises KeyError."""
        return MessageLog(failing_at)

    def finished_log(self):
        """A FinishedLog."""
        return FinishedLog()

    def key_callback(self, identity, key):
        """A PSK callback of a server that has a key for that identity, and for what is no text.

        It may be called for a ticket that is text by chance, and has none for that: so no
        transcript tells of its calls.
        """

        def answer(given):
            try:
                known = given == identity or given.encode("utf-8") is None
            except UnicodeError:
                known = True
            except AttributeError:  # nobody
                known = False
            return key if known else b""

        return answer

    def fresh_answers(self):
        """A callback that returns a new object each time; `alive()` says how many are left."""
        return FreshAnswers()

    def raising_callback(self):
        """A RaisingCallback."""
        return RaisingCallback()

    def calling_callback(self, function):
        """A callback of any arguments that calls a function without any."""

        def call(*ignored):
            function()

        return call


class RaisingCallback(object):
    """A callback of any arguments that raises KeyError with the number of its call, from 1."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        raise KeyError(self.calls)


class FreshAnswers(object):
    """A callback of any arguments that returns an object which nobody else has."""

    def __init__(self):
        self.references = []

    def __call__(self, *args):
        answer = FreshAnswers()
        self.references.append(weakref.ref(answer))
        return answer

    def alive(self):
        return [reference() is not None for reference in self.references].count(True)


class Arrival(object):
    """Bytes on their way into a BIO: a piece arrives whenever an operation wants to read."""

    HEADER = 5
    CONTENT_TYPES = range(20, 24)
    """Length and first byte of a record's header, RFC 8446 section 5.1."""

    LARGE = 4096
    """Bytes; what is longer arrives byte by byte only around the borders of its records."""

    BORDER = HEADER + 3
    """Bytes at the beginning of a record that arrive one by one in what is large."""

    def __init__(self, bio, wants_read):
        self.bio = bio
        self.wants_read = wants_read
        self.pieces = []
        self.ends = False

    def send(self, data, way):
        """Put bytes on their way, cut "by record" or "by byte"."""
        for length in self.records(data) if way == "by record" else self.single_bytes(data):
            self.pieces.append(data[:length])
            data = data[length:]

    @classmethod
    def records(cls, data):
        """The lengths of the records in a flight; what is not a record is one piece."""
        left = bytearray(data)
        lengths = []
        while len(left) > cls.HEADER and left[0] in cls.CONTENT_TYPES:
            lengths.append(min(len(left), cls.HEADER + left[3] * 256 + left[4]))
            left = left[lengths[-1] :]
        return lengths + [len(left)] * bool(left)

    @classmethod
    def single_bytes(cls, data):
        """One byte at a time, in a large flight only around the borders of records."""
        if len(data) <= cls.LARGE:
            return [1] * len(data)
        pieces = []
        for length in cls.records(data):
            border = min(length, cls.BORDER)
            pieces += [1] * border
            if length > border + 1:
                pieces.append(length - border - 1)
            if length > border:
                pieces.append(1)
        return pieces

    def send_end(self):
        """Let the end of the bytes, write_eof(), arrive with the last of them."""
        self.ends = True
        self.end()

    def call(self, target, name, *args, **kwargs):
        """Call a method until it does something else than wanting what is under way."""
        while True:
            try:
                return getattr(target, name)(*args, **kwargs)
            except self.wants_read:
                if not self.pieces:
                    raise
            self.arrive()

    def arrive(self):
        self.bio.write(self.pieces.pop(0))
        self.end()

    def end(self):
        if self.ends and not self.pieces:
            self.bio.write_eof()
            self.ends = False

    def arrive_all(self):
        while self.pieces:
            self.arrive()


class FinishedLog(object):
    """A callback for TLS messages that keeps the contents of Finished messages, which are random."""

    def __init__(self):
        self.contents = []

    def __call__(self, connection, direction, version, content_type, message_type, data):
        if (content_type, message_type) == (22, 20):  # handshake, finished
            self.contents.append(data[4:])

    def has(self, number, content):
        """Whether the message of that number, from 0, had this content."""
        return self.contents[number] == content


class MessageLog(object):
    """A callback for TLS messages that keeps of them what is not random."""

    def __init__(self, failing_at):
        self.failing_at = failing_at
        self.calls = 0
        self.lines = []
        self.connections = []

    def __call__(self, connection, direction, version, content_type, message_type, data):
        self.connections.append(connection)
        size = str(len(data)) if len(data) <= 5 else "more"
        self.lines.append(
            "%s %s %s %s %s: %s of %s"
            % (
                (type(connection).__name__, direction)
                + tuple(default_text(value) for value in (version, content_type, message_type))
                + (size, "bytes" if isinstance(data, bytes) else type(data).__name__)
            )
        )
        self.calls += 1
        if self.calls - 1 == self.failing_at:
            raise KeyError("a callback that fails")

    def take(self):
        """The lines since the last take(), and forget them."""
        lines, self.lines = self.lines, []
        return lines

    def was_told_of(self, connection):
        """Whether every call was about that object; forget them."""
        connections, self.connections = self.connections, []
        return bool(connections) and all(each is connection for each in connections)
