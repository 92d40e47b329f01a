"""Where the faces of a set lie in the images of their dataset, for anonymizers that are other programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.detect import DETECTORS
from bauta.errors import ConfigError
from bauta.io.fingerprint import check_unchanged
from bauta.io.tables import ALIGNMENT, MANIFEST, read_table
from bauta.models.store import ModelStore
from bauta.protocols import Detector


@dataclass(frozen=True)
class Face:
    """Where one face lies.

    Attributes:
        face_id: Its id; `image_id#1` for one of several faces of an image.
        image: Path of the image, relative to the folder of the dataset.
        sha256: SHA-256 of the image when it was listed; None if it was not computed.
        matrix: float64 (2, 3), the similarity from pixels of the upright image to those of the crop.
    """

    face_id: str
    image: str
    sha256: str | None
    matrix: NDArray[np.float64]

    @property
    def number(self) -> str:
        """The end of the id of one of several faces, such as `#1`; otherwise empty."""
        _, mark, number = self.face_id.rpartition("#")
        return f"#{number}" if mark and number.isdecimal() else ""


@dataclass(frozen=True)
class Places:
    """The faces of a dataset that have a crop, and its images.

    Attributes:
        faces: By the ids of the faces.
        images: Paths of all images of the dataset, relative to `root`.
        root: Folder of the images.
        folder: Folder of the pictures that another program made of them; None if it makes them now.
        detector: Finds faces in anonymized images, where the setting asks for it.
    """

    faces: Mapping[str, Face]
    images: Sequence[str]
    root: Path
    folder: Path | None = None
    detector: Detector | None = field(default=None, compare=False)


@runtime_checkable
class WholeImageAnonymizer(Protocol):
    """An anonymizer whose pictures another program makes from images, of which it must know the faces."""

    @property
    def first_failure(self) -> str | None:
        """Why the first face that failed did; None if none has."""
        ...

    def locate(self, places: Places) -> None:
        """Receive the faces and images, before anything is anonymized."""
        ...


def locate(
    backend: object,
    config: Mapping[str, Any],
    whole: Sequence[str],
    alignment: str,
    models: ModelStore,
) -> None:
    """Tell an anonymizer that works on whole images where the faces are; others need not know.

    Args:
        backend: The anonymizer.
        config: The parameters of the job; `whole` has the folders, and the fingerprint of the anonymized one.
        whole: The job's inputs for such anonymizers, of which the first is the manifest.
        alignment: The alignment.
        models: Where the files of the detector are.

    Raises:
        ConfigError: the manifest is missing among the inputs, or the detector does not look at pictures.
        DataError: the folder of anonymized pictures has changed since the run was planned.
    """
    if not isinstance(backend, WholeImageAnonymizer):
        return
    if not whole:
        raise ConfigError("expected the manifest as an input of an anonymizer of whole images, got none")
    about, folder = config["whole"], None
    if about["folder"] is not None:
        folder = Path(about["folder"])
        check_unchanged(folder, about["fingerprint"])
    detector = None
    if config["options"].get("geometry") == "detected":
        detector = DETECTORS.load(config["crop"]["detector"])(models)
    if detector is not None and not hasattr(detector, "detect"):
        raise ConfigError(
            "geometry: detected: the detector of this dataset only knows the faces of the originals; name "
            "one that looks at pictures, such as detector: mtcnn"
        )
    manifest = read_table(Path(whole[0]), MANIFEST)
    images = {
        row["image_id"]: row for row in manifest.select(["image_id", "path", "fingerprint"]).to_pylist()
    }
    faces = {}
    for row in read_table(Path(alignment), ALIGNMENT).to_pylist():
        if row["status"] == Status.OK:
            image = images[row["image_id"]]
            matrix = np.array(row["matrix"], dtype=np.float64).reshape(2, 3)
            faces[row["face_id"]] = Face(row["face_id"], image["path"], image["fingerprint"], matrix)
    backend.locate(
        Places(faces, [row["path"] for row in images.values()], Path(about["images"]), folder, detector)
    )
