"""Which model files an implementation loads; their hashes are part of the keys of what it makes."""

from collections.abc import Iterable, Mapping

from bauta.models.store import ModelStore

USED_BY: Mapping[str, tuple[str, ...]] = {
    "adaface_ir101": ("adaface_ir101",),
    "adaface_ir50": ("adaface_ir50",),
    "annotations": (),
    "arcface_glint": ("arcface_glint",),
    "arcface_mbf": ("arcface_mbf",),
    "arcface_r50": ("arcface_r50",),
    "big_xception": ("fer2013_big_xception",),
    "bisenet": ("bisenet",),
    "buffalo_l": ("det_10g",),
    "buffalo_m": ("det_2_5g",),
    "buffalo_s": ("det_500m",),
    "cgan": ("cgan",),
    "ciagan": ("ciagan",),
    "dan7": ("dan7",),
    "dan8": ("dan8",),
    "deepprivacy": ("deepprivacy",),
    "deepprivacy2": ("deepprivacy2_fdf256", "deepprivacy2_fdf128"),
    "dlib68": ("dlib_shape_predictor_68",),
    "dlib_hog": ("dlib_shape_predictor_68",),
    "dlib_resnet": ("dlib_face_resnet",),
    "emonet5": ("emonet5",),
    "emonet8": ("emonet8",),
    "facenet_casia": ("facenet_casia",),
    "facenet_vggface2": ("facenet_vggface2",),
    "facer_retinaface": ("facer_retinaface",),
    "farl_celebm": ("farl_celebm",),
    "farl_lapa": ("farl_lapa",),
    "ferplus": ("ferplus",),
    "fid": ("inception_fid",),
    "full_frame": (),
    "ganonymization": ("ganonymization_25", "ganonymization_50"),
    "head_segmentation": ("head_segmentation",),
    "hsemotion_b0": ("hsemotion_b0",),
    "hsemotion_b0_afew": ("hsemotion_b0_afew",),
    "hsemotion_b2": ("hsemotion_b2",),
    "hsemotion_b2_7": ("hsemotion_b2_7",),
    "insight106": ("insight_2d106",),
    "insight68_3d": ("insight_1k3d68",),
    "landmark_hull": (),
    "light_unet": ("light_unet",),
    "lpips": ("lpips_alex", "alexnet_imagenet"),
    "mediapipe478": ("mediapipe_face_landmarker",),
    "mediapipe_face": ("mediapipe_face_short_range",),
    "mini_xception": ("fer2013_mini_xception",),
    "mobilefacenet": ("mobilefacenet",),
    "mobilefacenet_casia": ("mobilefacenet_casia",),
    "mtcnn": ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet"),
    "resnet18_fer2013": ("resnet18_fer2013",),
    "retina_face": ("retina_face",),
    "retinaface_mobilenet": ("retinaface_mobilenet",),
    "scrfd_2_5g": ("scrfd_2_5g",),
    "scrfd_500m": ("scrfd_500m",),
    "yunet": ("yunet",),
}
"""Name in a registry → names in `models.yaml`; an anonymizer's setting says which of its files it loads."""


UNPINNED = "unpinned"


def hashes_used_by(implementation: str, models: ModelStore) -> dict[str, str]:
    """SHA-256 of every model file of an implementation, by its name; `UNPINNED` where not known yet."""
    return hashes_of(USED_BY[implementation], models)


def hashes_of(names: Iterable[str], models: ModelStore) -> dict[str, str]:
    """SHA-256 of model files by their names; `UNPINNED` where not known yet."""
    return {name: models.sha256(name) or UNPINNED for name in names}
