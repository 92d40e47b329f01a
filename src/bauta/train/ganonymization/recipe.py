"""Training settings of GANonymization's generator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bauta.train.cgan.recipe import Weights


@dataclass(frozen=True)
class FinetuneRecipe:
    """Settings of a training that starts from published weights.

    Attributes:
        start: Name in `models.yaml` of these weights.
        side: Side of the network's input and of its head in pixels.
        weights: Weights of the parts of the loss; nothing is inverted.
        recognizer: Frozen recognizer behind λ_id, which must be a PyTorch module.
        steps: Updates of the generator.
        batch_size: Faces per step.
        learning_rate: Learning rate of the generator, half of that of the published weights' training; it
            falls to zero over the second half of the steps.
        critic_rate: Learning rate of the discriminator, which starts from random weights.
        width: Channels of the discriminator's first stage.
        size: Side of the photographs, in pixels, to which crops are scaled down for L_rec and L_adv.
        temperature: Temperature of the teacher's posteriors (Hinton et al., 2015, section 2).
        evaluate_every: Steps between evaluations on the development faces.
        patience: Number of evaluations without improvement after which training stops early.
        bfloat16: Whether matrix products are computed in bfloat16 where the processor can compute in it.
        conditions: What the generator sees.
    """

    start: str = "ganonymization_25"
    side: int = 512
    weights: Weights = field(default_factory=Weights)
    recognizer: str = "mobilefacenet_casia"
    steps: int = 400
    batch_size: int = 8
    learning_rate: float = 1e-4
    critic_rate: float = 4e-4
    width: int = 16
    size: int = 128
    temperature: float = 2.0
    evaluate_every: int = 50
    patience: int = 4
    bfloat16: bool = True
    conditions: Literal["mesh"] = "mesh"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the generator's inputs."""
        return (self.conditions,)

    @property
    def expression_faces(self) -> int:
        """No face without a photograph is used, because every part of the loss needs one."""
        return 0


def recipe_of(options: Mapping[str, Any]) -> FinetuneRecipe:
    """Build the recipe for a setting of the backend `ganonymization_trained`."""
    steps = int(options["steps"])
    return FinetuneRecipe(
        start=options["finetune"],
        side=options["size"],
        weights=Weights(identity=options["lambda_id"], expression=options["lambda_expr"]),
        recognizer=options["recognizer"],
        steps=steps,
        evaluate_every=max(1, steps // 8),
    )
