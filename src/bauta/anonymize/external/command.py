"""Any program as an anonymizer: it is run on batches of images or crops, and its pictures are checked."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import cv2

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.external.faces import UNKNOWN, FaceCutter
from bauta.anonymize.external.listed import Pictures
from bauta.anonymize.external.places import Face, Places
from bauta.anonymize.external.program import executable, search_path
from bauta.anonymize.external.running import Limits, call, containing, isolation, own_folder, variables
from bauta.anonymize.external.settings import CommandSetting
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.region import images_of
from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError
from bauta.io.images import read_content
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="command",
    kind="anonymizer",
    implementation="bauta.anonymize.external.command:Command",
    about="Any program, run on batches of pictures in a folder of its own.",
    sees=("images",),
    gpu=True,
    settings="bauta.anonymize.external.settings:CommandSetting",
)

INPUT, OUTPUT = "input", "output"

log = logging.getLogger(__name__)


class Command:
    """Runs a program on the images of each batch.

    The program sees copies of the original files with numbers as names, in a folder that is removed after the
    batch. If it fails on a batch, it is run on each picture alone, so that one picture does not fail others.

    Args:
        setting: The program and its limits.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: CommandSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._places: Places | None = None
        self._cutter: FaceCutter | None = None
        self._prefix: list[str] | None = None

    def locate(self, places: Places) -> None:
        """Receive the faces and images of the dataset."""
        self._places = places
        self._cutter = FaceCutter(self.setting, self.contract, places)

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Note what must be known of the set; faces and seed have no effect."""
        return {"notes": [UNKNOWN]}

    @property
    def first_failure(self) -> str | None:
        """Why the first face that failed did; None if none has."""
        return None if self._cutter is None else self._cutter.first_failure

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Anonymize uint8 (N, size, size, 3) crops or the images that they are from; `seed` has no effect.

        Raises:
            ConfigError: the program is not there, or cannot be kept off the network.
        """
        if self._places is None or self._cutter is None:
            raise ConfigError("command: it was not told where the faces are")
        contents = dict(self._contents(batch, self._places))
        with own_folder() as folder:
            found = self._run(contents, folder)
            return self._cutter.cut(batch, lambda face: _of(found, self._key(face)))

    def _key(self, face: Face) -> str:
        return face.image if self.setting.files == "images" else face.face_id

    def _contents(self, batch: FaceBatch, places: Places) -> Iterator[tuple[str, tuple[bytes, str]]]:
        """Yield the bytes and the suffix of each picture of a batch."""
        for row, face_id in enumerate(batch.face_ids):
            if self.setting.files == "crops":
                _, png = cv2.imencode(".png", images_of(batch)[row][..., ::-1])
                yield face_id, (png.tobytes(), ".png")
            else:
                image = places.faces[face_id].image
                yield image, (read_content(places.root / image), PurePosixPath(image).suffix)

    def _run(self, contents: Mapping[str, tuple[bytes, str]], folder: Path) -> dict[str, Path | str]:
        """The program's picture of each of some pictures, or the reason why there is none."""
        if not self.setting.by_folder:
            return self._each(contents, folder)
        try:
            return self._call(contents, folder / "batch")
        except AnonymizationError as error:
            if len(contents) == 1:
                return dict.fromkeys(contents, str(error))
            log.warning("%s; each of its %d pictures is tried alone", error, len(contents))
        return self._each(contents, folder)

    def _each(self, contents: Mapping[str, tuple[bytes, str]], folder: Path) -> dict[str, Path | str]:
        found: dict[str, Path | str] = {}
        for number, (key, content) in enumerate(contents.items()):
            try:
                found |= self._call({key: content}, folder / f"picture{number}")
            except AnonymizationError as error:
                found[key] = str(error)
        return found

    def _call(self, contents: Mapping[str, tuple[bytes, str]], folder: Path) -> dict[str, Path | str]:
        """Run the program once.

        Raises:
            AnonymizationError: it failed.
        """
        source, target = folder / INPUT, folder / OUTPUT
        source.mkdir(parents=True)
        target.mkdir()
        names = {key: f"{number:06d}{suffix}" for number, (key, (_, suffix)) in enumerate(contents.items())}
        for key, (content, _) in contents.items():
            (source / names[key]).write_bytes(content)
        only = next(iter(names.values()))
        places = {
            "{input_folder}": source,
            "{output_folder}": target,
            "{input}": source / only,
            "{output}": target / only,
        }
        words = [_filled(word, places) for word in self.setting.command]
        call(self._command(words, folder), folder, self._limits, variables(search_path(self.setting), folder))
        beside = "{output" not in self.setting.run
        written = Pictures.listed(source if beside else target, names.values(), self.setting.suffix)
        return {key: _picture(written, name) for key, name in names.items()}

    def _command(self, words: list[str], folder: Path) -> list[str]:
        if self._prefix is None:
            self._prefix = isolation(self._limits)
        if self.setting.apptainer is not None:
            return [*self._prefix, *containing(str(Path(self.setting.apptainer).absolute()), folder), *words]
        return [*self._prefix, str(executable(self.setting)), *map(_whole, words[1:])]

    @property
    def _limits(self) -> Limits:
        setting = self.setting
        return Limits(60 * setting.minutes, int(setting.memory_gb * 2**30), setting.network)


def _filled(word: str, places: Mapping[str, Path]) -> str:
    for name, path in places.items():
        word = word.replace(name, str(path))
    return word


def _whole(word: str) -> str:
    """The path of a file that the command names relative to the project, as the program runs elsewhere."""
    return str(Path(word).absolute()) if Path(word).is_file() else word


def _picture(written: Pictures, name: str) -> Path | str:
    try:
        return written.of(name)
    except DataError:
        return "the program wrote no picture of it, or several"


def _of(found: Mapping[str, Path | str], key: str) -> Path:
    path = found.get(key, "the program was not run on it")
    if isinstance(path, str):
        raise DataError(path)
    return path
