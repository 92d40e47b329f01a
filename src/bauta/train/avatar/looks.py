"""Who is averaged into each look: people of one sex and a range of skin tones, and men whose hair is grey.

No dataset of photographs that bauta reads says who looks how. A direction in the space of a recognizer's
embeddings tells the sexes apart; it is learnt on those whose given name is common for one of them. Skin tone
is measured on the cheeks, and light hair above the forehead stands for age. They choose whom to average,
and nothing of them is stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bauta.errors import InfeasibleError
from bauta.landmarks.ibug import NOSE_BASE
from bauta.protocols import Floats, Images

WOMEN = frozenset({
    "Alicia", "Amanda", "Amy", "Ana", "Andrea", "Angela", "Ann", "Anna", "Anne", "Barbara", "Betty",
    "Carol", "Carolina", "Catherine", "Christina", "Christine", "Cindy", "Cynthia", "Deborah", "Diana",
    "Diane", "Donna", "Elizabeth", "Emily", "Emma", "Eva", "Gloria", "Helen", "Jane", "Janet",
    "Jennifer", "Jessica", "Joan", "Judith", "Judy", "Julia", "Julie", "Karen", "Kate", "Katie", "Kim",
    "Kimberly", "Laura", "Linda", "Lisa", "Margaret", "Maria", "Martha", "Mary", "Melissa", "Michelle",
    "Monica", "Nancy", "Natalie", "Nicole", "Patricia", "Paula", "Rachel", "Rebecca", "Sally",
    "Sandra", "Sara", "Sarah", "Sharon", "Stephanie", "Susan", "Teresa", "Vanessa", "Victoria",
    "Virginia",
})  # fmt: skip
MEN = frozenset({
    "Andrew", "Anthony", "Antonio", "Bill", "Bob", "Brian", "Carlos", "Charles", "Christopher",
    "Daniel", "David", "Donald", "Edward", "Eric", "Frank", "Gary", "George", "Jack", "James", "Jason",
    "Jeff", "Jim", "John", "Jonathan", "Jose", "Joseph", "Joshua", "Juan", "Kenneth", "Kevin", "Larry",
    "Luis", "Mark", "Martin", "Matthew", "Michael", "Mike", "Nicholas", "Paul", "Peter", "Richard",
    "Robert", "Ronald", "Ryan", "Scott", "Stephen", "Steve", "Steven", "Thomas", "Tim", "Timothy",
    "Tom", "Tony", "William",
})  # fmt: skip
"""Given names that are common for one sex in the United States (Social Security Administration)."""

SURE = 0.8
"""Estimated probability of a sex from which someone is averaged into a look of it."""

TONES: Mapping[str, float] = {"dark": 0.0, "medium": 0.45, "light": 0.82}
"""Name of a tone → where its people stand in the order from dark to light, 0 to 1."""

HAIRLINE = 1.15
"""How far above the brows hair is looked for, as a multiple of the distance from nose base to brows."""

CHEEK = 0.02
"""Half the side of a patch on the cheek, in sides of the crop."""


@dataclass(frozen=True)
class Portraits:
    """One picture each of different people.

    Attributes:
        rows: Which picture, intp (P,).
        subjects: Who it is.
        embeddings: float32 (P, D).
        tones: Lightness of the cheeks, float64 (P,).
        hair: Lightness of the hair as a multiple of that of the cheeks, float64 (P,).
    """

    rows: NDArray[np.intp]
    subjects: Sequence[str]
    embeddings: Floats
    tones: NDArray[np.float64]
    hair: NDArray[np.float64]


def people_of_looks(portraits: Portraits, people: int) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield each look's name and the rows of its people.

    Args:
        portraits: Whom to choose from.
        people: How many people are averaged into a look.

    Raises:
        InfeasibleError: there are too few people of a sex, or whose names tell it.
    """
    given = [subject.replace("_", " ").split(" ")[0] for subject in portraits.subjects]
    named = np.array([1 if name in WOMEN else 0 if name in MEN else -1 for name in given])
    known = named >= 0
    if min((named == 0).sum(), (named == 1).sum()) < 2:
        raise InfeasibleError(
            "avatar: expected photographs of people with given names, as in LFW, to tell women from men; got "
            f"{known.sum()} known names among {len(given)} people"
        )
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    women = model.fit(portraits.embeddings[known], named[known]).predict_proba(portraits.embeddings)[:, 1]
    for sex, chosen in (("woman", women > SURE), ("man", women < 1 - SURE)):
        among = np.flatnonzero(chosen)
        if len(among) < people:
            raise InfeasibleError(f"avatar: expected {people} people for a {sex}'s look, got {len(among)}")
        ordered = among[np.argsort(portraits.tones[among], kind="stable")]
        for tone, place in TONES.items():
            start = min(int(place * len(ordered)), len(ordered) - people)
            yield f"{sex}_{tone}", portraits.rows[ordered[start : start + people]]
    men = np.flatnonzero(women < 1 - SURE)
    yield "man_grey", portraits.rows[men[np.argsort(-portraits.hair[men], kind="stable")][:people]]


def skin_tone(image: Images, landmarks: Floats) -> float:
    """Mean lightness (L of CIELAB, 0 to 255) of both cheeks of a crop uint8 (size, size, 3)."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0]
    half = round(CHEEK * len(image))
    patches = []
    for eye, mouth in ((36, 48), (45, 54)):
        x, y = ((landmarks[eye] + landmarks[mouth]) / 2).astype(int)
        patches.append(light[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1].mean())
    return float(np.mean(patches))


def hair_lightness(image: Images, landmarks: Floats) -> float:
    """Mean lightness where the hair is above the middle of the forehead, as in `skin_tone`."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0]
    brows = landmarks[17:27].mean(axis=0)
    x, y = brows + (brows - landmarks[NOSE_BASE]) * HAIRLINE
    half, wide = round(CHEEK * len(image)), round(4 * CHEEK * len(image))
    y = min(max(int(y), half), len(image) - half - 1)
    return float(light[y - half : y + half + 1, max(int(x) - wide, 0) : int(x) + wide].mean())
