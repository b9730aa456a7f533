"""The pipe to the host, and what takes its place: a program.

A program is what the host would request of the agent, in one message, answered in one. The agent
serves the messages of a program as it serves those of the host, one after the other, and keeps the
answers. Nothing else is different: this is the other end of the pipe, in the agent.
"""

import base64
import json
import os
import time

try:
    import fcntl
except ImportError:
    fcntl = None


class Channel(object):
    """The private pipe to the host: one JSON document a line."""

    def __init__(self):
        self.reader = os.fdopen(self._private(0), "rb")
        self.writer = os.fdopen(self._private(1), "wb")
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)

    @staticmethod
    def _private(descriptor):
        copy = os.dup(descriptor)
        if fcntl is not None:
            flags = fcntl.fcntl(copy, fcntl.F_GETFD)
            fcntl.fcntl(copy, fcntl.F_SETFD, flags | fcntl.FD_CLOEXEC)
        return copy

    def send(self, message):
        line = json.dumps(message, separators=(",", ":"))
        self.writer.write(line.encode("ascii") + b"\n")
        self.writer.flush()

    def receive(self):
        line = self.reader.readline()
        if not line:
            raise EOFError
        return json.loads(line.decode("ascii"))


class Program(object):
    """Takes the place of the pipe to the host until the program is over.

    A message of a program names handles and bytes as the implementation that it was recorded from
    gave them. "refs" says where they stand, and "made" where in the answer there are such: here
    they are replaced by what this implementation gave in the same place. What cannot be replaced
    ends the program, and so does an answer of another kind ("then") than the recorded one: a value,
    an error, or the call of another function. From then on the host is asked again, in the middle
    of whatever is going on.
    """

    clock = staticmethod(getattr(time, "monotonic", time.time))

    def __init__(self, agent, request):
        self.agent = agent
        self.channel = agent.channel
        self.timeout = request["timeout"]
        """Seconds that one operation may take."""
        self.messages = []
        self.answers = []
        self.sent = 0
        """How many of the answers the host has already."""
        self.handles = {0: 0}
        self.classes = {}
        self.go_on(request)

    def go_on(self, request):
        """Take the place of the pipe for these messages, too."""
        for file in request["files"]:
            self.agent.objects.file(file)
        self.messages += request["messages"]
        self.careful = request["careful"]
        self.answered = self.told = self.clock()
        self.agent.channel = self

    def receive(self):
        """The next message; the host's own, where the program ends here."""
        message = self.messages[len(self.answers)]
        try:
            self.resolve(message)
        except (IndexError, KeyError, TypeError):
            self.end()
            return self.channel.receive()
        return message

    def send(self, answer):
        """Keep an answer. The host gets the answers at the end, or before it loses patience."""
        step = self.messages[len(self.answers)]
        self.answers.append(answer)
        for path, kind, number in step["made"]:
            found = at(answer, path)
            if isinstance(found, dict) and kind in found:
                (self.handles if kind == "h" else self.classes).setdefault(number, found[kind])
        now = self.clock()
        late = now - self.answered > self.timeout
        self.answered = now
        if late or kind_of_answer(answer) != step["then"] or len(self.answers) == len(self.messages):
            self.end(late)
        elif self.careful or now - self.told > self.timeout / 8.0:
            self.told = now
            self.tell({})

    def end(self, late=False):
        self.agent.channel = self.channel
        self.tell({"over": True, "late": late})

    def tell(self, message):
        message["answers"] = self.answers[self.sent :]
        self.sent = len(self.answers)
        self.channel.send(message)

    def resolve(self, message):
        """Put this implementation's handles, classes and bytes into a message."""
        held = self.agent.objects.by_handle
        refs = message["refs"]
        if "on" in message:
            message["on"] = self.held(message["on"])
            if message["op"] == "call" and message["name"] is not None:
                # The host calls by name only what it knows to be a method: it reads all else.
                kind = self.agent.objects.members(held[message["on"]])[message["name"]]
                if kind not in ("method", "class"):
                    raise KeyError(kind)
        resolved = [self.resolved(what) for _, what in refs]
        for (path, _), value in zip(refs, resolved):
            container = at(message, path[:-1])
            container[path[-1]] = value
        if "free" in message:
            freed = []
            for handle in message["free"]:
                own = self.handles.pop(handle, None)
                if own in held and own not in freed:
                    freed.append(own)
            message["free"] = freed

    def resolved(self, what):
        if "h" in what:
            return {"t": "handle", "h": self.held(what["h"])}
        if "c" in what:
            return {"t": "class", "c": self.classes[what["c"]]}
        if "text" in what:
            return self.text(at(self.answers[what["text"]], what["path"]))
        return {"t": "bytes", "v": self.joined(what["parts"])}

    @staticmethod
    def text(found):
        """A text that an answer gave, as the host passes it on."""
        if isinstance(found, dict):
            kinds = {"str": {"t": "bytes", "v": found["v"]}, "unicode": found["v"]}
            return kinds[found["t"]]
        if not isinstance(found, type(u"")):
            raise TypeError(found)
        return found

    def held(self, handle):
        """This implementation's handle for a recorded one."""
        own = self.handles[handle]
        if own not in self.agent.objects.by_handle:
            raise KeyError(own)
        return own

    def joined(self, parts):
        """The base64 of what parts are together: literals, and slices of what answers gave."""
        if len(parts) == 1 and not isinstance(parts[0], type(u"")) and not parts[0]["slices"]:
            return self.base64_of(parts[0])
        content = b""
        for part in parts:
            if isinstance(part, type(u"")):
                content += base64.b64decode(part)
                continue
            piece = base64.b64decode(self.base64_of(part))
            for start, stop in part["slices"]:
                piece = piece[start:stop]
            content += piece
        return base64.b64encode(content).decode("ascii")

    def base64_of(self, part):
        found = at(self.answers[part["answer"]], part["path"])
        if found["t"] not in ("bytes", "str"):
            raise TypeError(found["t"])
        return found["v"]


def at(value, path):
    """What is at a path inside of JSON; None where there is nothing."""
    try:
        for key in path:
            value = value[key]
    except (IndexError, KeyError, TypeError):
        return None
    return value


def kind_of_answer(answer):
    """What an answer is: a value, an error, a failure, or the number of the function it calls."""
    if "callback" in answer:
        return answer["callback"]
    for kind in ("value", "error"):
        if kind in answer:
            return kind
    return "failure"
