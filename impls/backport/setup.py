"""Build and install the backport, for CPython 2.7 on Linux.

The build sees no network. It needs a C compiler, Python 2.7's headers and those of OpenSSL 1.1.1
or newer; CFLAGS and LDFLAGS from the environment say where they are.
"""
import io
import os
import platform
import re
import sys

NEEDED = (
    (platform.python_implementation() == "CPython" and sys.version_info[:2] == (2, 7),
     "CPython 2.7, and this is %s %s: Python 3 has all of it in its own ssl"
     % (platform.python_implementation(), platform.python_version())),
    (sys.platform.startswith("linux"), "Linux, and this is %s" % sys.platform),
)
for fulfilled, what in NEEDED:
    if not fulfilled:
        sys.exit("tls-bootstrap needs %s." % what)

try:                              # pip brings it; the suite's own build needs no more than distutils
    from setuptools import Extension, setup
    from setuptools.command.build_ext import build_ext
    from setuptools.command.build_py import build_py
    MORE = {"python_requires": ">=2.7, <3", "zip_safe": False,
            "long_description_content_type": "text/markdown"}
except ImportError:
    from distutils.command.build_ext import build_ext
    from distutils.command.build_py import build_py
    from distutils.core import Extension, setup
    MORE = {}

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)
sys.path.insert(0, HERE)          # pip does not

import make_error_names  # noqa: E402

SOURCES = ["module.c", "arguments.c", "threads.c", "inside.c", "memory_bio.c",
           "context.c", "trust.c", "callbacks.c", "key_log.c",
           "groups_and_signatures.c", "message_callback.c", "ssl_object.c",
           "inspection.c", "session.c", "certificate.c", "errors.c"]
WARNINGS = [
    "-Wall", "-Wextra", "-Wshadow",
    # PyMethodDef wants PyCFunction even for METH_KEYWORDS and METH_NOARGS.
    "-Wno-cast-function-type",
    # A PyTypeObject written with its first slots leaves the others zero.
    "-Wno-missing-field-initializers",
]
if not os.path.exists("PKG-INFO"):    # a release must build with compilers to come
    WARNINGS.append("-Werror")
# No other library's function of the same name is called in place of one of ours, and calls between
# the files are direct.
VISIBILITY = ["-fvisibility=hidden"]
STUBS = "_tls_bootstrap-stubs"    # PEP 561's name of what describes another package's types


def read(name):
    with io.open(name, encoding="utf-8") as file:
        return file.read()


VERSION = re.search(r'^__version__ = "(.+)"$', read("_tls_bootstrap.py"), re.MULTILINE).group(1)


class build_with_error_names(build_ext):
    """Generates the table of OpenSSL's error names before compiling."""

    def build_extensions(self):
        if not os.path.isdir(self.build_temp):
            os.makedirs(self.build_temp)
        header = os.path.join(self.build_temp, "error_names.h")
        compiler = list(self.compiler.compiler_so)
        try:
            make_error_names.check_headers(compiler)
        except RuntimeError as error:
            sys.exit("tls-bootstrap cannot be built: %s" % error)
        make_error_names.write(header, compiler)
        for extension in self.extensions:
            extension.include_dirs.append(self.build_temp)
            extension.depends.append(header)
        build_ext.build_extensions(self)


class build_with_stubs(build_py):
    """Puts the type stubs where type checkers look for them."""

    def stubs(self):
        return os.path.join(self.build_lib, STUBS, "__init__.pyi")

    def run(self):
        build_py.run(self)
        self.mkpath(os.path.dirname(self.stubs()))
        self.copy_file("_tls_bootstrap.pyi", self.stubs())

    def get_outputs(self, include_bytecode=1):
        return build_py.get_outputs(self, include_bytecode) + [self.stubs()]


setup(
    name="tls-bootstrap",
    version=VERSION,
    description="Python 3's ssl.MemoryBIO and ssl.SSLObject for Python 2.7",
    long_description=read("README.md"),
    author="the maintainers of tls-bootstrap conformance",
    license="MIT",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "License :: OSI Approved :: MIT License",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C",
        "Programming Language :: Python :: 2 :: Only",
        "Programming Language :: Python :: 2.7",
        "Programming Language :: Python :: Implementation :: CPython",
        "Topic :: Internet",
        "Topic :: Security :: Cryptography",
    ],
    platforms=["Linux"],
    py_modules=["_tls_bootstrap"],
    ext_modules=[Extension(
        "__tls_bootstrap", SOURCES, depends=["tls_bootstrap.h"],
        libraries=["ssl", "crypto", "dl"], extra_compile_args=WARNINGS + VISIBILITY)],
    cmdclass={"build_ext": build_with_error_names, "build_py": build_with_stubs},
    **MORE)
