"""The configuration's schema. `config.yaml` and the JSON schema are generated from these models."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.anonymize.settings import teachers_in
from bauta.attack import ATTACKS, FUSION
from bauta.attack.views import VIEWS
from bauta.config.anonymizers import AnonymizerGrid
from bauta.config.datasets import Dataset, SynthfacesDataset
from bauta.config.frontier import Frontier, check_compared, check_pairs
from bauta.config.model_store import Models
from bauta.config.pooled import PooledAvatar, PooledGenerator, PooledTeacher
from bauta.config.section import InRegistry, Name, Section
from bauta.config.training import Training, check_training
from bauta.detect import DETECTORS
from bauta.express import ADAPTED, ORIGINALS_READER, TEACHERS, TRAINED
from bauta.io import layout
from bauta.landmarks import LANDMARKERS
from bauta.metrics.preservation_axes import PRESERVATION_AXES
from bauta.parse import PARSERS
from bauta.preserve import ESTIMATORS
from bauta.recognize import RECOGNIZERS
from bauta.registry import nearest

Protocol = Literal["naive", "reverse", "parrot"]
RealismMetric = Literal["ssim", "psnr", "lpips", "fid"]


class Crop(Section):
    """The crop contract and the detector that finds the faces."""

    detector: Annotated[str, InRegistry(DETECTORS)] = Field(
        "mtcnn", description="detector whose five points align the crop"
    )
    size: int = Field(256, ge=64, le=1024, multiple_of=8, description="side of a crop in pixels")
    margin: float = Field(
        0.4, ge=0, le=2, description="total margin, as a fraction of the side of the ArcFace crop"
    )


class Adaptive(Section):
    """The attacker that is trained on anonymized faces."""

    enabled: bool = Field(True, description="train and score the adaptive attacker")
    candidates: list[Annotated[str, InRegistry(ATTACKS)]] = Field(
        [], description="attacks that compete with bauta's own candidates, such as a plug-in's"
    )

    @model_validator(mode="after")
    def _leave_out_what_always_competes(self) -> Self:
        for name in self.candidates:
            if name in (*ATTACKS.built_in, FUSION):
                raise ValueError(f"candidates: '{name}' always competes; leave it out")
        return self


class Attacks(Section):
    """Who attacks."""

    protocols: list[Protocol] = Field(
        ["naive", "reverse", "parrot"],
        min_length=1,
        description="protocols: which side of the comparison is anonymized",
    )
    adaptive: Adaptive = Adaptive()
    views: list[Annotated[str, InRegistry(VIEWS)]] = Field(
        ["as_is", "pixels", "restored", "conditions"],
        description="views: what the attacker looks at; none for the fixed and the adaptive attacker alone",
    )
    background: int = Field(
        2000, ge=0, description="largest number of faces of the partition train on which the attacker learns"
    )
    people: Name | None = Field(
        None,
        description="dataset that lends every attacker its people of train and dev; null for those of the "
        "attacked dataset",
    )
    jpeg: list[Annotated[int, Field(ge=1, le=100)] | None] = Field(
        [None], min_length=1, description="JPEG qualities of the release, with null for none"
    )
    attributes: bool = Field(
        True,
        description="read age, gender and other attributes, and identify the people of each group apart; "
        "for datasets that have attributes",
    )


class Config(Section):
    """A whole run."""

    run: Name = Field("demo", description="name of the run; results go to results/<run>")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of everything random")
    datasets: dict[Name, Dataset] = Field(
        {"synthfaces": SynthfacesDataset()}, min_length=1, description="name → adapter and its options"
    )
    crop: Crop = Field(Crop(), description="how faces are detected and cropped")
    landmarks: list[Annotated[str, InRegistry(LANDMARKERS)]] = Field(
        ["dlib68"], min_length=1, description="landmark models; the first defines the face hull"
    )
    parsing: list[Annotated[str, InRegistry(PARSERS)]] = Field(
        ["landmark_hull"], description="pixel classes of the crops"
    )
    anonymizers: AnonymizerGrid = Field(
        AnonymizerGrid(
            {
                "identity": {},
                "blackout": {},
                "blur": {"kernel": [11, 31, 101]},
                "pixelate": {"block": [8, 32]},
                "ksame": {"k": [2, 10]},
                "ksame_select": {"k": [5]},
                "avatar": {"states": [7, 64]},
                "cgan": {},
            }
        ),
        description="every combination of the listed values is one setting; prototype is always one",
    )
    recognizers: list[Annotated[str, InRegistry(RECOGNIZERS)]] = Field(
        ["dlib_resnet"], min_length=1, description="identity attackers"
    )
    teachers: list[Annotated[str, InRegistry(TEACHERS)]] = Field(
        ["resnet18_fer2013", "vgg_fer2013"],
        description="expression teachers; resnet18 is trained on a dataset's own labels",
    )
    pooled_teacher: PooledTeacher | None = Field(
        None, description="the teacher that `snakemake teacher` trains on several datasets"
    )
    pooled_generator: PooledGenerator | None = Field(
        None, description="the generator that `snakemake generator` trains on several datasets"
    )
    pooled_avatar: PooledAvatar | None = Field(
        None, description="the avatar's book that `snakemake avatar` learns on several datasets"
    )
    training: Training | None = Field(
        None, description="networks that learn from real, anonymized or both faces, tested on real ones"
    )
    attacks: Attacks = Field(Attacks(), description="protocols and the adaptive attacker")
    realism: list[RealismMetric] = Field(
        ["ssim", "psnr"], description="diagnostics of image quality, never evidence of privacy"
    )
    preservation: list[Annotated[str, InRegistry(ESTIMATORS)]] = Field(
        [],
        description="estimators of pose, landmarks, gaze, …, compared before and after; the first that has a "
        "column fills it",
    )
    frontier: Frontier = Field(Frontier(), description="axes, intervals and pairs of datasets")
    models: Models = Field(Models(), description="where model files come from")

    @model_validator(mode="after")
    def _leave_other_folders_of_the_cache_alone(self) -> Self:
        for name in self.datasets:
            if name in layout.RESERVED:
                raise ValueError(
                    f"datasets: '{name}' cannot be the name of a dataset, as {layout.CACHE / name} holds "
                    f"{layout.RESERVED[name]}; choose another"
                )
        return self

    @model_validator(mode="after")
    def _train_teachers_on_something(self) -> Self:
        reasons = {name: dataset.untrainable for name, dataset in self.datasets.items()}
        for teacher in TRAINED.intersection(self.teachers):
            if all(reasons.values()):
                name, reason = next(iter(reasons.items()))
                raise ValueError(
                    f"teachers: '{teacher}' is trained on a dataset's labels, and '{name}' cannot train it: "
                    f"{reason}; or use resnet18_fer2013, which needs no training"
                )
        return self

    @model_validator(mode="after")
    def _adapt_beside_the_originals(self) -> Self:
        adapted = [name for name in self.teachers if name in ADAPTED]
        if adapted and ORIGINALS_READER not in self.teachers:
            raise ValueError(
                f"teachers: '{adapted[0]}' is compared with '{ORIGINALS_READER}' on the originals; "
                f"add {ORIGINALS_READER} before it"
            )
        return self

    @model_validator(mode="after")
    def _pool_datasets_that_exist(self) -> Self:
        for name in self.pooled_teacher.datasets if self.pooled_teacher else []:
            if name not in self.datasets:
                raise ValueError(
                    f"pooled_teacher.datasets: no dataset '{name}': {nearest(name, list(self.datasets))}"
                )
            if reason := self.datasets[name].untrainable:
                raise ValueError(f"pooled_teacher.datasets: '{name}' cannot train a teacher: {reason}")
        return self

    @model_validator(mode="after")
    def _train_and_test_networks_on_something(self) -> Self:
        if self.training is not None:
            check_training(self.training, self.datasets)
        return self

    @model_validator(mode="after")
    def _train_generators_on_somebody(self) -> Self:
        for key, section in (
            ("pooled_generator", self.pooled_generator),
            ("pooled_avatar", self.pooled_avatar),
        ):
            for name in (*section.photographs, *section.expressions) if section else ():
                if name not in self.datasets:
                    raise ValueError(f"{key}: no dataset '{name}': {nearest(name, list(self.datasets))}")
                if reason := self.datasets[name].untrainable_generator:
                    raise ValueError(f"{key}: '{name}' cannot train one: {reason}")
        for backend in TRAINED_ANONYMIZERS.intersection(self.anonymizers.root):
            for name, dataset in self.datasets.items():
                if dataset.splits.score != "nothing" and (reason := dataset.untrainable_generator):
                    raise ValueError(
                        f"anonymizers: '{backend}' is trained on people who are not scored, and '{name}' "
                        f"cannot train it: {reason}"
                    )
        return self

    @model_validator(mode="after")
    def _measure_the_axis(self) -> Self:
        columns = [name for name in self.frontier.utility_columns if name in PRESERVATION_AXES]
        if columns and not self.preservation:
            raise ValueError(
                f"frontier.utility: '{columns[0]}' is measured by an estimator, and there is none; add one, "
                "such as dlib68, to preservation"
            )
        return self

    @model_validator(mode="after")
    def _need_both_controls(self) -> Self:
        for control in ("identity", "blackout"):
            if control not in self.anonymizers.root:
                raise ValueError(f"anonymizers: the control '{control}' is missing; add '{control}: {{}}'")
        return self

    @model_validator(mode="after")
    def _compute_what_anonymizers_see(self) -> Self:
        for backend in self.anonymizers.root:
            for setting in self.anonymizers.settings(backend).values():
                if setting.sees & {"mesh", "blendshapes"} and "mediapipe478" not in self.landmarks:
                    raise ValueError(
                        f"anonymizers.{backend}: it sees the face mesh; add mediapipe478 to 'landmarks'"
                    )
                if "flame" in setting.sees:
                    self._check_codes(backend)
                if "parsing" in setting.sees and not self.parsing:
                    raise ValueError(f"anonymizers.{backend}: it sees the parsing; add a parser to 'parsing'")
                for teacher in teachers_in(setting.sees):
                    self._check_reader(f"anonymizers.{backend}.teacher", teacher)
        return self

    def _check_codes(self, backend: str) -> None:
        """Reject a dataset without the codes that a backend sees."""
        for name, dataset in self.datasets.items():
            if dataset.deca is None and dataset.splits.score != "nothing":
                raise ValueError(
                    f"datasets.{name}.deca: '{backend}' sees FLAME parameters and there are none; name the "
                    f"folder of the codes that your own DECA wrote, or leave conditions: flame out"
                )

    def _check_reader(self, key: str, teacher: str) -> None:
        """Reject a teacher that does not read the clear faces; one with weights need not be in `teachers`."""
        if teacher in ADAPTED:
            raise ValueError(f"{key}: '{teacher}' reads anonymized faces only; name another teacher")
        if teacher not in self.teachers and (teacher in TRAINED or teacher not in TEACHERS):
            hint = f" ({nearest(teacher, self.teachers)})" if self.teachers else ""
            raise ValueError(f"{key}: '{teacher}' is none of the run's teachers{hint}; add it to teachers")

    @model_validator(mode="after")
    def _borrow_people_who_exist(self) -> Self:
        name = self.attacks.people
        if name is None:
            return self
        if name not in self.datasets:
            raise ValueError(f"attacks.people: no dataset '{name}': {nearest(name, list(self.datasets))}")
        if reason := self.datasets[name].unlendable:
            raise ValueError(f"attacks.people: '{name}' cannot lend people: {reason}")
        return self

    @model_validator(mode="after")
    def _compare_sets_that_exist(self) -> Self:
        compared = self.frontier.compare
        check_compared(compared, self.anonymizers.root)
        sets = sum(len(self.anonymizers.settings(name)) for name in set(compared))
        if compared and sets < 2:
            raise ValueError(
                f"frontier.compare: '{compared[0]}' is a single set; name another backend to compare it with"
            )
        return self

    @model_validator(mode="after")
    def _pair_datasets_that_exist(self) -> Self:
        check_pairs(self.frontier.pairs, self.datasets, self.teachers)
        return self
