"""The pictures in a folder that another program wrote, by the images that they were made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from bauta.anonymize.external.picture_error import PictureError
from bauta.io.image_formats import SUFFIXES
from bauta.io.walk import walk


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder.

    A picture belongs to an image if it has the image's relative path, with any suffix of an image, and
    possibly with `end` before the suffix. The image's own suffix comes first; the name of another image is
    never taken, so that `1.png` beside the images `1.png` and `1.jpg` belongs to the first.

    Attributes:
        folder: The folder.
        by_stem: Relative path without suffix → the suffixes that are there.
        end: What the program adds to a name before the suffix.
        taken: Names that belong to images of exactly that name.
    """

    folder: Path
    by_stem: Mapping[str, Sequence[str]]
    end: str
    taken: frozenset[str]

    @classmethod
    def listed(cls, folder: Path, wanted: Iterable[str], end: str = "") -> Self:
        """List a folder.

        Args:
            folder: The folder.
            wanted: Relative paths of the images, or of crops named like images.
            end: What the program adds to a name before the suffix.

        Raises:
            DataError: the folder cannot be listed.
        """
        by_stem: dict[str, list[str]] = {}
        for found in walk(folder):
            path = PurePosixPath(found.name)
            if found.companion is None and found.unread is None and path.suffix.lower() in SUFFIXES:
                by_stem.setdefault(str(path.with_suffix("")), []).append(path.suffix)
        names = frozenset(_with_end(name, end) for name in wanted)
        return cls(folder, by_stem, end, names)

    def of(self, name: str) -> Path:
        """Return the picture of an image.

        Raises:
            PictureError: there is none, or several could be it.
        """
        found = self._candidates(name)
        if not found:
            raise PictureError(
                f"{self.folder} has no picture {_with_end(name, self.end)}, with any suffix",
                "it has no picture",
            )
        if len(found) > 1:
            raise PictureError(
                f"{self.folder} has several pictures of {name}: {', '.join(found)}; keep one",
                "it has several pictures",
            )
        return self.folder / found[0]

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether there is a picture of any of some images."""
        return any(self._candidates(name) for name in names)

    def surplus(self, names: Iterable[str]) -> list[str]:
        """List the pictures that belong to none of the images, sorted."""
        used = {found for name in names for found in self._candidates(name)}
        return sorted(
            stem + suffix
            for stem, suffixes in self.by_stem.items()
            for suffix in suffixes
            if stem + suffix not in used
        )

    def _candidates(self, name: str) -> list[str]:
        exact = _with_end(name, self.end)
        stem, suffix = str(PurePosixPath(exact).with_suffix("")), PurePosixPath(exact).suffix
        if suffix in self.by_stem.get(stem, ()):
            return [exact]
        # Some programs append a suffix of their own: 1.jpg.png.
        found = [f"{one}{other}" for one in (stem, exact) for other in self.by_stem.get(one, ())]
        return sorted(one for one in found if one not in self.taken)


def _with_end(name: str, end: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}{end}{path.suffix}"))
