# mypy: ignore-errors
"""Liars about deprecation warnings."""

import warnings

from impls.liars.tools import attribute_of, instead_of


def old_protocols_do_not_warn(ssl):
    """SSLContext(PROTOCOL_TLSv1_2) is silent."""

    @instead_of(ssl.SSLContext)
    def __new__(true, cls, *args, **kwargs):  # noqa: N807
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return true(cls, *args, **kwargs)


def old_limits_do_not_warn(ssl):
    """Setting minimum_version is silent."""

    def assign(true, self, value):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            true(self, value)

    attribute_of(ssl.SSLContext, "minimum_version", None, assign)


def next_protocols_warn_in_other_words(ssl):
    """selected_npn_protocol() warns that NPN is gone."""

    @instead_of(ssl.SSLObject)
    def selected_npn_protocol(true, self):
        warnings.warn("ssl NPN is gone", DeprecationWarning, stacklevel=3)


def options_warn_of_another_category(ssl):
    """Setting an OP_NO_TLS* option gives a FutureWarning."""

    def assign(true, self, value):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            true(self, value)
        for each in caught:
            warnings.warn(str(each.message), FutureWarning, stacklevel=2)

    attribute_of(ssl.SSLContext, "options", None, assign)


def warning_blames_the_module(ssl):
    """The warning of selected_npn_protocol() points at a line of ssl."""

    @instead_of(ssl.SSLSocket)
    def selected_npn_protocol(true, self):
        warnings.warn_explicit(
            "ssl NPN is deprecated, use ALPN instead", DeprecationWarning, ssl.__file__, 1
        )


def ciphers_warn(ssl):
    """set_ciphers() warns of weak ciphers."""

    @instead_of(ssl.SSLContext)
    def set_ciphers(true, self, ciphers, /):
        true(self, ciphers)
        warnings.warn("weak ciphers", DeprecationWarning, stacklevel=3)
