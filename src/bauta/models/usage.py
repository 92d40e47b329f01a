"""Which model files an implementation loads; their hashes are part of the keys of what it makes."""

from collections.abc import Mapping

from bauta.models.store import ModelStore

USED_BY: Mapping[str, tuple[str, ...]] = {
    "annotations": (),
    "dlib68": ("dlib_shape_predictor_68",),
    "dlib_hog": ("dlib_shape_predictor_68",),
    "dlib_resnet": ("dlib_face_resnet",),
    "fid": ("inception_fid",),
    "full_frame": (),
    "landmark_hull": (),
    "lpips": ("lpips_alex", "alexnet_imagenet"),
    "mtcnn": ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"),
}
"""Name in a registry → names in `models.yaml`."""


def hashes_used_by(implementation: str, models: ModelStore) -> dict[str, str]:
    """SHA-256 of every model file of an implementation, by model name.

    Raises:
        ModelError: a hash is neither published nor pinned, and the file is not on this machine.
    """
    return {name: models.sha256(name) for name in USED_BY[implementation]}
