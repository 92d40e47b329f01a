"""Label spaces: bauta's expressions and parsing classes, and their names in datasets and networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bauta.errors import UnknownNameError

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


@dataclass(frozen=True)
class LabelSpace:
    """The expression classes of a dataset or of a network.

    Attributes:
        name: Name in `LABEL_SPACES`.
        counterparts: Each class, by its authors' name and in their order, with the expression of
            `EXPRESSIONS` that it stands for, or None.
    """

    name: str
    counterparts: Mapping[str, str | None]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in their official order; the position of a class is its code, counted from 0."""
        return tuple(self.counterparts)

    @property
    def knows(self) -> tuple[str, ...]:
        """The expressions that have a class here, in the order of `EXPRESSIONS`."""
        return tuple(name for name in EXPRESSIONS if name in self.counterparts.values())

    @property
    def unknown(self) -> tuple[str, ...]:
        """The expressions that have no class here, in the order of `EXPRESSIONS`."""
        return tuple(name for name in EXPRESSIONS if name not in self.counterparts.values())

    def expression(self, name: str) -> str | None:
        """The expression that a class stands for, or None.

        Raises:
            UnknownNameError: the space has no such class.
        """
        self._check(name)
        return self.counterparts[name]

    def reason(self, name: str) -> str | None:
        """The reason why a class stands for no expression, or None if it stands for one.

        Raises:
            UnknownNameError: the space has no such class.
        """
        self._check(name)
        return None if self.counterparts[name] is not None else WITHOUT_COUNTERPART[name.lower()]

    def _check(self, name: str) -> None:
        if name not in self.counterparts:
            raise UnknownNameError(
                f"unknown class '{name}' of label space '{self.name}': "
                f"expected one of: {', '.join(self.counterparts)}"
            )


WITHOUT_COUNTERPART: Mapping[str, str] = MappingProxyType(
    {
        "contempt": "contempt is none of the seven expressions",
        "unknown": "the annotators could not name the expression",
        "nf": "the annotators saw no face",
        "none": "the annotators saw none of the expressions that they were asked for",
        "uncertain": "the annotators were not certain of the expression",
        "no-face": "the annotators saw no face",
    }
)
"""Why a class, in lower case, has no counterpart in `EXPRESSIONS`."""

_FER2013 = {name: name for name in EXPRESSIONS}
_FERPLUS = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": None,
}
_AFFECTNET7 = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprise",
    "fear": "fear",
    "disgust": "disgust",
    "anger": "angry",
}
_AFFECTNET8 = {**_AFFECTNET7, "contempt": None}
_RAFDB = {
    "surprise": "surprise",
    "fear": "fear",
    "disgust": "disgust",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "neutral": "neutral",
}
_HSEMOTION8 = {
    "Anger": "angry",
    "Contempt": None,
    "Disgust": "disgust",
    "Fear": "fear",
    "Happiness": "happy",
    "Neutral": "neutral",
    "Sadness": "sad",
    "Surprise": "surprise",
}
_CKPLUS = {
    "neutral": "neutral",
    "anger": "angry",
    "contempt": None,
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}
_FACES = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "neutrality": "neutral",
    "sadness": "sad",
}

_COUNTERPARTS: Mapping[str, Mapping[str, str | None]] = {
    "fer2013": _FER2013,
    "ferplus": {**_FERPLUS, "unknown": None, "NF": None},
    "ferplus8": _FERPLUS,
    "affectnet": {**_AFFECTNET8, "none": None, "uncertain": None, "no-face": None},
    "rafdb": _RAFDB,
    "ckplus": _CKPLUS,
    "faces": _FACES,
    "hsemotion8": _HSEMOTION8,
    "hsemotion7": {name: own for name, own in _HSEMOTION8.items() if name != "Contempt"},
    "emonet8": _AFFECTNET8,
    "emonet5": {name: _AFFECTNET7[name] for name in ("neutral", "happy", "sad", "surprise", "anger")},
    "xception": _FER2013,
    "dan7": _RAFDB,
    "dan8": _AFFECTNET8,
    "poster_rafdb": _RAFDB,
    "poster_affectnet7": _AFFECTNET7,
    "poster_affectnet8": _AFFECTNET8,
    "ddamfn_rafdb": _AFFECTNET7,
    "ddamfn_affectnet7": _AFFECTNET7,
    "ddamfn_affectnet8": _AFFECTNET8,
}

LABEL_SPACES: Mapping[str, LabelSpace] = MappingProxyType(
    {
        name: LabelSpace(name, MappingProxyType(dict(counterparts)))
        for name, counterparts in _COUNTERPARTS.items()
    }
)
"""All label spaces by name, the single source of every conversion.

`ferplus` holds the ten columns of the votes and `ferplus8` the eight outputs of the network. The codes in
RAF-DB's files start at 1. The classes of `faces` are in the order of the letters in its file names, a d f h n
s. `dan7` is DAN trained on RAF-DB, `dan8` on AffectNet. DDAMFN++ has AffectNet's order for RAF-DB, too.
"""


def label_space(name: str) -> LabelSpace:
    """A label space by name.

    Raises:
        UnknownNameError: no space has this name.
    """
    if name not in LABEL_SPACES:
        raise UnknownNameError(f"unknown label space '{name}': expected one of: {', '.join(LABEL_SPACES)}")
    return LABEL_SPACES[name]
