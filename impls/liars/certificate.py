# mypy: ignore-errors
"""Liars about the certificates that a connection shows."""

from impls.liars.tools import changed_certificate, instead_of


def binary_form_is_ignored(ssl):
    """getpeercert(True) returns the dictionary."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        return true(self)


def binary_form_must_be_true_itself(ssl):
    """getpeercert(1) returns the dictionary: only True asks for the binary form."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        return true(self, binary_form is True)


def binary_form_is_renamed(ssl):
    """The parameter of getpeercert() is named `binary`."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary=False):
        return true(self, binary)


def missing_certificate_is_an_empty_dictionary(ssl):
    """getpeercert() is {} where the other side showed no certificate."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        return {} if found is None and not binary_form else found


def unverified_certificate_is_none(ssl):
    """getpeercert() is None where the certificate was not verified."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        return None if found == {} else found


def certificate_is_none_before_the_handshake(ssl):
    """getpeercert() before the handshake is None."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        try:
            return true(self, binary_form)
        except ValueError:
            return None


def certificate_is_the_same_dictionary_each_time(ssl):
    """getpeercert() returns a dictionary that belongs to the connection."""
    shown = {}

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        return shown.setdefault(id(self), found) if found and not binary_form else found


def subject_is_flat(ssl):
    """The subject is a tuple of pairs rather than of groups of pairs."""
    changed_certificate(
        subject=lambda value: tuple(pair for group in value for pair in group),
    )


def subject_is_in_reverse(ssl):
    """The subject begins with its last group."""
    changed_certificate(subject=lambda value: value[::-1])


def subject_group_has_one_pair(ssl):
    """Of a group of pairs in the subject, the first pair alone is shown."""
    changed_certificate(subject=lambda value: tuple(group[:1] for group in value))


def version_counts_from_zero(ssl):
    """The version of a certificate is one less, as in its encoding."""
    changed_certificate(version=lambda value: value - 1)


def serial_number_is_in_lower_case(ssl):
    """serialNumber is in lower case."""
    changed_certificate(serialNumber=lambda value: value.lower())


def serial_number_has_no_leading_zero(ssl):
    """serialNumber has an odd number of digits where its first is 0."""
    changed_certificate(serialNumber=lambda value: value.lstrip("0"))


def date_has_a_leading_zero(ssl):
    """The day in notBefore has two digits."""
    changed_certificate(notBefore=lambda value: value.replace("  ", " 0"))


def names_without_addresses(ssl):
    """subjectAltName has no IP addresses."""
    changed_certificate(
        subjectAltName=lambda value: tuple(pair for pair in value if pair[0] != "IP Address"),
    )


def directory_name_is_unsupported(ssl):
    """A directory name in subjectAltName is shown as unsupported."""
    changed_certificate(
        subjectAltName=lambda value: tuple(
            (kind, "<unsupported>" if kind == "DirName" else name) for kind, name in value
        ),
    )


def name_ends_at_a_nul(ssl):
    """A DNS name is shown up to its first NUL byte."""
    changed_certificate(
        subjectAltName=lambda value: tuple(
            (kind, name.split("\0")[0] if kind == "DNS" else name) for kind, name in value
        ),
    )


def names_are_an_empty_tuple_for_none(ssl):
    """subjectAltName is () where the certificate has none."""

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, binary_form=False):
        found = true(self, binary_form)
        if found and not binary_form:
            found.setdefault("subjectAltName", ())
        return found


def revocation_lists_are_missing(ssl):
    """The dictionary has no crlDistributionPoints."""
    changed_certificate(crlDistributionPoints=lambda value: None)


def verified_chain_lacks_the_authority(ssl):
    """get_verified_chain() ends before the authority."""

    @instead_of(ssl.SSLObject)
    def get_verified_chain(true, self):
        return true(self)[:-1]


def unverified_chain_is_the_verified_one(ssl):
    """get_unverified_chain() has the authority that was not sent."""
    ssl.SSLObject.get_unverified_chain = ssl.SSLObject.get_verified_chain


def certificate_leaves_a_file_open(ssl):
    """getpeercert() leaves a file open."""
    kept = []

    @instead_of(ssl.SSLObject)
    def getpeercert(true, self, *args, **kwargs):
        kept.append(open(ssl.__file__, "rb"))
        return true(self, *args, **kwargs)
