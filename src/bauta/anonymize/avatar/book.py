"""The file of a code book: states with their landmarks, and the averages that their faces are drawn from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from bauta.anonymize.avatar.codes import CodeBook
from bauta.anonymize.avatar.composite import BACKGROUND, Average, Look, draw_composite
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.protocols import Floats, Images

BOOK = "book.safetensors"

QUALITY = (
    cv2.IMWRITE_JPEG_QUALITY,
    92,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
"""How averages are compressed; they are smooth, so that nothing is seen of it."""


@dataclass(frozen=True)
class States:
    """A code book and what is drawn for each of its K states.

    Attributes:
        codes: Tells the state of a face.
        shapes: float32 (K, 68, 2) iBUG points in pixels of the book's crops, on a face of everybody's
            proportions.
        stress: float32 (K,), how much its expression is stressed, see `draw_composite`.
    """

    codes: CodeBook
    shapes: Floats
    stress: Floats

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True)
class AvatarBook:
    """All that faces are drawn from.

    Attributes:
        contract: Geometry of the averages.
        states: The books of states by their size K.
        averages: Averages of faces that show an expression clearly, in the order of `labels.EXPRESSIONS`.
        everybody: The average of many faces, whatever they express.
        looks: Looks by name.
        held: float32 (7, 68, 2), pixels that one standard deviation of each measure moves the landmarks.
    """

    contract: CropContract
    states: dict[int, States]
    averages: Sequence[Average]
    everybody: Average
    looks: Mapping[str, Look]
    held: Floats

    def draw(self, states: int, code: int, look: str, contract: CropContract) -> Images:
        """Draw a state with a look: uint8 (size, size, 3) RGB in the geometry of a contract."""
        book = self.states[states]
        expression = int(book.codes.expressions[code])
        return self._drawn(book.shapes[code], expression, float(book.stress[code]), look, contract)

    def draw_freely(self, expression: int, measured: Floats, look: str, contract: CropContract) -> Images:
        """Draw an expression with any measures, float32 (7,) as in `CodeBook.scaled`, as `draw` does."""
        book = self.states[len(self.averages)]
        shape = book.codes.hold(book.shapes[expression], measured, self.held)
        return self._drawn(shape, expression, float(book.stress[expression]), look, contract)

    def nobodys(self, expressions: NDArray[np.integer], landmarks: Floats, contract: CropContract) -> Floats:
        """Landmarks on everybody's proportions that hold eyes, mouth, brows and head as faces do.

        What is left of a face is its expression and the seven measures of `codes.MEASURES`.

        Args:
            expressions: (N,), the expression of each face as an index into `labels.EXPRESSIONS`.
            landmarks: float32 (N, 68, 2) iBUG points of the faces, NaN for faces without any.
            contract: Geometry of the crops.

        Returns:
            float32 (N, 68, 2) in pixels of the contract's crops; NaN as given.
        """
        book = self.states[len(self.averages)]
        measured = book.codes.scaled(landmarks)
        found = np.full(landmarks.shape, np.nan, dtype=np.float32)
        for row in np.flatnonzero(np.isfinite(measured).all(axis=1)).tolist():
            found[row] = book.codes.hold(book.shapes[expressions[row]], measured[row], self.held)
        scale, corner = self._placed_in(contract)
        return np.asarray(found * scale + corner, dtype=np.float32)

    def drawings(self, expressions: NDArray[np.integer], landmarks: Floats, contract: CropContract) -> Images:
        """Draw the landmarks of `nobodys` with the look `average`.

        Args:
            expressions: (N,), as there.
            landmarks: float32 (N, 68, 2), as there, in any crops.
            contract: Geometry of the drawings.

        Returns:
            uint8 (N, size, size, 3) RGB; black for faces without landmarks.
        """
        measured = self.states[len(self.averages)].codes.scaled(landmarks)
        images = np.zeros((len(measured), contract.size, contract.size, 3), dtype=np.uint8)
        for row in np.flatnonzero(np.isfinite(measured).all(axis=1)).tolist():
            images[row] = self.draw_freely(int(expressions[row]), measured[row], "average", contract)
        return images

    def _drawn(
        self, shape: Floats, expression: int, stress: float, look: str, contract: CropContract
    ) -> Images:
        drawn = draw_composite(
            shape, self.averages[expression], self.everybody, self.looks[look], stress=stress
        )
        if contract == self.contract:
            return drawn
        scale, corner = self._placed_in(contract)
        matrix = np.column_stack([np.eye(2) * scale, corner])
        size = (contract.size, contract.size)
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return np.asarray(
            cv2.warpAffine(
                drawn, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=BACKGROUND
            )
        )

    def shapes(self, states: int, contract: CropContract) -> Floats:
        """The landmarks of all states in the pixels of a contract's crops: float32 (K, 68, 2)."""
        scale, corner = self._placed_in(contract)
        return np.asarray(self.states[states].shapes * scale + corner, dtype=np.float32)

    def _placed_in(self, contract: CropContract) -> tuple[float, Floats]:
        """Scale and shift from pixels of the book's crops to those of a contract's."""
        scale = contract.scale / self.contract.scale
        zero = np.zeros(2)
        return scale, contract.from_arcface(zero) - scale * self.contract.from_arcface(zero)

    def save(self, path: Path) -> None:
        """Write the file; the same book gives the same bytes."""
        tensors: dict[str, NDArray[Any]] = {}
        for size, one in self.states.items():
            tensors |= {
                f"states.{size}.expressions": one.codes.expressions,
                f"states.{size}.measures": one.codes.measures.astype(np.float16),
                f"states.{size}.shapes": one.shapes.astype(np.float16),
                f"states.{size}.stress": one.stress.astype(np.float16),
                f"states.{size}.scale": np.stack([one.codes.centre, one.codes.spread, one.codes.weights]),
            }
        for number, average in enumerate(self.averages):
            tensors |= _encoded(f"averages.{number}", average)
        tensors |= {"held": self.held.astype(np.float32), **_encoded("everybody", self.everybody)}
        for name, look in self.looks.items():
            tensors |= _encoded(f"looks.{name}", look.face)
            tensors[f"looks.{name}.head"] = _jpeg(look.head * 255)
        about = {"size": self.contract.size, "margin": self.contract.margin}
        save_file(tensors, path, metadata={"bauta": json.dumps(about)})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            ModelError: it cannot be read or is no book.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                about = json.loads((file.metadata() or {})["bauta"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return cls(
                contract=CropContract(about["size"], about["margin"]),
                states={size: _states(tensors, size) for size in _sizes(tensors)},
                averages=[_decoded(name, tensors) for name in _names(tensors, "averages.")],
                everybody=_decoded("everybody", tensors),
                looks={
                    name.removeprefix("looks."): Look(
                        _decoded(name, tensors),
                        _pixels(tensors[f"{name}.head"], cv2.IMREAD_GRAYSCALE) / np.float32(255),
                    )
                    for name in _names(tensors, "looks.")
                },
                held=tensors["held"],
            )
        except (OSError, SafetensorError, KeyError, ValueError, cv2.error) as error:
            raise ModelError(f"{path} is no code book of avatar ({error}); install bauta again") from None


def _states(tensors: Mapping[str, NDArray[Any]], size: int) -> States:
    def take(name: str) -> Floats:
        return tensors[f"states.{size}.{name}"].astype(np.float32)

    centre, spread, weights = take("scale")
    return States(
        codes=CodeBook(tensors[f"states.{size}.expressions"], take("measures"), centre, spread, weights),
        shapes=take("shapes"),
        stress=take("stress"),
    )


def _sizes(tensors: Mapping[str, NDArray[Any]]) -> list[int]:
    return sorted(int(name.split(".")[1]) for name in tensors if name.endswith(".expressions"))


def _names(tensors: Mapping[str, NDArray[Any]], prefix: str) -> list[str]:
    """The averages whose names begin with a prefix."""
    return [
        name.removesuffix(".image")
        for name in sorted(tensors)
        if name.startswith(prefix) and name.endswith(".image")
    ]


def _encoded(name: str, average: Average) -> dict[str, NDArray[Any]]:
    return {
        f"{name}.image": _jpeg(average.image[..., ::-1]),
        f"{name}.shape": average.shape.astype(np.float32),
    }


def _decoded(name: str, tensors: Mapping[str, NDArray[Any]]) -> Average:
    image = _pixels(tensors[f"{name}.image"], cv2.IMREAD_COLOR)[..., ::-1]
    return Average(np.ascontiguousarray(image), tensors[f"{name}.shape"])


def _jpeg(pixels: Floats) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", np.clip(np.rint(pixels), 0, 255).astype(np.uint8), QUALITY)
    return np.asarray(data).ravel()


def _pixels(data: NDArray[np.uint8], flags: int) -> NDArray[np.float32]:
    decoded = cv2.imdecode(data, flags)
    if decoded is None:
        raise ValueError("an average cannot be decoded")
    return np.asarray(decoded, dtype=np.float32)
