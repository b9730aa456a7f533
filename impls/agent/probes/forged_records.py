"""Records that the peer of a connection could have sent and ssl never does: made from its key log.

A key update of TLS 1.3 and a request to renegotiate of TLS 1.2, which no method of ssl sends. All
connections have AES-256 in Galois/counter mode with SHA-384, RFC 5116 and NIST SP 800-38D.
"""

import binascii
import hashlib
import hmac
import struct


class ForgedRecords(object):
    """Probes that write records in the name of one side of a connection."""

    def forger(self, log, label, sequence):
        """A Forger for TLS 1.3 with the secret of that label in a key log.

        `sequence` is how many records that side has sent with it.
        """
        secret = last_in_log(log, label)[1]
        return Forger(secret, sequence)

    def forger_of_requests(self, log, flight):
        """A RequestForger for TLS 1.2, from the key log and the server's first flight."""
        client_random, master = last_in_log(log, "CLIENT_RANDOM")
        server_random = flight[11:43]
        return RequestForger(master, bytes(server_random) + client_random)


class Forger(object):
    """Encrypts records as one side of a connection with TLS 1.3 does, RFC 8446 section 5.2."""

    DATA, HANDSHAKE = 23, 22

    def __init__(self, secret, sequence):
        self.secret, self.sequence = secret, sequence

    def update(self, bio, wanted):
        """Send a KeyUpdate, which wants one in return or does not, and go on with new keys."""
        self.send(bio, self.HANDSHAKE, b"\x18\x00\x00\x01" + (b"\x01" if wanted else b"\x00"))
        self.secret, self.sequence = self.expanded(b"traffic upd", 48), 0

    def send_data(self, bio, data):
        self.send(bio, self.DATA, data)

    def send(self, bio, kind, content):
        content += struct.pack(">B", kind)
        header = struct.pack(">BHH", self.DATA, 0x0303, len(content) + 16)
        number = bytearray(struct.pack(">IQ", 0, self.sequence))
        mask = bytearray(self.expanded(b"iv", 12))
        nonce = bytes(bytearray(a ^ b for a, b in zip(number, mask)))
        self.sequence += 1
        arrive(bio, header + sealed(self.expanded(b"key", 32), nonce, header, content))

    def expanded(self, label, length):
        """HKDF-Expand-Label with an empty context, which one block of SHA-384 is enough for."""
        label = b"tls13 " + label
        info = struct.pack(">HB", length, len(label)) + label + b"\x00\x01"
        return hmac.new(self.secret, info, hashlib.sha384).digest()[:length]


class RequestForger(object):
    """Encrypts one record as the server of a connection with TLS 1.2 does, RFC 5288."""

    def __init__(self, master, randoms):
        seed = b"key expansion" + randoms
        block, part = b"", seed
        while len(block) < 72:
            part = hmac.new(master, part, hashlib.sha384).digest()
            block += hmac.new(master, part + seed, hashlib.sha384).digest()
        self.key, self.salt = block[32:64], block[68:72]

    def send(self, bio):
        """Send a HelloRequest, as the record after the server's Finished."""
        content, number = b"\x00\x00\x00\x00", struct.pack(">Q", 1)
        header = struct.pack(">BH", 22, 0x0303)
        associated = number + header + struct.pack(">H", len(content))
        record = number + sealed(self.key, self.salt + number, associated, content)
        arrive(bio, header + struct.pack(">H", len(record)) + record)


def arrive(carrier, record):
    """Write to a BIO, or send on a socket to its other end."""
    getattr(carrier, "sendall" if hasattr(carrier, "sendall") else "write")(record)


def last_in_log(path, label):
    """The random value and the secret of the last line with that label."""
    with open(path) as stream:
        found = [line.split() for line in stream if line.startswith(label + " ")][-1]
    return tuple(binascii.unhexlify(word) for word in found[1:])


def sealed(key, nonce, associated, content):
    """Content encrypted, and the tag of it and what is associated with it."""
    cipher = Aes(key)
    counter = bytearray(nonce + b"\x00\x00\x00\x01")
    mask = cipher.encrypted(counter)
    encrypted = bytearray()
    for start in range(0, len(content), 16):
        counter[15] += 1  # nothing here is longer than 255 blocks
        stream = cipher.encrypted(counter)
        encrypted += bytearray(a ^ b for a, b in zip(bytearray(content[start:start + 16]), stream))
    subkey = as_number(cipher.encrypted(bytearray(16)))
    tag = 0
    lengths = struct.pack(">QQ", 8 * len(associated), 8 * len(encrypted))
    for block in blocks(associated) + blocks(bytes(encrypted)) + blocks(lengths):
        tag = multiplied(tag ^ as_number(block), subkey)
    tag ^= as_number(mask)
    return bytes(encrypted) + binascii.unhexlify(("%032x" % tag).encode("ascii"))


def blocks(data):
    data += b"\x00" * (-len(data) % 16)
    return [data[start:start + 16] for start in range(0, len(data), 16)]


def as_number(block):
    return int(binascii.hexlify(bytes(block)), 16)


def multiplied(one, other):
    """The product of two blocks in the field of GCM."""
    product = 0
    for bit in range(127, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (0xE1 << 120 if other & 1 else 0)
    return product


class Aes(object):
    """AES with a key of 32 bytes, FIPS 197."""

    ROUNDS = 14

    def __init__(self, key):
        self.box = substitutions()
        words = [bytearray(key[start:start + 4]) for start in range(0, 32, 4)]
        constant = 1
        for position in range(8, 4 * (self.ROUNDS + 1)):
            word = bytearray(words[-1])
            if position % 8 == 0:
                word = bytearray(self.box[each] for each in word[1:] + word[:1])
                word[0] ^= constant
                constant = doubled(constant)
            elif position % 8 == 4:
                word = bytearray(self.box[each] for each in word)
            words.append(bytearray(a ^ b for a, b in zip(word, words[-8])))
        whole = bytearray().join(words)
        self.keys = [whole[start:start + 16] for start in range(0, len(whole), 16)]

    def encrypted(self, block):
        state = bytearray(a ^ b for a, b in zip(block, self.keys[0]))
        for key in self.keys[1:]:
            state = bytearray(self.box[state[(5 * place) % 16]] for place in range(16))
            if key is not self.keys[-1]:
                state = bytearray().join(mixed(state[start:start + 4]) for start in (0, 4, 8, 12))
            state = bytearray(a ^ b for a, b in zip(state, key))
        return state


def mixed(column):
    a, b, c, d = column
    whole = a ^ b ^ c ^ d
    pairs = ((a, b), (b, c), (c, d), (d, a))
    return bytearray(one ^ whole ^ doubled(one ^ other) for one, other in pairs)


def doubled(value):
    """Twice a value in the field of AES."""
    value <<= 1
    return value ^ 0x11B if value & 0x100 else value


def substitutions():
    """The S-box, by the powers of 3 in the field of AES."""
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] ^ doubled(powers[-1]))
    box = [0x63] * 256
    for exponent, value in enumerate(powers):
        inverse = powers[-exponent % 255]
        turned = inverse * 0x101
        box[value] = (turned ^ turned >> 4 ^ turned >> 5 ^ turned >> 6 ^ turned >> 7) & 0xFF ^ 0x63
    return box
