"""Seals: each artifact records its identity, its inputs and a checksum over all of its bytes.

A seal is a JSON object: in the JSON file itself, in the `store.json` of a store, in the card of a folder of
weights, or in the footer of a table. Its `place` is the artifact's path in the working directory. That path
holds the digest of the artifact's key, so an artifact at another path, copied or renamed, is refused. The
checksum is the SHA-256 of the file's own bytes with zeros in place of the checksum itself.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bauta.errors import DataError
from bauta.io.atomic import write_bytes

SEAL = "seal"
BLANK = f"bauta-sha256:{'0' * 64}"
CHECKSUM = re.compile(rb"bauta-sha256:([0-9a-f]{64})")
REMEDY = "delete it and run again"


class SealError(DataError):
    """An artifact is damaged, is not the one that its path names, or was made from other inputs."""


@dataclass(frozen=True)
class Seal:
    """The identity and inputs that an artifact records.

    Attributes:
        digest: Digest of its content.
        made_from: Place → digest of every artifact that it was made from, directly or not.
    """

    digest: str
    made_from: Mapping[str, str]


def place_of(path: Path | str) -> str | None:
    """The path of an artifact relative to the working directory, in which every job runs; None outside it.

    The path to the working directory may contain links. Links inside it are not followed: `cache` may be one.
    """
    path, here = Path(path).absolute(), os.path.realpath(Path.cwd())
    for folder in (*reversed(path.parents), path):
        place = path.relative_to(folder)
        if ".." not in place.parts and os.path.realpath(folder) == here:
            return place.as_posix()
    return None


def new_seal(
    path: Path | str, made_from: Mapping[str, str] | None = None, content: str | None = None
) -> dict[str, Any]:
    """The seal of an artifact that is about to be written, without its checksum yet.

    Args:
        path: Where the artifact will lie.
        made_from: Place → digest of each of its inputs.
        content: Digest of its content, where equal content may have different bytes; by default, the
            checksum.
    """
    seal = {"place": place_of(path), "made_from": dict(made_from or {}), "checksum": BLANK}
    return seal if content is None else {**seal, "content": content}


def fill(content: bytes) -> bytes:
    """The bytes of a file with its checksum filled in.

    Raises:
        SealError: the content holds another seal.
    """
    if len(CHECKSUM.findall(content)) != 1 or BLANK.encode() not in content:
        raise SealError("expected one seal in a file, got several: a name in it looks like one; change it")
    return content.replace(BLANK.encode(), f"bauta-sha256:{hashlib.sha256(content).hexdigest()}".encode())


def check_bytes(content: bytes, path: Path | str) -> str:
    """Compare the bytes of a file with the checksum in them.

    Args:
        content: The whole file.
        path: The artifact that the file is, or belongs to, for the message.

    Returns:
        The checksum.

    Raises:
        SealError: the two differ, or there is no checksum.
    """
    found = CHECKSUM.findall(content)
    if len(found) != 1:
        raise SealError(
            f"{path} is damaged or was made by an older version (expected one seal in it, got {len(found)}): "
            f"{REMEDY}"
        )
    (expected,) = found
    got = hashlib.sha256(content.replace(b"bauta-sha256:" + expected, BLANK.encode())).hexdigest()
    if got != expected.decode():
        raise SealError(
            f"{path} is damaged (expected the SHA-256 {expected.decode()[:12]}…, got {got[:12]}…): {REMEDY}"
        )
    return got


def open_seal(seal: Any, checksum: str, path: Path | str) -> Seal:
    """Parse the seal of an artifact whose bytes have been checked.

    Args:
        seal: The object that `new_seal` made.
        checksum: Checksum of the file that holds it.
        path: Where the artifact lies.

    Raises:
        SealError: the seal belongs to another artifact, or there is none.
    """
    if not isinstance(seal, dict) or not isinstance(seal.get("made_from"), dict) or "place" not in seal:
        raise SealError(f"{path} has no seal: {REMEDY}")
    expected = place_of(path)
    # In a folder that holds the whole project, the path ends with the place.
    if expected is not None and not f"/{expected}".endswith(f"/{seal['place']}"):
        raise SealError(
            f"{path} is not what its path says (expected {expected}, got {seal['place']}): it was copied or "
            f"renamed; {REMEDY}"
        )
    return Seal(seal.get("content", checksum), seal["made_from"])


def sealed_json(values: Mapping[str, Any], seal: Mapping[str, Any]) -> bytes:
    """Encode a JSON object with its seal as the bytes of a file.

    Raises:
        SealError: the content holds another seal.
    """
    text = json.dumps({**values, SEAL: seal}, indent=1, sort_keys=True, ensure_ascii=False)
    # File names need not be UTF-8.
    return fill(f"{text}\n".encode("utf-8", "surrogatepass"))


def write_sealed(
    path: Path | str,
    values: Mapping[str, Any],
    *,
    made_from: Mapping[str, str] | None = None,
    content: str | None = None,
) -> None:
    """Write a JSON object with its seal atomically; the arguments are those of `new_seal`."""
    write_bytes(path, sealed_json(values, new_seal(path, made_from, content)))


def read_sealed(path: Path | str, artifact: Path | str | None = None) -> tuple[dict[str, Any], Seal]:
    """Read the values of a JSON object, without its seal, and the seal.

    Args:
        path: The file.
        artifact: The artifact that the file belongs to, such as a store; by default, the file itself.

    Raises:
        SealError: the file is missing or damaged, or is not the artifact that its path names.
    """
    artifact = path if artifact is None else artifact
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise SealError(f"{artifact} cannot be read ({error.strerror}): {REMEDY}") from error
    checksum = check_bytes(content, artifact)
    try:
        values = json.loads(content)
    except ValueError as error:
        raise SealError(f"{artifact} is not JSON ({error}): {REMEDY}") from error
    if not isinstance(values, dict):
        raise SealError(f"{artifact} is not a JSON object: {REMEDY}")
    return values, open_seal(values.pop(SEAL, None), checksum, artifact)
