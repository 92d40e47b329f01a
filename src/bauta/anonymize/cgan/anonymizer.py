"""bauta's own conditional GAN, which draws a whole head from conditions alone, never from pixels."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.avatar.nobody import Nobody
from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.avatar.settings import STATE_SEES
from bauta.anonymize.cgan.settings import OF_NOBODY, CganSetting, TrainedCganSetting
from bauta.anonymize.conditions import classes_at, in_units
from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract, Status
from bauta.errors import DataError, ModelError
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch, FaceBatch, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="cgan",
        kind="anonymizer",
        implementation="bauta.anonymize.cgan.anonymizer:cgan",
        about="A head that the generator shipped with bauta draws: an expression, held as the face is.",
        files=("cgan", "avatar"),
        sees=("landmarks", "posteriors"),
        gpu=True,
        settings="bauta.anonymize.cgan.settings:CganSetting",
    ),
    Card(
        name="cgan_trained",
        kind="anonymizer",
        implementation="bauta.anonymize.cgan.anonymizer:cgan_trained",
        about="A head drawn by a generator that the workflow trains on people who are not scored.",
        sees=("landmarks", "parsing", "blendshapes", "flame", "posteriors"),
        gpu=True,
        settings="bauta.anonymize.cgan.settings:TrainedCganSetting",
    ),
)


SHIPPED = "cgan"


BATCH = 1
"""Faces per batch: more are no faster on a CPU, and ONNX Runtime chooses other kernels for other batch sizes,
so that the last bit of a face would depend on the others in its batch."""


class Cgan:
    """Draws each face anew without seeing any pixel of the crop, inside or outside the face.

    Args:
        card: Description of the weights.
        contract: Geometry of the crops.
        session: ONNX Runtime session of the network.
        quantizer: Replaces the landmarks by those of one of K states, each of which is drawn once.
        nobody: Replaces the landmarks by nobody's, for a generator that was trained on these.
        averaged: Digests of the people in the avatar's averages, if faces are drawn from these.

    Attributes:
        sees: The conditions, and nothing else; what tells the state, if they are quantized.
        learnt_from: Digests of the people of its training and of those who were averaged.
    """

    def __init__(
        self,
        card: GeneratorCard,
        contract: CropContract,
        session: Any,
        quantizer: Quantizer | None = None,
        nobody: Nobody | None = None,
        *,
        averaged: Collection[str] = (),
    ) -> None:
        card.check_contract(contract)
        self.card = card
        self.learnt_from = frozenset(card.subjects) | frozenset(averaged)
        self.contract = contract
        self.sees = frozenset(card.inputs) if quantizer is None and nobody is None else STATE_SEES
        self._session = session
        self._quantizer = quantizer
        self._nobody = nobody
        self._drawn: dict[int, Images] = {}

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the generator."""
        del faces
        return {"generator_sha256": self.card.weights_sha256}

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Draw uint8 (N, size, size, 3) images; a face without its conditions gets `no_face`.

        Nothing is random, so `seed` has no effect.

        Raises:
            DataError: a field that the generator sees is missing.
        """
        if self._quantizer is not None:
            return self._anonymize_quantized(batch, self._quantizer)
        given = {name: self._condition(batch, name) for name in self.card.inputs}
        known = np.ones(len(batch), dtype=bool)
        for values in given.values():
            if values.dtype.kind == "f":
                known &= np.isfinite(values).reshape(len(batch), -1).all(axis=1)
        size = self.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        for row in np.flatnonzero(known).tolist():
            images[row] = self._draw({name: values[row : row + BATCH] for name, values in given.items()})
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.NO_FACE.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )

    def _anonymize_quantized(self, batch: FaceBatch, quantizer: Quantizer) -> AnonymizedBatch:
        codes = quantizer.codes(batch)
        size = self.contract.size
        images = np.zeros((len(batch), size, size, 3), dtype=np.uint8)
        for row in np.flatnonzero(codes >= 0).tolist():
            code = int(codes[row])
            if code not in self._drawn:
                self._drawn[code] = self._draw(self._conditions_of(code, quantizer))
            images[row] = self._drawn[code]
        known = codes >= 0
        return AnonymizedBatch(
            images=images,
            status=np.where(known, Status.OK.code, Status.FAILED.code).astype(np.uint8),
            mask=np.broadcast_to(known[:, None, None], images.shape[:3]).astype(np.uint8),
        )

    def _conditions_of(self, code: int, quantizer: Quantizer) -> dict[str, NDArray]:
        given: dict[str, NDArray] = {"landmarks": in_units(quantizer.landmarks[[code]], self.contract)}
        if "drawing" in self.card.inputs:
            given["drawing"] = quantizer.drawing(code, self.card.size)[None]
        return given

    def _draw(self, given: dict[str, NDArray]) -> Images:
        (drawn,) = self._session.run(None, given)
        size = (self.contract.size, self.contract.size)
        return np.asarray(cv2.resize(drawn[0], size, interpolation=cv2.INTER_LINEAR))

    def _condition(self, batch: FaceBatch, name: str) -> NDArray:
        if self._nobody is not None:
            if name == "drawing":
                return self._nobody.drawings(batch, self.card.size)
            return in_units(self._nobody.landmarks(batch), self.contract)
        values = getattr(batch, name)
        if values is None:
            raise DataError(f"the generator sees {name}, got none; let the runner restrict it to `sees`")
        if name == "landmarks":
            return in_units(values, self.contract)
        if name == "parsing":
            return classes_at(values, self.card.size // 2)
        return np.asarray(values, dtype=np.float32)


def cgan(setting: CganSetting, contract: CropContract, models: ModelStore) -> Cgan:
    """Load the generator that ships with bauta.

    Raises:
        ModelError: its weights are missing, are not the expected ones, or were trained on other crops.
    """
    weights = models.path(SHIPPED)
    quantizer = None
    if setting.quantize is not None:
        quantizer = Quantizer(AvatarBook.read(models.path("avatar")), setting.quantize, contract)
    card = GeneratorCard.read(weights.parent, shipped=True)
    nobody = _nobody(card, contract, models)
    return Cgan(card, contract, open_session(weights), quantizer, nobody, averaged=_averaged(card, models))


def cgan_trained(
    setting: TrainedCganSetting, contract: CropContract, trained: Path | str, models: ModelStore
) -> Cgan:
    """Load a generator that the workflow has trained on people of the same dataset who are not scored.

    Args:
        setting: Settings that it was trained with.
        contract: Geometry of the crops.
        trained: Folder written by the rule `train_anonymizer`.
        models: Store with the avatar's book, for conditions that are nobody's.

    Raises:
        ModelError: its weights are missing, do not match the card, or were trained with other settings.
    """
    trained = Path(trained)
    card = GeneratorCard.read(trained)
    card.check_architecture("cgan", trained)
    if card.recipe["conditions"] != setting.conditions:
        raise ModelError(
            f"generator: {trained} sees {card.recipe['conditions']}, expected {setting.conditions}; train "
            "the generator again"
        )
    return Cgan(
        card,
        contract,
        open_session(trained / WEIGHTS),
        nobody=_nobody(card, contract, models),
        averaged=_averaged(card, models),
    )


def _nobody(card: GeneratorCard, contract: CropContract, models: ModelStore) -> Nobody | None:
    """What gives a generator its landmarks if it was trained on nobody's."""
    if card.recipe["conditions"] not in OF_NOBODY:
        return None
    return Nobody(AvatarBook.read(models.path("avatar")), contract)


def _averaged(card: GeneratorCard, models: ModelStore) -> tuple[str, ...]:
    """Who is in the averages that a generator changes."""
    if "drawing" not in card.inputs:
        return ()
    return AvatarCard.read(models.path("avatar").parent, shipped=True).subjects
