"""The configuration's schema. `config.yaml` and the JSON schema are generated from these models."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bauta.anonymize import TRAINED_ANONYMIZERS
from bauta.config.anonymizers import AnonymizerGrid
from bauta.config.datasets import Dataset, SynthfacesDataset
from bauta.config.frontier import Frontier, check_pairs
from bauta.config.section import Name, Section, in_registry
from bauta.detect import DETECTORS
from bauta.express import ADAPTED, ORIGINALS_READER, TEACHERS, TRAINED
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.registry import nearest

Protocol = Literal["naive", "reverse", "parrot"]
RealismMetric = Literal["ssim", "psnr", "lpips", "fid"]


class Crop(Section):
    """The crop contract and the detector that finds the faces."""

    detector: Annotated[str, in_registry(DETECTORS)] = Field(
        "mtcnn", description="detector whose five points align the crop"
    )
    size: int = Field(256, ge=64, le=1024, multiple_of=8, description="side of a crop in pixels")
    margin: float = Field(0.4, ge=0, le=2, description="added to the ArcFace crop's side, in total")


class Adaptive(Section):
    """The attacker that is trained on anonymized faces."""

    enabled: bool = Field(True, description="train and score it")


class Attacks(Section):
    """Who attacks."""

    protocols: list[Protocol] = Field(
        ["naive", "reverse", "parrot"], min_length=1, description="which side the attacker has anonymized"
    )
    adaptive: Adaptive = Adaptive()


class Models(Section):
    """Where model files come from and which licences are accepted."""

    dir: str | None = Field(None, description="folder that is looked at first, else BAUTA_MODELS")
    download: bool = Field(True, description="fetch missing files")
    lock: str = Field(
        "models.lock.yaml", min_length=1, description="file that pins the models that no hash is published of"
    )
    accept: list[Literal["permissive", "research"]] = Field(
        ["permissive", "research"], min_length=1, description="licence classes that may be used"
    )


class PooledTeacher(Section):
    """A teacher that is trained on several datasets, to be used on others."""

    datasets: list[Name] = Field(min_length=1, description="trained on; calibrated on dev of the first")
    recipe: Literal["resnet18", "resnet18_fer2013"] = Field(
        "resnet18_fer2013", description="how, a name of train.recipe.RECIPES"
    )


class PooledGenerator(Section):
    """A generator that is trained on several datasets, to be used on others."""

    photographs: list[Name] = Field(min_length=1, description="datasets that it learns to draw like")
    expressions: list[Name] = Field([], description="datasets that only teach it expressions")


class Config(Section):
    """A whole run."""

    run: Name = Field("demo", description="name of the run; results go to results/<run>")
    seed: int = Field(0, ge=0, lt=2**32, description="everything random is drawn from it")
    datasets: dict[Name, Dataset] = Field(
        {"synthfaces": SynthfacesDataset()}, min_length=1, description="name → adapter and its options"
    )
    crop: Crop = Field(Crop(), description="how faces are found and cut out")
    landmarks: list[Annotated[str, in_registry(LANDMARKERS)]] = Field(
        ["dlib68"], min_length=1, description="the first gives the face hull"
    )
    parsing: list[Annotated[str, in_registry(PARSERS)]] = Field(
        ["landmark_hull"], description="pixel classes of the crops"
    )
    anonymizers: AnonymizerGrid = Field(
        AnonymizerGrid(
            {
                "identity": {},
                "blackout": {},
                "blur": {"kernel": [11, 31, 101]},
                "pixelate": {"block": [4, 8, 32]},
                "ksame": {"k": [2, 5, 10]},
                "ksame_select": {"k": [5]},
            }
        ),
        description="every combination of the listed values is one setting",
    )
    recognizers: list[Annotated[str, in_registry(RECOGNIZERS)]] = Field(
        ["dlib_resnet"], min_length=1, description="identity attackers"
    )
    teachers: list[Annotated[str, in_registry(TEACHERS)]] = Field(
        ["resnet18_fer2013"], description="expression teachers; resnet18 is trained on a dataset's own labels"
    )
    pooled_teacher: PooledTeacher | None = Field(
        None, description="what `snakemake teacher` trains on several datasets"
    )
    pooled_generator: PooledGenerator | None = Field(
        None, description="what `snakemake generator` trains on several datasets"
    )
    attacks: Attacks = Field(Attacks(), description="protocols and the adaptive attacker")
    realism: list[RealismMetric] = Field(
        ["ssim", "psnr"], description="diagnostics, never evidence of privacy"
    )
    frontier: Frontier = Field(Frontier(), description="axes, intervals and pairs of datasets")
    models: Models = Field(Models(), description="where model files come from")

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
                f"teachers: '{adapted[0]}' is compared with what '{ORIGINALS_READER}' reads on originals; "
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
    def _train_generators_on_somebody(self) -> Self:
        section = self.pooled_generator
        for name in (*section.photographs, *section.expressions) if section else ():
            if name not in self.datasets:
                raise ValueError(
                    f"pooled_generator: no dataset '{name}': {nearest(name, list(self.datasets))}"
                )
            if reason := self.datasets[name].untrainable_generator:
                raise ValueError(f"pooled_generator: '{name}' cannot train one: {reason}")
        for backend in TRAINED_ANONYMIZERS.intersection(self.anonymizers.root):
            for name, dataset in self.datasets.items():
                if dataset.splits.score != "nothing" and (reason := dataset.untrainable_generator):
                    raise ValueError(
                        f"anonymizers: '{backend}' is trained on people who are not scored, and '{name}' "
                        f"cannot train it: {reason}"
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
                if "parsing" in setting.sees and not self.parsing:
                    raise ValueError(f"anonymizers.{backend}: it sees the parsing; add a parser to 'parsing'")
        return self

    @model_validator(mode="after")
    def _pair_datasets_that_exist(self) -> Self:
        check_pairs(self.frontier.pairs, self.datasets, self.teachers)
        return self
