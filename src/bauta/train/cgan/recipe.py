"""How a conditional GAN is trained."""

from dataclasses import dataclass
from typing import Literal

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
        steps: Updates of the generator.
        batch_size: Faces a step.
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
