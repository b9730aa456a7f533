"""What a scenario changes of the process, and the files that it writes and reads."""

import fcntl
import os
import sys
import time


class EnvironmentProbes(object):
    """Probes about the process: its environment, its files."""

    def restore(self):
        """What a scenario changed of the process, as it was."""
        for name, value in Changed.VARIABLES.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if "TZ" in Changed.VARIABLES:
            time.tzset()
        Changed.VARIABLES.clear()
        sys.flags = Changed.FLAGS
        for function in Changed.FUNCTIONS:
            del function[:]
        del Changed.FUNCTIONS[:]

    def set_environment(self, name, value):
        """Give a variable of the environment a value until the scenario ends."""
        Changed.VARIABLES.setdefault(name, os.environ.get(name))
        os.environ[name] = value

    def live_in(self, zone):
        """Let the process be in a time zone, given as in TZ, until the scenario ends."""
        self.set_environment("TZ", zone)
        time.tzset()

    def heed_environment(self):
        """Let sys.flags say until the scenario ends that the environment counts."""
        sys.flags = Flags(Changed.FLAGS)

    def new_path(self, name):
        """Where a scenario may write a file of that name; nothing is there yet."""
        path = self.unused_path(name)
        self.agent.left.paths.append(path)
        return path

    def joined(self, name, *paths):
        """Where a file is that has the content of others, one after the other."""
        whole = self.unused_path(name)
        with open(whole, "wb") as target:
            for path in paths:
                with open(path, "rb") as source:
                    target.write(source.read())
        return whole

    def relabelled(self, name, path, label):
        """Where a PEM file is whose certificates have another label."""
        changed = self.unused_path(name)
        with open(path) as source, open(changed, "w") as target:
            target.write(source.read().replace(" CERTIFICATE-", " %s-" % label))
        return changed

    def pipe_path(self, name, path):
        """Where a named pipe is, through which a file comes once."""
        pipe = self.unused_path(name)
        os.mkfifo(pipe)
        import signal  # here, as only this needs it

        # Another process: 2.7 opens some files without letting another thread run.
        if os.fork() == 0:
            try:
                signal.alarm(30)  # where nobody reads
                with open(path, "rb") as stream, open(pipe, "wb") as written:
                    written.write(stream.read())
            finally:
                os._exit(0)
        return pipe

    def undecodable_copy(self, path):
        """The text that stands for the name, which is not UTF-8, of a copy of a file or folder."""
        import shutil  # here, as only this needs it

        name = self.unused_path("copy")
        shown = to_text(name) + u"\udcff\udc80"
        name = (name if PY2 else os.fsencode(name)) + b"\xff\x80"
        if os.path.isdir(name):
            shutil.rmtree(name)
        elif os.path.exists(name):
            os.remove(name)
        copy = shutil.copytree if os.path.isdir(path) else shutil.copyfile
        copy(path if PY2 else os.fsencode(path), name)
        return ByHandle(shown)

    def circular_link(self, name):
        """Where a link is that leads to itself."""
        path = self.unused_path(name)
        os.symlink(path, path)
        return path

    def key_log(self, path):
        """What is in a key log, line by line, without the secrets: "LABEL (length, length)"."""
        with open(path) as stream:
            lines = stream.read().splitlines()
        shown = []
        for line in lines:
            words = line.split(" ")
            sizes = ", ".join(str(len(word)) for word in words[1:])
            shown.append(line if line.startswith("#") else "%s (%s)" % (words[0], sizes))
        return shown

    def open_pipe(self, path):
        """A file that reads from a named pipe and waits for no writer."""
        return File(os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb"))

    def first_label(self, pipe):
        """The first word of what is in a pipe; of a log of secrets, the first secret's label."""
        return to_text(os.read(pipe.file.fileno(), 1 << 16).split(b" ")[0])

    def descriptors_of(self, path):
        """How a child process would find each descriptor that is open to a file."""
        found, wanted = [], os.stat(path)
        for number in map(int, os.listdir("/proc/self/fd")):
            try:
                same = os.path.samestat(os.fstat(number), wanted)
                closes = fcntl.fcntl(number, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
            except EnvironmentError:  # the one with which the folder was listed
                continue
            if same:
                found.append("closed" if closes else "open")
        return found

    def open(self, path):
        """A File, opened to read bytes."""
        return File(open(path, "rb"))

    def bare_reader(self, path):
        """An object that reads bytes from a file, and has nothing but read()."""
        with open(path, "rb") as file:
            return BareReader(file.read())

    def file_of(self, end, *arguments):
        """What makefile() returns, whose class is each language's own, as a File."""
        return File(end.makefile(*arguments))


class Changed(object):
    """What a scenario changed of the process."""

    FLAGS = sys.flags
    VARIABLES = {}
    """Name -> the value that it had."""
    FUNCTIONS = []
    """Lists of one function: the agent keeps classes for good, and must not keep that."""


class Flags(object):
    """What sys.flags says, but that the environment counts: agents run with -E."""

    ignore_environment = 0

    def __init__(self, flags):
        self.flags = flags

    def __getattr__(self, name):
        return getattr(self.flags, name)


class BareReader(object):
    """Bytes that are read from the beginning to the end."""

    def __init__(self, content):
        self.content = content

    def read(self, size=-1):
        size = len(self.content) if size < 0 else size
        read, self.content = self.content[:size], self.content[size:]
        return read


class File(object):
    """A file object, under the same name whatever its class is."""

    def __init__(self, file):
        self.file = file

    def read(self, size):
        return self.file.read(size)

    def readline(self):
        return self.file.readline()

    def seek(self, position):
        self.file.seek(position)

    def write(self, data):
        self.file.write(data)

    def flush(self):
        self.file.flush()

    def fileno(self):
        return self.file.fileno()

    def close(self):
        self.file.close()
