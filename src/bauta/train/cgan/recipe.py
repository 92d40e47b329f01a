"""Training settings of the conditional GAN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bauta.anonymize.cgan.settings import OF_NOBODY, SHIPPED_SETTING
from bauta.errors import ConfigError

Conditioning = Literal["landmarks", "measures", "drawing", "parsing", "both", "blendshapes", "flame"]
IdentityLoss = Literal["cosine", "threshold"]
ExpressionLoss = Literal["logits", "features"]

MATCH_FAR = 1e-3
"""False accept rate behind the match threshold of the hinge, on the training faces."""

DEV_FAR = 1e-2
"""False accept rate behind the match threshold of an evaluation, on the fewer development faces."""


def inputs_of(conditions: Conditioning) -> tuple[str, ...]:
    """Names of a generator's inputs, in the order of its arguments."""
    return {
        "landmarks": ("landmarks",),
        "measures": ("landmarks",),
        "drawing": ("landmarks", "drawing"),
        "parsing": ("parsing",),
        "both": ("landmarks", "parsing"),
        "blendshapes": ("blendshapes",),
        "flame": ("flame",),
    }[conditions]


@dataclass(frozen=True)
class Weights:
    """Weights of the parts of the generator's loss.

    Attributes:
        adversarial: Weight of the discriminator's loss.
        reconstruction: Weight of pose and layout.
        identity: Weight λ_id of the similarity to the original according to a recognizer.
        expression: Weight λ_expr of the distance between the teacher's outputs before and after.
        inversion: Weight λ_inv of what an adversary recovers of the original from the generated face.
    """

    adversarial: float = 0.1
    reconstruction: float = 1.0
    identity: float = 1.0
    expression: float = 1.0
    inversion: float = 0.0


@dataclass(frozen=True)
class GanRecipe:
    """Settings of a training; the defaults suit a few hundred rendered faces on two CPU cores.

    Attributes:
        conditions: The generator's conditions; `measures` are landmarks on everybody's proportions that are
            held as those of the face are, and `drawing` are these and the avatar's drawing of them, which the
            generator changes in the place of its mean face.
        identity_loss: `cosine` penalises all similarity, `threshold` only similarity above the match
            threshold.
        expression_loss: Whether the teacher's `logits` or its `features` are compared.
        weights: Weights of the parts of the loss.
        recognizer: Frozen recognizer behind λ_id, which must be a PyTorch module.
        warm_up: Passes over the faces, before the first image, in which the style network learns to predict
            the teacher's logits; this is cheap and spares the generator from learning it from pixels.
        identity_every: L_id is computed every this many steps and weighted by the same factor: the recognizer
            is half of the cost of a step (lazy regularization; Karras et al., CVPR 2020, section 4.1).
        steps: Updates of the generator.
        batch_size: Images per step, half of them the mirror images of the other half.
        expression_share: Share of a batch from datasets that only teach expressions.
        expression_faces: At most this many faces of each of these datasets, spread evenly; None for all.
        learning_rate: Learning rate of both networks; it falls to zero over the second half of the steps.
        width: Channels of the generator's first stage.
        size: Side of the generated image in pixels; the conditions are drawn at half of it.
        enlarged: Side of what the trained generator draws, in multiples of `size`: a drawing has the detail
            of the averages, and the change, which is smooth, is enlarged with it.
        tinted: Whether the network changes all colours of the mean face, or only how light it is, so that no
            colour carries a class.
        moved: Whether the views in which the teacher compares before and after are moved, relit and partly
            erased at random, both alike: what it reads in all of them, other teachers read as well.
        temperature: Temperature of the teacher's posteriors in `logits` (Hinton et al., 2015, section 2).
        jitter: Standard deviation of the noise on landmarks, as a fraction of half the crop's side.
        ema: Decay of the moving average of the generator's weights at each step.
        evaluate_every: Steps between evaluations on the development faces.
        patience: Number of evaluations without improvement after which training stops early.
        bfloat16: Whether matrix products are computed in bfloat16 where the processor can compute in it.
    """

    conditions: Conditioning = "landmarks"
    identity_loss: IdentityLoss = "cosine"
    expression_loss: ExpressionLoss = "logits"
    weights: Weights = Weights()
    recognizer: str = "mobilefacenet_casia"
    warm_up: int = 40
    identity_every: int = 1
    steps: int = 400
    batch_size: int = 16
    expression_share: float = 0.5
    expression_faces: int | None = None
    learning_rate: float = 1e-3
    width: int = 16
    size: int = 128
    enlarged: int = 1
    tinted: bool = True
    moved: bool = False
    temperature: float = 2.0
    jitter: float = 0.004
    ema: float = 0.99
    evaluate_every: int = 100
    patience: int = 4
    bfloat16: bool = True

    def __post_init__(self) -> None:
        if self.enlarged != 1 and self.conditions != "drawing":
            raise ConfigError(
                f"generator: expected conditions: drawing with enlarged {self.enlarged}, got "
                f"{self.conditions}; a mean face has no finer detail"
            )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the generator's inputs, in the order of its arguments."""
        return inputs_of(self.conditions)

    @property
    def seeks_nobody(self) -> bool:
        """Whether landmarks of nobody are needed: as conditions, or to tell what is left of somebody."""
        return self.conditions in OF_NOBODY or self.weights.inversion > 0


SHIPPED = GanRecipe(
    conditions=SHIPPED_SETTING.conditions,
    weights=Weights(
        adversarial=0.1,
        reconstruction=10.0,
        identity=2.0,
        expression=2.0,
        inversion=SHIPPED_SETTING.lambda_inv,
    ),
    warm_up=60,
    identity_every=3,
    steps=1200,
    batch_size=24,
    expression_faces=8000,
    learning_rate=8e-4,
    width=20,
    enlarged=2,
    tinted=False,
    moved=True,
    ema=0.998,
    evaluate_every=200,
    patience=20,
)
"""The recipe of the generator that ships with bauta."""


def recipe_of(options: Mapping[str, Any]) -> GanRecipe:
    """Build the recipe for a setting of the backend `cgan_trained`."""
    steps = int(options["steps"])
    return GanRecipe(
        conditions=options["conditions"],
        identity_loss=options["id_loss"],
        expression_loss=options["expr_loss"],
        weights=Weights(
            identity=options["lambda_id"],
            expression=options["lambda_expr"],
            inversion=options["lambda_inv"],
        ),
        recognizer=options["recognizer"],
        steps=steps,
        width=options["width"],
        size=options["size"],
        identity_every=2,
        evaluate_every=max(1, steps // 8),
    )
