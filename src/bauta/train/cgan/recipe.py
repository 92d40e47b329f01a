"""How a conditional GAN is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Conditioning = Literal["landmarks", "parsing", "both", "blendshapes"]
IdentityLoss = Literal["cosine", "threshold"]
ExpressionLoss = Literal["logits", "features"]


@dataclass(frozen=True)
class Weights:
    """Weights of the parts of the generator's loss.

    Attributes:
        adversarial: Of the discriminator's opinion.
        reconstruction: Of pose and layout.
        identity: Of the likeness to the original in the eyes of a recognizer; λ_id.
        expression: Of the distance between the teacher's readings before and after; λ_expr.
    """

    adversarial: float = 0.1
    reconstruction: float = 1.0
    identity: float = 1.0
    expression: float = 1.0


@dataclass(frozen=True)
class GanRecipe:
    """Settings of a training; the defaults are made for some hundred rendered faces on two CPU cores.

    Attributes:
        conditions: What the generator sees.
        identity_loss: `cosine` penalises every likeness, `threshold` what exceeds the match threshold.
        expression_loss: Whether the teacher's `logits` or its `features` are compared.
        weights: Of the parts of the loss.
        recognizer: Frozen recognizer behind λ_id, one that is a PyTorch module.
        warm_up: Passes over the faces in which the vector of the conditions is taught the teacher's reading,
            before the first image; cheap, and the generator need not find it out from pixels.
        identity_every: L_id is taken every so many steps, and weighs so much more then: the recognizer is
            half of the cost of a step (lazy regularization; Karras et al., CVPR 2020, section 4.1).
        steps: Updates of the generator.
        batch_size: Images a step, half of them the mirror images of the other half.
        expression_share: Share of a batch that comes from datasets that only teach expressions.
        learning_rate: Of both networks; it falls to zero over the second half of the steps.
        width: Channels of the generator's first stage.
        size: Side of the generated image in pixels; the conditions are drawn at half of it.
        temperature: Of the teacher's posteriors in `logits` (Hinton et al., 2015, section 2).
        jitter: Standard deviation of the noise on landmarks in parts of half the crop's side.
        ema: Decay of the moving average of the generator's weights at each step.
        evaluate_every: Steps between judgements on the development faces.
        patience: Judgements without a better one after which training stops early.
        bfloat16: Whether the products are computed in bfloat16.
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
    learning_rate: float = 1e-3
    width: int = 16
    size: int = 128
    temperature: float = 2.0
    jitter: float = 0.004
    ema: float = 0.99
    evaluate_every: int = 100
    patience: int = 4
    bfloat16: bool = True


SHIPPED = GanRecipe(
    weights=Weights(adversarial=0.3, reconstruction=4.0, identity=2.0, expression=2.0),
    warm_up=60,
    identity_every=3,
    steps=3600,
    batch_size=24,
    learning_rate=8e-4,
    width=20,
    ema=0.998,
    evaluate_every=200,
    patience=20,
)
"""Of the generator that comes with bauta."""


def recipe_of(options: Mapping[str, Any]) -> GanRecipe:
    """The recipe of a setting of the backend `cgan_trained`."""
    steps = int(options["steps"])
    return GanRecipe(
        conditions=options["conditions"],
        identity_loss=options["id_loss"],
        expression_loss=options["expr_loss"],
        weights=Weights(identity=options["lambda_id"], expression=options["lambda_expr"]),
        recognizer=options["recognizer"],
        steps=steps,
        width=options["width"],
        identity_every=2,
        evaluate_every=max(1, steps // 8),
    )
