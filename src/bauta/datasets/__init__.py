"""Datasets: what an adapter tells of each image, and the adapters by name."""

from dataclasses import dataclass

from bauta.registry import Registry

ADAPTERS = Registry(
    "adapter",
    {
        "affectnet": "bauta.datasets.affectnet:list_affectnet",
        "celeba": "bauta.datasets.celeba:list_celeba",
        "celebamask_hq": "bauta.datasets.celebamask_hq:list_celebamask_hq",
        "ckplus": "bauta.datasets.ckplus:list_ckplus",
        "faces": "bauta.datasets.faces_database:list_faces",
        "fer2013": "bauta.datasets.fer2013:list_fer2013",
        "fer2013_folders": "bauta.datasets.fer2013_folders:list_fer2013_folders",
        "ferplus": "bauta.datasets.ferplus:list_ferplus",
        "folder": "bauta.datasets.folder:list_folder",
        "lfw": "bauta.datasets.lfw:list_lfw",
        "rafdb": "bauta.datasets.rafdb:list_rafdb",
        "synthfaces": "bauta.datasets.synthfaces_adapter:list_synthfaces",
        "wider_face": "bauta.datasets.wider_face:list_wider_face",
    },
)

PARTS = ("train", "dev", "test")
"""The parts of a dataset's own split, by bauta's names."""

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in image pixels; pixel centres have whole coordinates."""

Points = tuple[tuple[float, float], ...]
"""Five points (x, y) in the order of `contract.ARCFACE_TEMPLATE`."""

NO_BOX: Box = (float("nan"),) * 4
"""The box of a face of which only the points are annotated."""

NO_POINTS: Points = ((float("nan"), float("nan")),) * 5
"""The points of a face of which only the box is annotated."""


@dataclass(frozen=True)
class ImageRecord:
    """One image as its dataset describes it.

    Attributes:
        image_id: Unique within the dataset.
        path: Relative to the folder of the images, with forward slashes.
        subject: Who is shown, None where unknown.
        expression: One of `labels.EXPRESSIONS`, None where unlabelled.
        official_split: One of `PARTS`, None where the dataset has no split of its own.
        distribution: Share of each of `labels.EXPRESSIONS`, summing to 1, None where nobody voted.
        boxes: Annotated faces, NaN where a face has no box; None where faces are not annotated, empty where
            the annotation says that there is none.
        points: Their points, NaN where a face has none; as many as boxes.
    """

    image_id: str
    path: str
    subject: str | None = None
    expression: str | None = None
    official_split: str | None = None
    distribution: tuple[float, ...] | None = None
    boxes: tuple[Box, ...] | None = None
    points: tuple[Points, ...] | None = None


@dataclass(frozen=True)
class Problem:
    """A row or a file that cannot be used, or only without its label.

    Attributes:
        where: The image's id, or the file and the line.
        reason: What is the matter.
    """

    where: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """What an adapter found; every image file of the dataset is in one of the first three.

    Attributes:
        records: The images to use.
        ignored: Relative paths of files that are no images, or that no annotation names.
        over_limit: Relative paths of images that a limit leaves out.
        problems: Rows that cannot be used, and labels that are none of bauta's.
    """

    records: tuple[ImageRecord, ...]
    ignored: tuple[str, ...] = ()
    over_limit: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
