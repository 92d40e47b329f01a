"""CelebA-HQ and CelebAMask-HQ (Karras et al., ICLR 2018; Lee et al., MaskGAN, CVPR 2020).

The 30,000 images are numbered anew; a mapping file links them to CelebA's identities and split.
"""

from pathlib import Path

from bauta.datasets import ImageRecord, Listing
from bauta.datasets.builder import ListingBuilder, required
from bauta.datasets.celeba import PARTITION, read_identities, read_partition
from bauta.datasets.celeba_attributes import read_first
from bauta.datasets.files import read_lines
from bauta.datasets.places import CELEBA_IDENTITIES, CELEBAMASK_HQ_ATTRIBUTES
from bauta.io.walk import Links
from bauta.registry import Card

CARD = Card(
    name="celebamask_hq",
    kind="adapter",
    implementation="bauta.datasets.celebamask_hq:list_celebamask_hq",
    about="CelebA-HQ and CelebAMask-HQ with CelebA's identities.",
    settings="bauta.config.datasets.people:CelebAMaskHqDataset",
    source="Karras et al., ICLR 2018; Lee et al., CVPR 2020",
)


IMAGES = "CelebA-HQ-img"
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"


def list_celebamask_hq(root: Path | str, *, attributes: bool = False, links: Links = "follow") -> Listing:
    """List the images of CelebA-HQ with CelebA's identities and split.

    Args:
        root: Folder with `CelebA-HQ-img/0.jpg` …, `CelebA-HQ-to-CelebA-mapping.txt` and CelebA's
            `identity_CelebA.txt`; CelebA's `list_eval_partition.txt` is read if it exists. The masks are not
            read.
        attributes: Whether `CelebAMask-HQ-attribute-anno.txt` is read.
        links: Which links below the root are followed, see `walk.Links`.

    Returns:
        The listing in the order of the mapping; an image's id is its number. Unusable rows are problems.

    Raises:
        DataError: the images, the mapping or the identities are missing or cannot be read.
    """
    root = Path(root)
    builder = ListingBuilder(root, links)
    required(root, IMAGES)
    subjects = {
        name: subject for _, name, subject in read_identities(required(root, *CELEBA_IDENTITIES), builder)
    }
    partition = next((root / name for name in PARTITION if (root / name).is_file()), None)
    parts = {} if partition is None else read_partition(partition, builder)
    known = read_first(root, CELEBAMASK_HQ_ATTRIBUTES, builder) if attributes else {}
    for line, text in read_lines(required(root, MAPPING)):
        if line == 1:
            continue  # the columns' names
        where = f"{MAPPING}, line {line}"
        cells = text.split()
        if len(cells) != 3 or not cells[0].isdecimal():
            builder.report(where, f"expected a number, CelebA's number and CelebA's file, got '{text}'")
        elif cells[2] not in subjects:
            builder.report(where, f"CelebA's identities have no '{cells[2]}'")
        else:
            number, _, original = cells
            builder.add(
                where,
                ImageRecord(
                    number,
                    f"{IMAGES}/{number}.jpg",
                    subjects[original],
                    official_split=parts.get(original),
                    attributes=known.get(f"{number}.jpg", ()),
                ),
            )
    return builder.listing(folders=[IMAGES])
