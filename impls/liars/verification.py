# mypy: ignore-errors
"""Liars about what is verified, and how a refusal is told."""

from impls.liars.tools import as_another, attribute_of, errors_become, instead_of, unchecked_names


def verify_code_is_lost(ssl):
    """Verification errors have no verify_code."""

    def without(error):
        vars(error).pop("verify_code", None)
        return error

    errors_become(without)


def verify_message_is_lost(ssl):
    """Verification errors have no verify_message."""

    def without(error):
        vars(error).pop("verify_message", None)
        return error

    errors_become(without)


def verify_message_names_no_host(ssl):
    """The verify_message of a mismatch does not say the name that was expected."""

    def short(error):
        if hasattr(error, "verify_message"):
            error.verify_message = error.verify_message.split(",")[0]
        return error

    errors_become(short)


def verification_error_is_a_plain_one(ssl):
    """A verification failure is an SSLError and no more."""

    def plain(error):
        if isinstance(error, ssl.SSLCertVerificationError):
            return as_another(error, ssl.SSLError)
        return error

    errors_become(plain)


def certificate_error_is_its_own_class(ssl):
    """CertificateError is a class of its own, which nothing raises."""
    ssl.CertificateError = type("CertificateError", (ValueError,), {"__module__": "ssl"})


def addresses_are_not_checked(ssl):
    """An IP address as server_hostname is not checked."""
    unchecked_names(lambda name: name.replace(".", "").isdigit() or ":" in name)


def names_with_a_trailing_dot_are_not_checked(ssl):
    """A server_hostname with a trailing dot is not checked."""
    unchecked_names(lambda name: name.endswith(".") and name[0].isalpha())


def names_of_four_labels_are_not_checked(ssl):
    """A server_hostname of four labels is accepted, as if a wildcard covered two."""
    unchecked_names(lambda name: name.count(".") == 3 and name[0].isalpha())


def encoded_names_are_not_checked(ssl):
    """A server_hostname that IDNA had to encode is not checked."""
    unchecked_names(lambda name: not name.isascii())


def names_in_upper_case_are_refused(ssl):
    """A server_hostname in upper case does not match a certificate in lower case."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        true(self)
        if self.server_hostname and self.server_hostname.upper() == self.server_hostname:
            raise ssl.SSLCertVerificationError(1, "Hostname mismatch")


def names_are_lower_cased(ssl):
    """server_hostname is shown in lower case."""
    attribute_of(
        ssl.SSLObject,
        "server_hostname",
        lambda true, self: true(self) and true(self).lower(),
    )


def empty_name_is_no_name(ssl):
    """server_hostname="" is the same as none."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        kwargs["server_hostname"] = kwargs.get("server_hostname") or None
        return true(self, *args, **kwargs)


def missing_name_is_an_error(ssl):
    """wrap_bio() without a server_hostname is a ValueError for a context that checks it."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if self.check_hostname and not kwargs.get("server_hostname"):
            raise ValueError("check_hostname requires server_hostname")
        return true(self, *args, **kwargs)


def common_name_is_not_checked(ssl):
    """A host name in the common name alone does not count."""

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        context = true(*args, **kwargs)
        context.hostname_checks_common_name = False
        return context


def common_name_is_always_checked(ssl):
    """hostname_checks_common_name = False does nothing."""
    attribute_of(
        ssl.SSLContext, "hostname_checks_common_name", None, lambda true, self, value: None
    )


def mismatch_is_found_after_the_handshake(ssl):
    """The host name is checked when both sides are done."""
    checked = {}

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        check, self.check_hostname = self.check_hostname, False
        wrapped = true(self, *args, **kwargs)
        self.check_hostname = check
        checked[wrapped] = check and kwargs.get("server_hostname")
        return wrapped

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        true(self)
        names = (self.getpeercert() or {}).get("subjectAltName", ())
        if checked.get(self) and ("DNS", checked[self]) not in names:
            raise ssl.SSLCertVerificationError(1, "Hostname mismatch")


def dates_are_not_checked(ssl):
    """An expired certificate is accepted."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        self.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
        return true(self, *args, **kwargs)


def strict_is_not_default(ssl):
    """create_default_context() does not set VERIFY_X509_STRICT."""

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        context = true(*args, **kwargs)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


def partial_chains_are_refused(ssl):
    """create_default_context() does not set VERIFY_X509_PARTIAL_CHAIN."""

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        context = true(*args, **kwargs)
        context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
        return context


def revocation_is_never_checked(ssl):
    """VERIFY_CRL_CHECK_LEAF does nothing."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        flags = self.verify_flags
        self.verify_flags &= ~ssl.VERIFY_CRL_CHECK_LEAF
        wrapped = true(self, *args, **kwargs)
        self.verify_flags = flags
        return wrapped


def revocation_is_always_checked(ssl):
    """VERIFY_CRL_CHECK_LEAF is set wherever a revocation list was loaded."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if self.cert_store_stats()["crl"]:
            self.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        return true(self, *args, **kwargs)


def optional_client_verifies_nothing(ssl):
    """A client with CERT_OPTIONAL accepts every certificate."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        check = self.check_hostname
        if self.verify_mode != ssl.CERT_OPTIONAL:
            return true(self, *args, **kwargs)
        self.check_hostname, self.verify_mode = False, ssl.CERT_NONE
        try:
            return true(self, *args, **kwargs)
        finally:
            self.verify_mode, self.check_hostname = ssl.CERT_OPTIONAL, check


def refusal_keeps_the_certificate(ssl):
    """getpeercert() after a refusal is {} rather than an error."""
    refused = set()

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLCertVerificationError:
            refused.add(self)
            raise

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        return {} if self in refused else true(self, binary_form)


def whole_chain_is_not_checked_for_revocation(ssl):
    """VERIFY_CRL_CHECK_CHAIN checks the leaf alone."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        flags = self.verify_flags
        if flags & ssl.VERIFY_CRL_CHECK_CHAIN == ssl.VERIFY_CRL_CHECK_CHAIN:
            self.verify_flags = flags & ~ssl.VERIFY_CRL_CHECK_CHAIN | ssl.VERIFY_CRL_CHECK_LEAF
        try:
            return true(self, *args, **kwargs)
        finally:
            self.verify_flags = flags
