"""k-Same-Select: k-Same apart for each expression, so that the average keeps it."""

from bauta.anonymize.group_averages import Cell, GroupAverages
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.settings import KSameSelectSetting
from bauta.anonymize.verify import REGION_NOTE, verify_ksame
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces
from bauta.store import Store


class KSameSelect:
    """k-Same-Select.

    Source: Gross, Airoldi, Malin & Sweeney, "Integrating utility into face de-identification", Privacy
    Enhancing Technologies (PET) 2005.

    The images are first parted by their expression, and k-Same is run on each part, so that an average holds
    one expression and at least k subjects. The 1/k bound is that of `KSame` for each single image. It does
    not hold against someone who knows which images of different expressions show the same person: their
    groups differ, and few subjects are in all of them.

    Args:
        setting: k and region.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: KSameSelectSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self.notes = () if setting.region == "crop" else (REGION_NOTE,)
        self._averages = GroupAverages(setting.k, setting.region, contract, _cells)

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects of each expression and average them; faces without both labels are left out.

        Raises:
            InfeasibleError: an expression has fewer than k subjects.
            DataError: a field that it sees is missing.
        """
        self._averages.fit(faces, seed=seed)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Averages for uint8 (N, size, size, 3) crops; the seed had its effect in `fit`.

        A face without a subject or an expression, or whose cell was not there in `fit`, fails.

        Raises:
            AnonymizationError: `fit` has not been called.
            DataError: a field that it sees is missing.
        """
        return self._averages.anonymize(batch)

    def verify(self, anonymized: Store, faces: FaceLabels) -> None:
        """Prove from the stored pixels that at least k subjects share each output.

        Raises:
            AnonymizationError: they do not.
        """
        verify_ksame(anonymized, faces.subjects, faces.expressions, k=self.setting.k).require()


def _cells(batch: FaceBatch) -> list[Cell | None]:
    if batch.subjects is None or batch.expressions is None:
        raise DataError("k-Same-Select expects subject and expression of each face; index a labelled dataset")
    return [
        None if subject is None or expression is None else Cell(subject, expression)
        for subject, expression in zip(batch.subjects, batch.expressions, strict=True)
    ]
