"""Runs the agent's files, compiled once for each Python and not at each start.

The bootstrap runs this with the three lines of `impls/host/process.py` on standard input, this file
being the first. Only a Python that was found on the host's machine is given a folder for its code.
Anything that goes wrong with that costs the time to compile, and nothing else.
"""


def code_of_agent(digest, folder, line):
    """The code of the files in `line`, JSON of [[name, source], ..], whose digest is given."""
    import binascii
    import json
    import marshal
    import os
    import sys

    def checksum(content):
        return ("%08x" % (binascii.crc32(content) & 0xFFFFFFFF)).encode("ascii")

    path = None
    if folder is not None:
        try:
            importer = sys.modules.get("_frozen_importlib_external")
            magic = importer.MAGIC_NUMBER if importer else __import__("imp").get_magic()
            executable = os.stat(sys.executable)
            # In one of these any other Python differs, also one that takes this one's place.
            head = repr(
                (
                    digest,
                    sys.version,
                    magic,
                    tuple(sys.flags),
                    sys.executable,
                    executable.st_size,
                    executable.st_mtime,
                )
            )
            head = head.encode("ascii", "backslashreplace") + b"\n"
            path = os.path.join(folder, checksum(head).decode("ascii"))
            with open(path, "rb") as stream:
                kept = stream.read()
            body = kept[len(head) + 8 :]
            if kept.startswith(head + checksum(body)):
                return marshal.loads(body)
        except Exception:  # it is not there, or nobody can read it
            pass
    code = [compile(source, name, "exec") for name, source in json.loads(line)]
    if path is not None:
        unfinished = "%s.%d" % (path, os.getpid())
        try:
            body = marshal.dumps(code)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(unfinished, flags, 384), "wb") as stream:
                stream.write(head + checksum(body) + body)
            os.rename(unfinished, path)
        except Exception:
            try:
                os.remove(unfinished)
            except Exception:
                pass
    return code


def first_lines():
    """What follows this file on standard input: the arguments of code_of_agent()."""
    import json
    import sys

    digest, folder = json.loads(sys.stdin.readline())
    return digest, folder, sys.stdin.readline()


if __name__ == "__main__":
    for part in code_of_agent(*first_lines()):
        exec(part)
