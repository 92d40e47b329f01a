"""Which model files an implementation loads; their hashes are part of the keys of what it makes."""

from collections.abc import Mapping

from bauta.models.packaged import model_sha256

USED_BY: Mapping[str, tuple[str, ...]] = {
    "mtcnn": ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"),
    "dlib_hog": ("dlib_shape_predictor_68",),
    "dlib68": ("dlib_shape_predictor_68",),
    "landmark_hull": (),
    "dlib_resnet": ("dlib_face_resnet",),
}
"""Name in a registry → names in `models.yaml`."""


def hashes_used_by(implementation: str) -> dict[str, str]:
    """SHA-256 of every model file of an implementation, by model name."""
    return {name: model_sha256(name) for name in USED_BY[implementation]}
