"""Headers of sound without its comments."""

import struct

PACKETS = 3
"""Headers of Vorbis: identification, comments, setup."""

COMMENTS = b"\x03vorbis"


def without_comments(headers: bytes) -> bytes:
    """Headers of Vorbis as Matroska keeps them, with no comment: these are title, artist, place and more.

    Args:
        headers: The number of packets less one, the sizes of all but the last, and the packets (Xiph lacing).

    Raises:
        ValueError: they are malformed.
    """
    if not headers or headers[0] != PACKETS - 1:
        raise ValueError("malformed headers of Vorbis")
    sizes, at = [], 1
    for _ in range(PACKETS - 1):
        size = 0
        while headers[at : at + 1] == b"\xff":
            size, at = size + 255, at + 1
        if at >= len(headers):
            raise ValueError("malformed headers of Vorbis")
        sizes.append(size + headers[at])
        at += 1
    first, second = at + sizes[0], at + sum(sizes)
    if second >= len(headers) or not headers[first:second].startswith(COMMENTS):
        raise ValueError("malformed headers of Vorbis")
    empty = COMMENTS + struct.pack("<II", 0, 0) + b"\x01"
    laced = b"\xff" * (sizes[0] // 255) + bytes([sizes[0] % 255, len(empty)])
    return headers[:1] + laced + headers[at:first] + empty + headers[second:]
