"""k-Same: groups of at least k people share one average face."""

from bauta.anonymize.group_averages import Cell, GroupAverages
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.settings import KSameSetting
from bauta.anonymize.verify import REGION_NOTE, verify_ksame
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces
from bauta.store import Store


class KSame:
    """k-Same-Pixel.

    Source: Newton, Sweeney & Malin, "Preserving privacy by de-identifying face images", IEEE Transactions on
    Knowledge and Data Engineering 17(2), 2005.

    All images of all subjects of a group become the same image, the average of the group's faces, so that
    nobody can name the subject of an image with more than 1/k probability if every subject of the group is
    equally likely. The paper has one image a person; with several, it is the subjects that are grouped. The
    bound does not hold against someone who knows that one subject has more images than the others.

    With region "hull" only the face is replaced, inside the hull of the group's mean landmarks. Hair,
    clothes, background and what of a face lies outside that hull stay, and the bound does not cover them.

    Args:
        setting: k and region.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: KSameSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self.notes = () if setting.region == "crop" else (REGION_NOTE,)
        self._averages = GroupAverages(setting.k, setting.region, contract, _cells)

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects and average them; faces without a subject are left out.

        Raises:
            InfeasibleError: there are fewer than k subjects.
            DataError: a field that it sees is missing.
        """
        self._averages.fit(faces, seed=seed)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Averages for uint8 (N, size, size, 3) crops; the seed had its effect in `fit`.

        A face without a subject, or of a subject that was not there in `fit`, fails.

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
        verify_ksame(anonymized, faces.subjects, k=self.setting.k).require()


def _cells(batch: FaceBatch) -> list[Cell | None]:
    if batch.subjects is None:
        raise DataError("k-Same expects the subject of each face, got none; index a dataset with subjects")
    return [None if subject is None else Cell(subject) for subject in batch.subjects]
