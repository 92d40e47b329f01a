"""Colour profiles without their texts: what tells colours passes, and nothing else does.

A profile may hold the name of a person or a camera, a date, a private tag with anything in it (also a small
copy of the photograph), and bytes that no tag names.
"""

import struct

HEADER, ENTRY = 128, 12
"""Bytes of the header, and of an entry of the table of tags (ICC.1:2022, 7.2 and 7.3)."""

MOST_TAGS = 100

COLOUR_TAGS = frozenset(
    name.encode()
    for name in (
        *("rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "kTRC", "wtpt", "bkpt", "chad", "cicp"),
        *("A2B0", "A2B1", "A2B2", "B2A0", "B2A1", "B2A2", "D2B0", "D2B1", "D2B2", "D2B3"),
        *("B2D0", "B2D1", "B2D2", "B2D3"),
    )
)
"""Tags that transform colours."""

XYZ = frozenset({b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt", b"bkpt"})
"""Tags with one colour, of 20 bytes."""

NAME = "bauta"
"""Description and copyright that each profile must have."""

DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


def colours_only(profile: bytes) -> bytes | None:
    """A profile that tells the same colours, without texts, dates, devices and private tags.

    Args:
        profile: An ICC profile of version 2 or 4.

    Returns:
        The profile, or None if it is malformed.
    """
    if len(profile) < HEADER + 4:
        return None
    (count,) = struct.unpack_from(">I", profile, HEADER)
    if not 0 < count <= MOST_TAGS or len(profile) < HEADER + 4 + ENTRY * count:
        return None
    tags: dict[bytes, bytes] = {}
    for number in range(count):
        name, start, size = struct.unpack_from(">4sII", profile, HEADER + 4 + ENTRY * number)
        if name in COLOUR_TAGS:
            content = profile[start : start + size]
            if len(content) != size or size < 8:
                return None
            tags[name] = content[:20] if name in XYZ else content
    if not tags:
        return None
    text = _text if profile[8] >= 4 else _description
    tags |= {b"desc": text(NAME), b"cprt": _text(NAME) if profile[8] >= 4 else b"text\0\0\0\0bauta\0"}
    return _joined(_header(profile), tags)


def _header(profile: bytes) -> bytes:
    """The header without program, date, device, creator, and digest."""
    kept = bytearray(profile[:HEADER])
    kept[4:8] = bytes(4)
    kept[24:36] = DATE
    kept[40:44] = bytes(4)
    kept[48:64] = bytes(16)
    kept[80:] = bytes(HEADER - 80)
    return bytes(kept)


def _joined(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of tags; those of the same content share it, as the curves of many profiles do."""
    start = HEADER + 4 + ENTRY * len(tags)
    places: dict[bytes, int] = {}
    body, table = bytearray(), bytearray()
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    whole = header[4:] + struct.pack(">I", len(tags)) + bytes(table) + bytes(body)
    return struct.pack(">I", len(whole) + 4) + whole


def _text(words: str) -> bytes:
    """A text as version 4 writes it, in English (ICC.1:2022, 10.15)."""
    content = words.encode("utf-16-be")
    return struct.pack(">4sIII4sII", b"mluc", 0, 1, 12, b"enUS", len(content), 28) + content


def _description(words: str) -> bytes:
    """A description as version 2 writes it (ICC.1:2001-04, 6.5.17)."""
    content = words.encode() + b"\0"
    return struct.pack(">4sII", b"desc", 0, len(content)) + content + bytes(78)
