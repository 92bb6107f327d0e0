"""DER, written (X.690)."""

from edi_gateway.syntax.der import header


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return header(tag, len(content)) + content


def sequence(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def set_of(*contents: bytes) -> bytes:
    return tlv(0x31, *contents)


def octet_string(content: bytes) -> bytes:
    return tlv(0x04, content)


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return tlv(0x06, bytes(octets))


def algorithm(dotted: str, *parameters: bytes) -> bytes:
    return sequence(oid(dotted), *parameters)
