"""Datasets: the records that an adapter makes of a dataset's images, and the adapters by name."""

from dataclasses import dataclass

from bauta.io.walk import Links
from bauta.registry import Registry

ADAPTERS = Registry(
    "adapter",
    "bauta.datasets",
    (
        "bauta.datasets.affectnet",
        "bauta.datasets.affectnet_plus",
        "bauta.datasets.agedb",
        "bauta.datasets.celeba",
        "bauta.datasets.celebamask_hq",
        "bauta.datasets.cfp",
        "bauta.datasets.ckplus",
        "bauta.datasets.faces_database",
        "bauta.datasets.fairface",
        "bauta.datasets.fer2013",
        "bauta.datasets.fer2013_folders",
        "bauta.datasets.ferplus",
        "bauta.datasets.ferv39k",
        "bauta.datasets.folder",
        "bauta.datasets.lfw",
        "bauta.datasets.rafdb",
        "bauta.datasets.synthfaces_adapter",
        "bauta.datasets.wider_face",
        "bauta.datasets.xqlfw",
    ),
)

PARTS = ("train", "dev", "test")
"""The parts of a dataset's official split, by bauta's names."""

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in image pixels; pixel centres have integer coordinates."""

Points = tuple[tuple[float, float], ...]
"""Five points (x, y) in the order of `contract.ARCFACE_TEMPLATE`."""

Attributes = tuple[tuple[str, str], ...]
"""Name and class of each attribute of a person, such as (("gender", "female"), ("age", "20-39"))."""

NO_BOX: Box = (float("nan"),) * 4
"""The box of a face that is annotated only with points."""

NO_POINTS: Points = ((float("nan"), float("nan")),) * 5
"""The points of a face that is annotated only with a box."""


@dataclass(frozen=True)
class ImageRecord:
    """The description of one image by its dataset.

    Attributes:
        image_id: Unique within the dataset.
        path: Path relative to the image folder, with forward slashes.
        subject: The person shown; None if unknown.
        expression: One of `labels.EXPRESSIONS`; None if unlabelled.
        official_split: One of `PARTS`; None if the dataset has no official split.
        distribution: Share of each of `labels.EXPRESSIONS`, summing to 1; None if there are no votes.
        boxes: Boxes of the annotated faces, NaN for a face without a box; None if faces are not annotated,
            empty if the image is annotated as showing no face.
        points: Points of the annotated faces, NaN for a face without points; as many as boxes.
        unread: The reason why its content cannot be read, as for a pipe or a broken link; None if it can.
        attributes: Name and class of what else is known of the person, such as (("gender", "female"),); each
            name occurs once. `datasets.attributes` writes them; the manifest does not hold them.
    """

    image_id: str
    path: str
    subject: str | None = None
    expression: str | None = None
    official_split: str | None = None
    distribution: tuple[float, ...] | None = None
    boxes: tuple[Box, ...] | None = None
    points: tuple[Points, ...] | None = None
    unread: str | None = None
    attributes: Attributes = ()


@dataclass(frozen=True)
class Problem:
    """A row or a file that cannot be used, or can be used only without its label.

    Attributes:
        where: The image's id, or the file and the line.
        reason: Description of the problem.
    """

    where: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """The result of an adapter; every image file of the dataset is in one of the first three fields.

    Attributes:
        records: The images to use.
        ignored: Relative paths of files that are not images, or that no annotation names, and of companion
            files; a companion folder, which is not entered, ends with a slash.
        over_limit: Relative paths of images that a limit leaves out.
        problems: Unusable rows, labels outside bauta's expressions, and names that may belong to one person.
        links: Which links are followed when the images are read.
        clips: Whether a subject is the clip of a video, whose frames stay together, and not a person.
    """

    records: tuple[ImageRecord, ...]
    ignored: tuple[str, ...] = ()
    over_limit: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    links: Links = "follow"
    clips: bool = False
