"""Build the backport: python2.7 setup.py build --build-base TMP --build-lib OUT"""
import os

from distutils.command.build_ext import build_ext
from distutils.core import Extension, setup

import make_error_names

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = ["module.c", "threads.c", "memory_bio.c", "context.c", "trust.c",
           "callbacks.c", "key_log.c", "message_callback.c", "ssl_object.c",
           "session.c", "certificate.c", "errors.c"]
WARNINGS = [
    "-Wall", "-Wextra", "-Werror", "-Wshadow",
    # PyMethodDef wants PyCFunction even for METH_KEYWORDS and METH_NOARGS.
    "-Wno-cast-function-type",
    # A PyTypeObject written with its first slots leaves the others zero.
    "-Wno-missing-field-initializers",
]


class build_with_error_names(build_ext):
    """Generates the table of OpenSSL's error names before compiling."""

    def build_extensions(self):
        if not os.path.isdir(self.build_temp):
            os.makedirs(self.build_temp)
        header = os.path.join(self.build_temp, "error_names.h")
        make_error_names.write(header, list(self.compiler.compiler_so))
        for extension in self.extensions:
            extension.include_dirs.append(self.build_temp)
            extension.depends.append(header)
        build_ext.build_extensions(self)


os.chdir(HERE)
setup(
    name="_tls_bootstrap",
    version="0.1",
    description="Python 3's ssl.MemoryBIO and ssl.SSLObject for Python 2.7",
    license="MIT",
    py_modules=["_tls_bootstrap"],
    ext_modules=[Extension(
        "__tls_bootstrap", SOURCES, depends=["tls_bootstrap.h"],
        libraries=["ssl", "crypto", "dl"], extra_compile_args=WARNINGS)],
    cmdclass={"build_ext": build_with_error_names},
)
