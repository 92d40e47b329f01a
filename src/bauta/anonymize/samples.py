"""A few rendered faces with all fields that an anonymizer can see, for trying out a backend."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from bauta.alignment.align import apply_affine, fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.visible import visible_to
from bauta.contract import CropContract, Status
from bauta.datasets.synthfaces.expression import schedule
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import render_image
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.ibug import five_points
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, Anonymizer, FaceBatch, Images

SEED = 0
SUBJECTS = 4
IMAGES = 2


@dataclass(frozen=True)
class Sheet:
    """The output of a backend for some faces.

    Attributes:
        faces: The originals.
        result: Their anonymized versions.
    """

    faces: FaceBatch
    result: AnonymizedBatch

    @property
    def anonymized(self) -> int:
        """Number of faces that are ok."""
        return int((self.result.status == Status.OK.code).sum())

    def picture(self) -> Images:
        """Draw the originals above the results: uint8 RGB."""
        originals = self.faces.images if self.faces.images is not None else self.result.images
        return np.concatenate([np.concatenate(list(row), axis=1) for row in (originals, self.result.images)])

    def write(self, path: str) -> None:
        """Write the sheet as a PNG."""
        cv2.imwrite(path, cv2.cvtColor(self.picture(), cv2.COLOR_RGB2BGR))


def rendered_faces(contract: CropContract, subjects: int = SUBJECTS, images: int = IMAGES) -> FaceBatch:
    """Render crops of synthfaces, aligned by the points that they were rendered with."""
    crops, points, ids, people, expressions = [], [], [], [], []
    for subject in range(subjects):
        identity = sample_identity(SEED, subject)
        order = np.random.default_rng((SEED, subject))
        for index, (expression, intensity) in enumerate(schedule(order, images)):
            face = render_image(identity, SEED, index, expression, intensity)
            matrix = fit_similarity(five_points(face.points), contract.template())
            crops.append(warp_crop(face.image, matrix, contract.size))
            points.append(apply_affine(matrix, face.points))
            ids.append(f"s{subject:04d}/{index}")
            people.append(f"s{subject:04d}")
            expressions.append(expression)
    return FaceBatch(
        face_ids=ids,
        images=np.stack(crops),
        landmarks=np.stack(points).astype(np.float32),
        subjects=people,
        labels=expressions,
    )


def try_backend(backend: Anonymizer, contract: CropContract, models: ModelStore) -> Sheet:
    """Anonymize rendered faces.

    Raises:
        ModelError: the backend sees the face mesh, and MediaPipe's model is not available.
    """
    faces = rendered_faces(contract)
    if "mesh" in backend.sees and faces.images is not None:
        with LANDMARKERS.load("mediapipe478")(contract, models) as landmarker:
            faces = replace(faces, mesh=landmarker.locate(faces.images))
    return Sheet(faces, backend.anonymize(visible_to(backend, faces), seed=SEED))
