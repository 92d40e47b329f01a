"""Datasets: what an adapter tells of each image, and the adapters by name."""

from dataclasses import dataclass

from bauta.registry import Registry

ADAPTERS = Registry(
    "adapter",
    {
        "folder": "bauta.datasets.folder:list_folder",
        "synthfaces": "bauta.datasets.synthfaces_adapter:list_synthfaces",
    },
)


@dataclass(frozen=True)
class ImageRecord:
    """One image as its dataset describes it.

    Attributes:
        image_id: Unique within the dataset.
        path: Relative to the dataset's root, with forward slashes.
        subject: Who is shown, None where unknown.
        expression: One of `labels.EXPRESSIONS`, None where unlabelled.
        official_split: The part of the dataset's own split, None where it has none.
    """

    image_id: str
    path: str
    subject: str | None = None
    expression: str | None = None
    official_split: str | None = None


@dataclass(frozen=True)
class Listing:
    """Every file of a dataset, each in exactly one of the three.

    Attributes:
        records: The images to use.
        ignored: Relative paths of files that are no images.
        over_limit: Relative paths of images that a limit leaves out.
    """

    records: tuple[ImageRecord, ...]
    ignored: tuple[str, ...] = ()
    over_limit: tuple[str, ...] = ()
