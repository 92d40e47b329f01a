"""k-Same: groups of at least k people share one average face."""

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.ksame.cells import Cell, cells_of
from bauta.anonymize.ksame.classes import Classes
from bauta.anonymize.ksame.group_averages import GroupAverages
from bauta.anonymize.ksame.settings import KSameSelectSetting, KSameSetting
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.region import has_landmarks
from bauta.anonymize.verify import REGION_NOTE, verify_ksame
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces
from bauta.registry import Card
from bauta.store import Store

CARD = Card(
    name="ksame",
    kind="anonymizer",
    implementation="bauta.anonymize.ksame.ksame:KSame",
    about="Average over groups of at least k subjects.",
    sees=("images", "landmarks", "subjects"),
    settings="bauta.anonymize.ksame.settings:KSameSetting",
    source="Newton, Sweeney and Malin, IEEE TKDE 17(2), 2005, https://doi.org/10.1109/TKDE.2005.32",
)


class KSame:
    """k-Same-Pixel.

    Source: Newton, Sweeney & Malin, "Preserving privacy by de-identifying face images", IEEE Transactions on
    Knowledge and Data Engineering 17(2), 2005.

    All images of all subjects of a group become the same image, the average of the group's faces, so the
    subject of an image cannot be identified with a probability above 1/k if every subject of the group is
    equally likely. The paper has one image per person; with several images, the subjects are grouped. The
    bound does not hold against someone who knows that one subject has more images than the others.

    With region "hull" only the face is replaced, inside the hull of the group's mean landmarks. Hair,
    clothes, background and parts of the face outside that hull remain, and the bound does not cover them.

    Args:
        setting: k and region.
        contract: Geometry of the crops.
        classes: The expressions by which k-Same-Select splits the set; None groups the subjects as they are.
    """

    def __init__(
        self,
        setting: KSameSetting | KSameSelectSetting,
        contract: CropContract,
        classes: Classes | None = None,
    ) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self.notes = () if setting.region == "crop" else (REGION_NOTE,)
        self._classes = classes
        self._averages = GroupAverages(setting.k, setting.region, contract, self._cells)

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects and average them; faces without a label that is needed are left out.

        Raises:
            InfeasibleError: there are fewer than k subjects, or an expression has fewer.
            DataError: a field that it sees is missing.
        """
        if self._classes is not None:
            self._classes.fit(faces, self._usable)
        self._averages.fit(faces, seed=seed)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Return the averages for uint8 (N, size, size, 3) crops; the seed only affects `fit`.

        A face without a label that is needed, or whose cell was not there in `fit`, fails.

        Raises:
            AnonymizationError: `fit` has not been called.
            DataError: a field that the backend sees is missing.
        """
        return self._averages.anonymize(batch)

    def verify(self, anonymized: Store, faces: FaceLabels) -> None:
        """Prove from the stored pixels that at least k subjects share each output, of each expression seen.

        Raises:
            AnonymizationError: an output is shared by fewer.
        """
        expressions = None if self._classes is None else self._classes.stored(faces)
        verify_ksame(anonymized, faces.subjects, expressions, k=self.setting.k).require()

    def _cells(self, batch: FaceBatch) -> list[Cell | None]:
        return cells_of(batch, self._classes)

    def _usable(self, batch: FaceBatch) -> NDArray[np.bool_]:
        """Whether each face has what its region needs."""
        if self.setting.region == "crop" or batch.landmarks is None:
            return np.ones(len(batch), dtype=bool)
        return has_landmarks(batch, self.contract)
