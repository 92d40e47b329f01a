"""The contract of a dataset adapter as checks for any adapter.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check, tmp_path):
        check(DatasetCase(MySection(adapter="mine", root=str(make_images(tmp_path)))))
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bauta.config.datasets import Photographs
from bauta.datasets import PARTS, Listing
from bauta.datasets.listing import list_dataset
from bauta.io.images import SUFFIXES
from bauta.io.walk import walk
from bauta.labels import EXPRESSIONS
from bauta.testing.violation import named, require, require_refused


@dataclass(frozen=True)
class DatasetCase:
    """A dataset to check, as the configuration describes it.

    Attributes:
        section: Its section, with a root that contains images.
        images: Folder to which the adapter writes images, if it makes them; otherwise the root.
    """

    section: Photographs
    images: Path | None = None

    def list(self, root: Path | None = None) -> Listing:
        """List the dataset, or the same dataset at another root."""
        root = root or Path(self.section.root)
        return list_dataset(root, self.images or root, **self.section.listing(seed=0))


def check_records(case: DatasetCase) -> None:
    """Check that every image has its own id and file, and labels in bauta's vocabulary."""
    records = case.list().records
    require(bool(records), "no image is listed")
    for what, values in (("id", [r.image_id for r in records]), ("path", [r.path for r in records])):
        twice = [value for value, count in Counter(values).items() if count > 1]
        require(not twice, f"two images have the same {what}: {twice[:1]}")
    images = case.images or Path(case.section.root)
    for record in records:
        path = PurePosixPath(record.path)
        require(not path.is_absolute() and ".." not in path.parts, f"{path} leaves the folder of the images")
        require("\\" not in record.path, f"{path} has a backslash")
        require(record.unread is not None or (images / path).is_file(), f"there is no file {path}")
        require(record.expression in (None, *EXPRESSIONS), f"{path}: unknown expression {record.expression}")
        require(record.official_split in (None, *PARTS), f"{path}: unknown part {record.official_split}")
        require(record.subject is None or bool(record.subject), f"{path}: its subject is an empty text")
        shares = record.distribution
        require(
            shares is None or (len(shares) == len(EXPRESSIONS) and abs(sum(shares) - 1) < 1e-6),
            f"{path}: its distribution does not add up to 1 over {len(EXPRESSIONS)} expressions",
        )


def check_declared(case: DatasetCase) -> None:
    """Check that the section's declarations agree with the adapter's result."""
    records, section = case.list().records, case.section
    require(
        section.labelled or all(r.expression is None for r in records),
        "labels, although the section declares none",
    )
    if section.identities is not None and not section.subjects_are_clips:
        require(
            all(r.subject is None for r in records), "people are named, although the section declares none"
        )
    parts = {record.official_split for record in records} - {None}
    require(parts <= set(section.official_parts), f"undeclared parts: {sorted(map(str, parts))}")


def check_complete(case: DatasetCase) -> None:
    """Check that every image file below the root is listed, or reported as left out."""
    if case.images is not None:
        return
    found = case.list()
    known = {record.path for record in found.records}.union(found.ignored, found.over_limit)
    folders = tuple(name for name in known if name.endswith("/"))
    files = [file.name for file in walk(Path(case.section.root)) if file.companion is None]
    images = [name for name in files if PurePosixPath(name).suffix.lower() in SUFFIXES]
    lost = [name for name in images if name not in known and not name.startswith(folders)]
    require(not lost, f"{len(lost)} images are neither listed nor ignored: {lost[:1]}")


def check_deterministic(case: DatasetCase) -> None:
    """Check that listing twice gives the same result, in the same order."""
    require(case.list() == case.list(), "two listings differ")


def check_refuses(case: DatasetCase) -> None:
    """Check that a missing root is rejected with one line."""
    nowhere = Path(case.section.root) / "no such folder"
    require_refused(lambda: case.list(nowhere), "a missing root")


CHECKS: Mapping[str, Callable[[DatasetCase], None]] = named(
    check_records, check_declared, check_complete, check_deterministic, check_refuses
)
"""Every check by name; each raises `ContractViolationError`."""
