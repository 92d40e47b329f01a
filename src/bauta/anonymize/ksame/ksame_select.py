"""k-Same-Select: k-Same separately for each expression, so that the averages preserve it."""

from bauta.anonymize.ksame.classes import LabelledClasses, ReadClasses
from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.settings import KSameSelectSetting
from bauta.contract import CropContract
from bauta.registry import Card

CARD = Card(
    name="ksame_select",
    kind="anonymizer",
    implementation="bauta.anonymize.ksame.ksame_select:ksame_select",
    about="Average over groups of at least k subjects, separately for each expression.",
    sees=("images", "landmarks", "subjects", "labels", "posteriors"),
    settings="bauta.anonymize.ksame.settings:KSameSelectSetting",
    source="Gross, Airoldi, Malin and Sweeney, PET 2005, https://doi.org/10.1007/11767831_15",
)


def ksame_select(setting: KSameSelectSetting, contract: CropContract) -> KSame:
    """k-Same-Select.

    Source: Gross, Airoldi, Malin & Sweeney, "Integrating utility into face de-identification", Privacy
    Enhancing Technologies (PET) 2005.

    The images are first split by expression, and k-Same is run on each part, so that an average holds one
    expression and at least k subjects. For each single image the 1/k bound is that of `KSame`. It does not
    hold against someone who knows which images of different expressions show the same person: their groups
    differ, and few subjects are in all of them.

    Who releases pictures has a classifier and not the labels of a benchmark: by default the set is split by
    what a teacher reads in the clear faces (`ReadClasses`). With labels "true" it is given the labels that
    utility is scored on, and its utility is an upper bound. A face without a label, or that the teacher could
    not read, fails.

    Args:
        setting: k, region and the source of the expressions.
        contract: Geometry of the crops.
    """
    return KSame(setting, contract, LabelledClasses() if setting.labels == "true" else ReadClasses(setting.k))
