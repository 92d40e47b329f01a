"""Damage to what runs leave in the working directory, and what reads it."""

from pathlib import Path

import numpy as np

from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.at_work import HEARTBEATS
from bauta.cache.lineage import sources
from bauta.cache.users import USERS
from bauta.cache.verify import verify_cache
from bauta.datasets.synthfaces_adapter import list_synthfaces
from bauta.errors import BautaError
from bauta.express.card import CARD, TeacherCard
from bauta.frontier.result import Frontier
from bauta.io.fingerprint import folder_fingerprint
from bauta.io.images import read_known_image
from bauta.io.layout import STAMPS
from bauta.io.parquet import read_parquet
from bauta.io.stamps import check_stamp, stamps_in
from bauta.measurement import Measurement
from bauta.store import Store

FOLDERS = ("cache", "results", "data")
MEMORIES = Path("cache/fingerprints")
UNREAD = ("parsing", "key.json")
"""What no job reads: only `verify` looks at it."""
PASSING = {USERS, HEARTBEATS}
"""Folders of what comes and goes: it describes no result, and one that is damaged counts as absent."""


def files():
    found = (path for name in FOLDERS for path in Path(name).rglob("*") if path.is_file())
    return sorted(
        path for path in found if path.name != ".snakemake_timestamp" and not PASSING & {*path.parts}
    )


def artifact_of(path):
    """What `verify` names when a file is damaged."""
    for parent in path.parents:
        if parent.suffix == ".zarr" or (parent / CARD).is_file():
            return parent
        if (parent / "truth.parquet").is_file() and path.name != "key.json":
            return parent / "truth.parquet"
        if parent.name == "images" and parent.parent.parent.parent == Path("cache"):
            return parent.with_name("manifest.parquet")
    if STAMPS in path.parts:
        return path
    return next((stamp for stamp in stamps() if f'/{path.name}"' in stamp.read_text(errors="replace")), path)


def stamps():
    """The stamps of all results except `metrics.json`, which has a seal of its own."""
    return [stamp for run in Path("results").iterdir() for stamp in stamps_in(run)]


def read(path):
    """Use the artifact that a file belongs to, as a job does."""
    artifact = artifact_of(path)
    if artifact.suffix == ".zarr":
        store = Store.open(artifact)
        for name in store.arrays:
            store.read(name)
    elif artifact.name == "truth.parquet":
        list_synthfaces(artifact.parent)
    elif artifact.suffix == ".parquet":
        table = read_parquet(artifact)
        if path.suffix == ".png":
            sha256 = dict(zip(*(table[name].to_pylist() for name in ("path", "fingerprint")), strict=True))
            read_known_image(path, sha256[path.name])
    elif artifact.is_dir():
        (GeneratorCard if artifact.parent.name == "generators" else TeacherCard).read(artifact)
    elif artifact.name == "metrics.json":
        Frontier.read(artifact)
    elif "measurements" in artifact.parts:
        Measurement.read(artifact)
    elif STAMPS in artifact.parts:
        check_stamp(artifact)
    else:
        sources([artifact])


def damage(path, numbers):
    """Flip a bit, or cut the file short."""
    content = bytearray(path.read_bytes())
    if numbers.random() < 0.2:
        del content[numbers.integers(len(content)) :]
    else:
        content[numbers.integers(len(content))] ^= 1 << numbers.integers(8)
    path.write_bytes(content)


def write(contents):
    for path, content in contents.items():
        path.write_bytes(content)


def used_in_silence(path, raw=None):
    """Whether a damaged file is read as if it were intact, or refused in more than one line."""
    if path.parent == MEMORIES:
        # It saves reading the images once more, and no more than that.
        images, memory, fingerprint = raw
        return folder_fingerprint(images, memory) != fingerprint
    if any(part in UNREAD or part.endswith("key.json") for part in path.parts):
        return False
    try:
        read(path)
    except BautaError as error:
        return "\n" in str(error)
    return True


def unnoticed(times, seed, raw=None):
    """Damage files, one of each artifact at a time, and return what nobody noticed.

    `raw` is the folder of raw data, where it is remembered, and its fingerprint.
    """
    numbers = np.random.default_rng(seed)
    everything, left, wrong = files(), times, []
    while left > 0:
        chosen = {}
        for path in numbers.permutation(everything).tolist():
            if len(chosen) < left:
                chosen.setdefault(artifact_of(Path(path)), Path(path))
        intact = {path: path.read_bytes() for path in chosen.values()}
        for path in intact:
            damage(path, numbers)
        named = verify_cache(*map(Path, FOLDERS)).faults
        wrong += [("verify", path) for path in named.keys() ^ chosen.keys()]
        wrong += [(path, text) for path, text in named.items() if "\n" in text]
        damaged = {path: path.read_bytes() for path in intact}
        write(intact)
        for path, content in damaged.items():
            path.write_bytes(content)
            if used_in_silence(path, raw):
                wrong.append(("reader", path))
            path.write_bytes(intact[path])
        left -= len(chosen)
    return wrong
