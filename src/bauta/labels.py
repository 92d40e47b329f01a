"""Label spaces: the expressions of FER-2013 and the parsing classes of CelebAMask-HQ."""

EXPRESSIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER-2013's seven classes in the order of its CSV (0 angry … 6 neutral)."""

PARSING_CLASSES: tuple[str, ...] = (
    "background",
    "skin",
    "l_brow",
    "r_brow",
    "l_eye",
    "r_eye",
    "eye_g",
    "l_ear",
    "r_ear",
    "ear_r",
    "nose",
    "mouth",
    "u_lip",
    "l_lip",
    "neck",
    "neck_l",
    "cloth",
    "hair",
    "hat",
)
"""CelebAMask-HQ's 19 classes in the order that BiSeNet uses; `l_` is the left side of the image."""
