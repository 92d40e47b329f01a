"""What an anonymizer may see of a crop: landmarks, MediaPipe's mesh, the parsing, a teacher's reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from bauta.anonymize.settings import teachers_in
from bauta.apply.chosen import ChosenSetting
from bauta.express import TEACHERS
from bauta.express.common_space import to_expressions
from bauta.labels import LABEL_SPACES
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.to_ibug import to_ibug
from bauta.models.store import ModelStore
from bauta.parse import PARSERS
from bauta.protocols import BlendshapeLandmarker, ExpressionTeacher, Floats, Images, Landmarker, Parser

MESH = "mediapipe478"
"""The landmarker that places the face mesh and reads the blendshapes."""


@dataclass(frozen=True)
class Conditions:
    """The models that look at crops before an anonymizer does.

    Attributes:
        landmarker: Places the landmarks, which every face needs: its region is drawn around them.
        mesher: Places the face mesh; None if the anonymizer does not see it.
        parser: Labels the pixels; likewise.
        teacher: Reads the expression; likewise.
    """

    landmarker: Landmarker
    mesher: BlendshapeLandmarker | None
    parser: Parser | None
    teacher: ExpressionTeacher | None = None

    @classmethod
    def open(cls, sees: frozenset[str], setting: ChosenSetting, models: ModelStore) -> Self:
        """Load the models for an anonymizer that declares to see these fields.

        Raises:
            ModelError: a file is missing or is not the expected one.
            MissingPackageError: a model's package is not installed.
        """
        landmarker = LANDMARKERS.load(setting.landmarker)(setting.contract, models)
        mesher = None
        if sees & {"mesh", "blendshapes"}:
            same = setting.landmarker == MESH
            mesher = landmarker if same else LANDMARKERS.load(MESH)(setting.contract, models)
        parser = PARSERS.load(setting.parser)(setting.contract, models) if "parsing" in sees else None
        readers = [TEACHERS.load(name)(setting.contract, models) for name in teachers_in(sees)]
        return cls(landmarker, mesher, parser, *readers)

    def of(self, crops: Images) -> tuple[Floats, Mapping[str, Any]]:
        """Look at uint8 (N, size, size, 3) crops.

        Returns:
            The iBUG landmarks float32 (N, 68, 2) in crop pixels, NaN for a face without; and the further
            fields of a `FaceBatch`.
        """
        points = to_ibug(self.landmarker.locate(crops)[..., :2])
        fields: dict[str, Any] = {}
        if self.mesher is not None:
            mesh, fields["blendshapes"] = self.mesher.locate_with_blendshapes(crops)
            fields["mesh"] = mesh[..., :2]
        if self.parser is not None:
            known = np.isfinite(points).all(axis=(1, 2))
            parsing = np.zeros(crops.shape[:3], dtype=np.uint8)
            rows = np.flatnonzero(known | (not self.parser.needs_landmarks))
            if len(rows):
                parsing[rows] = self.parser.parse(crops[rows], points[rows])
            fields["parsing"] = parsing
        if self.teacher is not None:
            read = self.teacher.predict(crops)
            fields["posteriors"] = to_expressions(read, LABEL_SPACES[self.teacher.space])
        return points, fields
