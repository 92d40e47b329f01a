"""Batches of faces: drawn, mirrored and jittered from one source of randomness."""

from dataclasses import dataclass

import torch

from bauta.labels import PARSING_CLASSES
from bauta.train.cgan.conditions import MIRRORED, has_mirror_images
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.recipe import GanRecipe


def _other_side(name: str) -> str:
    sides = {"l_": "r_", "r_": "l_"}
    other = sides.get(name[:2], name[:2]) + name[2:]
    return other if other in PARSING_CLASSES and name not in ("u_lip", "l_lip", "ear_r") else name


MIRRORED_CLASSES = tuple(PARSING_CLASSES.index(_other_side(name)) for name in PARSING_CLASSES)
"""The class of each pixel class in the mirror image; `l_lip` is the lower lip."""


@dataclass(frozen=True)
class Batch:
    """The faces of one step, on the device; photographs come first.

    Attributes:
        given: The generator's inputs.
        views: The teacher's views, float32 (B, 1, V, V) in [0, 1].
        images: The photographs among them, float32 (P, 3, S, S) in [-1, 1].
        vectors: Embeddings float32 (P, D) of the photographs.
        proportions: What an adversary looks for in all faces, float32 (B, 68, 2); None without an adversary.
    """

    given: dict[str, torch.Tensor]
    views: torch.Tensor
    images: torch.Tensor
    vectors: torch.Tensor
    proportions: torch.Tensor | None = None


@dataclass(frozen=True)
class FaceRows:
    """Takes faces by their rows and moves them to the device.

    Attributes:
        faces: The faces.
        device: The device of the batches.
        size: Side of the crops that a `mesh` refers to, in pixels; not used for other conditions.
    """

    faces: GanFaces
    device: torch.device
    size: int = 0

    def take(self, rows: torch.Tensor, mirrored: torch.Tensor, noise: torch.Tensor | None = None) -> Batch:
        """Take the given faces, photographs first, each mirrored or not."""
        picked = rows.numpy()
        count = int((rows < self.faces.photographs).sum())
        given = {name: torch.from_numpy(values[picked]) for name, values in self.faces.given.items()}
        if "landmarks" in given:
            given["landmarks"] = _mirror_landmarks(given["landmarks"], mirrored)
            if noise is not None:
                given["landmarks"] = given["landmarks"] + noise
        if "mesh" in given:
            other_way = given["mesh"] * torch.tensor([-1.0, 1.0]) + torch.tensor([self.size - 1.0, 0.0])
            given["mesh"] = torch.where(mirrored[:, None, None], other_way, given["mesh"])
        if "drawing" in given:
            drawn = given["drawing"]
            given["drawing"] = torch.where(mirrored[:, None, None, None], drawn.flip(2), drawn)
        if "parsing" in given:
            swapped = torch.tensor(MIRRORED_CLASSES, dtype=torch.uint8)[given["parsing"].long()].flip(2)
            given["parsing"] = torch.where(mirrored[:, None, None], swapped, given["parsing"])
        views = torch.from_numpy(self.faces.views[picked])[:, None].float() / 255.0
        images = torch.from_numpy(self.faces.images[picked[:count]]).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        # A recognizer gives a mirrored face nearly the same embedding.
        vectors = torch.from_numpy(self.faces.vectors[picked[:count]])
        proportions = None
        if self.faces.proportions is not None:
            proportions = torch.from_numpy(self.faces.proportions[picked])
            proportions = _mirror_landmarks(proportions, mirrored).to(self.device)
        return Batch(
            given={name: values.to(self.device) for name, values in given.items()},
            views=_flip_some(views, mirrored).to(self.device),
            images=_flip_some(images, mirrored[:count]).to(self.device),
            vectors=vectors.to(self.device),
            proportions=proportions,
        )

    def in_order(self, rows: torch.Tensor | None = None) -> list[Batch]:
        """The unchanged faces, all or the given rows, which must ascend."""
        rows = torch.arange(len(self.faces)) if rows is None else rows
        return [self.take(part, torch.zeros(len(part), dtype=torch.bool)) for part in rows.split(32)]


@dataclass(frozen=True, kw_only=True)
class Batches(FaceRows):
    """Draws batches of faces, too.

    Attributes:
        recipe: Sizes, shares and jitter.
    """

    recipe: GanRecipe

    def draw(self, generator: torch.Generator) -> Batch:
        """Draw a random batch with jittered landmarks, in pairs of a face and its mirror image.

        Photographs come first; `halves` returns the rows of the faces and of their mirror images. Faces with
        numbers that cannot be mirrored (`conditions.NUMBERS`) are drawn twice instead.
        """
        photographs, others = self.faces.photographs, len(self.faces) - self.faces.photographs
        pairs = self.recipe.batch_size // 2
        extra = round(pairs * self.recipe.expression_share) if others else 0
        first = torch.randint(photographs, (pairs - extra,), generator=generator)
        second = photographs + torch.randint(max(1, others), (extra,), generator=generator)
        rows = torch.cat([first, first, second, second])
        mirrored = torch.zeros(len(rows), dtype=torch.bool)
        noise = self.recipe.jitter * torch.randn((len(rows), 68, 2), generator=generator)
        faces, images = halves(pairs - extra, extra)
        if has_mirror_images(self.faces.given):
            mirrored[images] = True
            noise[images] = _mirror_landmarks(noise[faces], mirrored[images])
        return self.take(rows, mirrored, noise)


def halves(photographs: int, others: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of a batch's faces and, in the same order, of their mirror images, for these numbers of pairs."""
    first = torch.cat([torch.arange(photographs), 2 * photographs + torch.arange(others)])
    second = torch.cat(
        [photographs + torch.arange(photographs), 2 * photographs + others + torch.arange(others)]
    )
    return first, second


def _mirror_landmarks(landmarks: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    swapped = landmarks[:, list(MIRRORED)] * torch.tensor([-1.0, 1.0])
    return torch.where(mirrored[:, None, None], swapped, landmarks)


def _flip_some(images: torch.Tensor, mirrored: torch.Tensor) -> torch.Tensor:
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)
