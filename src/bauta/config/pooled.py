"""The teacher, the generator and the avatar's book that are learnt on several datasets for use on others."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bauta.config.section import InRegistry, Name, Section
from bauta.express import TEACHERS, TRAINED


class PooledTeacher(Section):
    """A teacher that is trained on several datasets for use on others."""

    datasets: list[Name] = Field(
        min_length=1, description="datasets to train on; calibrated on dev of the first"
    )
    recipe: Literal["resnet18", "resnet18_fer2013", "vgg_fer2013"] = Field(
        "resnet18_fer2013", description="training recipe, a name in train.recipe.RECIPES"
    )
    share: float = Field(
        1.0, gt=0, le=1, description="share of the training faces of the first dataset that is used"
    )
    augment: dict[Name, Annotated[float, Field(ge=0, le=1)]] = Field(
        {}, description="dataset that augments the others → share of its training faces that is used, 0 to 1"
    )
    pseudo_labels: dict[Name, Annotated[str, InRegistry(TEACHERS)]] = Field(
        {}, description="dataset → teacher with weights whose posteriors take the place of its labels"
    )
    anonymized: dict[Name, str] = Field(
        {}, description='dataset → setting under which its training faces are seen, such as "blur kernel=31"'
    )

    @model_validator(mode="after")
    def _augment_the_first_dataset(self) -> Self:
        """The first dataset is that of the photographs, on whose people the teacher is calibrated."""
        for key in ("augment", "pseudo_labels", "anonymized"):
            for name in getattr(self, key):
                if name not in self.datasets[1:]:
                    raise ValueError(f"{key}: '{name}' is not one of the datasets after the first")
        trained = [name for name in self.pseudo_labels.values() if name in TRAINED]
        if trained:
            raise ValueError(f"pseudo_labels: '{trained[0]}' has no weights; name another teacher")
        return self

    @property
    def keyed(self) -> dict[str, Any]:
        """What determines the teacher; keys of teachers without these options stay as they were before."""
        own = {"share": 1.0, "augment": {}, "pseudo_labels": {}, "anonymized": {}}
        unused = {name for name, value in own.items() if getattr(self, name) == value}
        return self.model_dump(exclude=unused)


class PooledGenerator(Section):
    """A generator that is trained on several datasets for use on others."""

    photographs: list[Name] = Field(
        min_length=1, description="datasets whose photographs it learns to imitate"
    )
    expressions: list[Name] = Field([], description="datasets that only teach it expressions")


class PooledAvatar(Section):
    """A book of the avatar that is learnt on several datasets for use on others."""

    photographs: list[Name] = Field(
        min_length=1, description="dataset whose people are averaged", max_length=1
    )
    expressions: list[Name] = Field([], description="datasets that only show which states there are")
