# mypy: ignore-errors
"""Liars about certificates of clients."""

from impls.liars.tools import attribute_of, instead_of, servers_made_with


def optional_is_none(ssl):
    """A server with CERT_OPTIONAL does not ask for a certificate."""
    servers_made_with(ssl.CERT_OPTIONAL, ssl.CERT_NONE)


def optional_is_required(ssl):
    """A server with CERT_OPTIONAL refuses a client without a certificate."""
    servers_made_with(ssl.CERT_OPTIONAL, ssl.CERT_REQUIRED)


def required_is_optional(ssl):
    """A server with CERT_REQUIRED accepts a client without a certificate."""
    servers_made_with(ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL)


def nobody_need_not_be_asked(ssl):
    """A server with CERT_NONE asks for a certificate."""
    servers_made_with(ssl.CERT_NONE, ssl.CERT_OPTIONAL)


def dates_of_clients_are_not_checked(ssl):
    """A server accepts an expired certificate of a client."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if kwargs.get("server_side"):
            self.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
        return true(self, *args, **kwargs)


def certificate_of_a_client_has_no_dictionary(ssl):
    """getpeercert() of a server is {}."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        return {} if found and self.server_side and not binary_form else found


def missing_certificate_is_a_verification_error(ssl):
    """A server raises SSLCertVerificationError for a certificate that it required and lacks."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLError as error:
            if error.reason != "PEER_DID_NOT_RETURN_A_CERTIFICATE":
                raise
            other = ssl.SSLCertVerificationError(*error.args)
            other.reason, other.library = error.reason, error.library
            raise other from None


def failed_client_is_named_without_a_code(ssl):
    """A server's verification error has no verify_code."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLCertVerificationError as error:
            if self.server_side:
                del error.verify_code
            raise


def post_handshake_auth_is_on(ssl):
    """post_handshake_auth is True by default."""

    @instead_of(ssl)
    def create_default_context(true, *args, **kwargs):
        context = true(*args, **kwargs)
        context.post_handshake_auth = True
        return context


def post_handshake_auth_stays_off(ssl):
    """Setting post_handshake_auth does nothing."""
    attribute_of(ssl.SSLContext, "post_handshake_auth", None, lambda true, self, value: None)


def post_handshake_auth_is_a_number(ssl):
    """post_handshake_auth is 0 or 1 rather than a bool."""
    attribute_of(ssl.SSLContext, "post_handshake_auth", lambda true, self: int(true(self)))


def post_handshake_auth_of_a_client_does_nothing(ssl):
    """verify_client_post_handshake() of a client returns None."""

    @instead_of(ssl.SSLObject)
    def verify_client_post_handshake(true, self):
        return true(self) if self.server_side else None
