"""Blendshapes, gaze, landmarks, pose and openings by MediaPipe's face mesh."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.landmarks.mediapipe478 import MediaPipe478
from bauta.landmarks.to_ibug import to_ibug
from bauta.models.store import ModelStore
from bauta.preserve.gaze import gaze_angles
from bauta.preserve.head_pose import head_poses
from bauta.preserve.openings import openings
from bauta.preserve.quantities import pack
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="mediapipe478",
    kind="estimator",
    implementation="bauta.preserve.mediapipe478:MediaPipeEstimator",
    about="52 blendshapes, gaze, 68 landmarks, head pose, openings of eyes and mouth.",
    files=("mediapipe_face_landmarker",),
    source="Kartynnik et al., CVPRW 2019",
)


class MediaPipeEstimator:
    """MediaPipe's mesh where its own detector finds a face in the crop; close it, see `MediaPipe478`.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not a FaceLandmarker bundle.
    """

    quantities = ("landmarks", "pose", "openings", "gaze", "blendshapes")

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        self._contract = contract
        self._landmarker = MediaPipe478(contract, models)
        self.close = self._landmarker.close

    def estimate(self, crops: Images) -> Floats:
        """Estimate the quantities in uint8 (N, size, size, 3) RGB crops: float32 (N, 195), NaN if no face.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        points, shapes = self._landmarker.locate_with_blendshapes(crops)
        return self.estimate_from(crops, {"points": points, "blendshapes": shapes})

    def estimate_from(self, crops: Images, landmarks: Mapping[str, Floats]) -> Floats:
        """Estimate them from the `points` float32 (N, 478, 2) and `blendshapes` float32 (N, 52) located."""
        del crops
        mesh = landmarks["points"]
        points = to_ibug(mesh)
        poses = head_poses(points, self._contract.size)
        values: dict[str, NDArray[np.floating]] = {
            "landmarks": points,
            "pose": poses,
            "openings": openings(points),
            "gaze": gaze_angles(mesh, poses),
            "blendshapes": landmarks["blendshapes"],
        }
        return pack(self.quantities, values)
