"""Landmarks, pose and openings by dlib's 68 points, which need no file that the default run does not have."""

from collections.abc import Mapping

import numpy as np

from bauta.contract import CropContract
from bauta.inference.face_view import check_crops
from bauta.landmarks.dlib68 import Dlib68
from bauta.models.store import ModelStore
from bauta.preserve.head_pose import head_poses
from bauta.preserve.openings import openings
from bauta.preserve.presence import FacePresence
from bauta.preserve.quantities import pack
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="dlib68",
    kind="estimator",
    implementation="bauta.preserve.dlib68:Dlib68Estimator",
    about="68 landmarks, head pose, openings of eyes and mouth.",
    files=("dlib_shape_predictor_68",),
    source="Kazemi and Sullivan, CVPR 2014; presence of a face: King, arXiv:1502.00046",
)


class Dlib68Estimator:
    """dlib's landmarks on the crop's own frame, where dlib's detector finds a face there.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the weights.

    Raises:
        ModelError: the predictor's file is missing or is not the expected one.
    """

    quantities = ("landmarks", "pose", "openings")

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._contract = contract
        self._landmarker = Dlib68(contract, models)
        self._presence = FacePresence(contract)

    def estimate(self, crops: Images) -> Floats:
        """Estimate the quantities in uint8 (N, size, size, 3) RGB crops: float32 (N, 141), NaN if no face.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        check_crops(crops, self._contract)
        return self.estimate_from(crops, {"points": self._landmarker.locate(crops)})

    def estimate_from(self, crops: Images, landmarks: Mapping[str, Floats]) -> Floats:
        """Estimate them from the `points` float32 (N, 68, 2) that dlib's landmarker has located."""
        points = landmarks["points"].copy()
        points[~self._presence.of(crops)] = np.nan
        poses = head_poses(points, self._contract.size)
        return pack(self.quantities, {"landmarks": points, "pose": poses, "openings": openings(points)})
