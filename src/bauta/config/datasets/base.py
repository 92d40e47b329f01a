"""The common part of all datasets: the images that are used, the split, and the supported measurements."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bauta.config.section import InRegistry, Place, Section
from bauta.datasets.expression_words import normal, stated
from bauta.detect import DETECTORS
from bauta.io.walk import Links

Part = Literal["train", "dev", "test"]


class Splits(Section):
    """Subject-disjoint partitions; subjects in neither train nor dev are scored."""

    train: float = Field(0.0, ge=0, lt=1, description="share of the subjects that teachers are trained on")
    dev: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the subjects that calibrates teachers and thresholds; with official, a share "
        "of the official training part",
    )
    enrol: float = Field(0.5, gt=0, lt=1, description="share of a scored subject's images in the gallery")
    official: bool = Field(False, description="use the dataset's own split")
    score: Literal["dev", "test", "nothing"] = Field(
        "test",
        description="official part that is scored; with dev, the official test part is unused; nothing is "
        "for datasets that only train a pooled teacher or lend their people",
    )
    scored_per_subject: int | None = Field(
        None,
        ge=2,
        description="score at most this many images of a subject, drawn with the seed; null scores all. For "
        "datasets in which a few people have most of the images",
    )
    fewest_per_subject: int | None = Field(
        None,
        ge=2,
        description="people with fewer images than this are in train, whatever its share, and train and dev "
        "are shares of the others; null draws from all. For datasets in which most people have one image",
    )

    @model_validator(mode="after")
    def _leave_somebody_to_score(self) -> Self:
        if self.train + self.dev >= 1:
            raise ValueError(f"train + dev must leave subjects to score, got {self.train} + {self.dev} ≥ 1")
        return self

    @model_validator(mode="after")
    def _draw_or_follow(self) -> Self:
        if self.official and self.train > 0:
            raise ValueError(
                f"the official split defines the training part; leave train out, got {self.train}"
            )
        if not self.official and self.score != "test":
            raise ValueError(f"score: {self.score} belongs to the official split; add official: true")
        if self.official and self.fewest_per_subject is not None:
            raise ValueError(
                "fewest_per_subject: the official split says who is scored; leave one of them out"
            )
        return self


class BaseDataset(Section):
    """The keys that every dataset has, and the measurements that it supports.

    Attributes:
        subjects_are_clips: Whether the subject of an image is the clip of a video that it is a frame of: no
            split separates its frames, and intervals are resampled over clips, but nobody is identified.
        pair_format: Format of `pair_files`, a name in `attack.pair_files.READERS`.
    """

    official_parts: ClassVar[tuple[Part, ...]] = ()
    has_labels: ClassVar[bool] = False
    has_attributes: ClassVar[bool] = False
    without_identities: ClassVar[str | None] = None
    writes_images: ClassVar[bool] = False
    subjects_are_clips: ClassVar[bool] = False
    pair_format: ClassVar[str] = "lfw"

    adapter: str
    faces: Literal["largest", "central", "all"] = Field(
        "largest", description="which faces of an image are used"
    )
    detector: Annotated[str, InRegistry(DETECTORS)] | None = Field(
        None, description="detector of this dataset; null uses that of crop"
    )
    splits: Splits = Splits()
    deca: Place | None = Field(
        None, description="folder of the codes that your own DECA wrote of its images, for conditions: flame"
    )
    contact_sheet: bool = Field(False, description="draw these people's faces; requires their consent")
    push_crops: bool = Field(
        False, description="let `dvc push` send the crops, which show these people; requires their consent"
    )

    @property
    def labelled(self) -> bool:
        """Whether images have an expression label."""
        return self.has_labels

    @property
    def attributed(self) -> bool:
        """Whether attributes of people, such as their age, are known."""
        return self.has_attributes

    @property
    def identities(self) -> str | None:
        """The reason why the dataset has no identities; None if it has them."""
        return self.without_identities

    @property
    def pair_files(self) -> tuple[Path, ...]:
        """Files that name pairs of images to verify, in `pair_format`; empty if there are none."""
        return ()

    @property
    def used_parts(self) -> tuple[Part, ...]:
        """The parts of the official split that are used."""
        return self.official_parts

    @property
    def unlendable(self) -> str | None:
        """The reason why it has nobody for the attackers of other datasets; None if it has."""
        splits = self.splits
        if self.identities is not None:
            return self.identities
        if splits.official:
            learns = "train" in self.used_parts
            chooses = splits.dev > 0 or ("dev" in self.used_parts and splits.score != "dev")
        else:
            learns, chooses = splits.train > 0 or splits.fewest_per_subject is not None, splits.dev > 0
        if learns and chooses:
            return None
        lacking = " and ".join(name for name, found in (("train", learns), ("dev", chooses)) if not found)
        use_train = splits.official and not learns
        return (
            "expected people in train to learn on and in dev to choose on, none of whom is scored, got none "
            f"in {lacking}; {'use the official part train' if use_train else 'give each a share in splits'}"
        )

    @property
    def untrainable(self) -> str | None:
        """The reason why no teacher can be trained on the dataset; None if one can."""
        if not self.labelled:
            return "it has no expression labels"
        if not self.splits.official and not (self.splits.train > 0 and self.splits.dev > 0):
            return (
                "splits.train and splits.dev must be above 0: a teacher is trained and calibrated on people "
                "who are not scored"
            )
        return None

    @property
    def untrainable_generator(self) -> str | None:
        """The reason why no generator can be trained on the dataset; None if one can."""
        if self.splits.official:
            dev = self.splits.dev > 0 or self.splits.score != "dev"
            return None if dev else "nothing is left to evaluate it on; give splits.dev a share"
        if not (self.splits.train > 0 and self.splits.dev > 0):
            return "splits.train and splits.dev must be above 0: it learns from people who are not scored"
        return None

    def listing(self, seed: int) -> dict[str, Any]:
        """The arguments of `datasets.listing.list_dataset`; part of the key of the manifest."""
        del seed  # nothing is drawn
        return {"adapter": self.adapter, "options": {}}

    def attributes_listing(self, seed: int) -> dict[str, Any]:
        """Likewise for the listing from which attributes are taken; part of the key of the attributes."""
        return self.listing(seed)

    @model_validator(mode="after")
    def _give_codes_to_one_face_an_image(self) -> Self:
        if self.deca is not None and self.faces == "all":
            raise ValueError(
                "deca: it has one file an image, and faces: all uses several; use faces: largest, or leave "
                "deca out"
            )
        return self

    @model_validator(mode="after")
    def _split_what_can_be_split(self) -> Self:
        splits = self.splits
        if splits.official and not self.official_parts:
            raise ValueError(f"splits.official: '{self.adapter}' has no official split; leave it out")
        if splits.official and splits.score not in (*self.official_parts, "nothing"):
            raise ValueError(
                f"splits.score: the official split of '{self.adapter}' has the parts "
                f"{', '.join(self.official_parts)}, got '{splits.score}'"
            )
        if not splits.official and self.identities is not None and splits.train + splits.dev > 0:
            follow = "use {official: true}" if self.official_parts else "leave train and dev out"
            raise ValueError(f"splits: people are drawn, but {self.identities}; {follow}")
        return self


def _classes(values: Any) -> Any:
    """Convert words to strings, because YAML reads a code as a number; keep their expressions."""
    if not isinstance(values, Mapping):
        return values
    found: dict[str, Any] = {}
    for word, name in values.items():
        text = normal(str(word))
        if text in found:
            raise ValueError(f"'{word}' is given twice, as '{text}'; remove one")
        found[text] = stated(name) if isinstance(name, str) else name
    return found


Classes = Annotated[dict[str, str | None], BeforeValidator(_classes)]
"""Word or code → expression, null if it is none of the seven."""


class Photographs(BaseDataset):
    """Images of a user, in the layout in which the dataset is distributed."""

    root: Place = Field(description="folder that the dataset is unpacked to")
    links: Links = Field(
        "follow",
        description="links below the root: follow all, follow those that stay inside it, or refuse all",
    )
    parts: list[Part] | None = Field(
        None, min_length=1, description="parts of the official split that are used; null uses all"
    )
    sample: int | None = Field(
        None,
        ge=1,
        description="use at most this many images, drawn with the seed: whole people if they are known",
    )

    @property
    def options(self) -> dict[str, Any]:
        """The adapter's arguments besides the root."""
        return self.model_dump(exclude=set(Photographs.model_fields))

    @property
    def used_parts(self) -> tuple[Part, ...]:
        """The parts of the official split that are used."""
        return tuple(part for part in self.official_parts if self.parts is None or part in self.parts)

    @property
    def side_files(self) -> dict[str, Path]:
        """Files that the adapter reads and that may lie outside the root, by the option that names them."""
        return {}

    @property
    def untrainable(self) -> str | None:
        """The reason why no teacher can be trained on the dataset; None if one can."""
        if reason := super().untrainable:
            return reason
        used = self.used_parts
        if self.splits.official and "train" not in used:
            return "parts leaves the official training part out"
        if (
            self.splits.official
            and self.splits.dev == 0
            and ("dev" not in used or self.splits.score == "dev")
        ):
            return "nothing is left to calibrate on; give splits.dev a share of the official training part"
        return None

    def listing(self, seed: int) -> dict[str, Any]:
        """The arguments of `datasets.listing.list_dataset`; part of the key of the manifest."""
        parts = None if self.parts is None else sorted(set(self.parts))
        chosen = {"parts": parts, "sample": self.sample, "seed": 0 if self.sample is None else seed}
        return {"adapter": self.adapter, "options": self.options, "links": self.links, **chosen}

    def listing_with(self, seed: int, attributes: object) -> dict[str, Any]:
        """The arguments of the listing, with the adapter's argument `attributes`."""
        return {**self.listing(seed), "options": {**self.options, "attributes": attributes}}

    def any_there(self, *names: str) -> bool:
        """Whether one of some files or folders lies below the root, or the root is not on this machine."""
        root = Path(self.root)
        here = root.is_dir() and any(root.iterdir())
        return not here or any((root / name).exists() for name in names)

    @model_validator(mode="after")
    def _use_parts_that_exist(self) -> Self:
        for part in self.parts or []:
            if part not in self.official_parts:
                known = ", ".join(self.official_parts) or "no official split"
                raise ValueError(f"parts: '{self.adapter}' has {known}, got '{part}'")
        if self.parts and self.splits.official and self.splits.score not in (*self.parts, "nothing"):
            raise ValueError(f"parts: the scored part '{self.splits.score}' is left out")
        return self


class Labelled(Photographs):
    """Images whose labels are words or codes that may need an explanation by the user."""

    classes: Classes | None = Field(
        None,
        description="meaning of label words or codes that bauta does not know, such as {1: happy, 2: null}",
    )

    @property
    def options(self) -> dict[str, Any]:
        """The adapter's arguments besides the root."""
        options = super().options
        return {name: value for name, value in options.items() if (name, value) != ("classes", None)}
