"""Training GANonymization's generator with L = λ_adv L_adv + λ_rec L_rec + λ_id L_id + λ_expr L_expr."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from bauta.inference.bfloat16 import has_bfloat16
from bauta.train.cgan import losses
from bauta.train.cgan.batches import Batch, FaceRows
from bauta.train.cgan.development import Development, judge
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.fit import FEATURES, LAYERS, RELATIONS, finite
from bauta.train.cgan.judges import Judges, threshold_at
from bauta.train.cgan.recipe import DEV_FAR
from bauta.train.cgan.resumable import resume_state, train_on
from bauta.train.cgan.views import SeparableView
from bauta.train.ganonymization.heads import Heads, face_masks, shrinking
from bauta.train.ganonymization.recipe import FinetuneRecipe
from bauta.train.ganonymization.state import FinetuneState


@dataclass(frozen=True)
class FinetuneFit:
    """The trained network on the CPU, its evaluation and the training curves."""

    network: nn.Module
    judgement: Development
    curve: tuple[dict[str, float], ...]


@dataclass(frozen=True)
class _Training:
    """The constants of a training."""

    faces: FaceRows
    recipe: FinetuneRecipe
    judges: Judges
    heads: Heads
    small: SeparableView
    device: torch.device

    def autocast(self) -> torch.autocast:
        fast = self.recipe.bfloat16 and has_bfloat16(self.device)
        return torch.autocast(self.device.type, torch.bfloat16, enabled=fast)


def finetune_generator(
    network: nn.Module,
    train: GanFaces,
    dev: GanFaces,
    judges: Judges,
    recipe: FinetuneRecipe,
    *,
    seed: int,
    device: torch.device,
    start: str = "",
    checkpoint: Path | None = None,
    progress: bool = False,
) -> FinetuneFit:
    """Train a network further; call this inside `reproducible`.

    The initial weights and, every `evaluate_every` steps, the current ones are evaluated on the development
    faces. The best are kept, so the result is never worse there than the initial weights, and the training
    stops after `patience` evaluations without improvement.

    Args:
        network: GANonymization's network with its initial weights, which is trained in place.
        train: Training faces.
        dev: Faces of other people.
        judges: The frozen networks, for generated images of the crops' size.
        recipe: Training settings.
        seed: Seed of the discriminator and the batches.
        device: The device to train on.
        start: Hash of the initial weights, by which a checkpoint is recognised.
        checkpoint: File that stores the state at each evaluation; an interrupted training resumes from it,
            with the same result as an uninterrupted one. A checkpoint of another training is ignored.
        progress: Show a progress bar.

    Raises:
        InfeasibleError: there are too few people, or the development faces show only one expression.
        TrainingError: a loss is not finite.
    """
    # Evaluations need this threshold, and without one the training would be in vain.
    threshold_at(dev, DEV_FAR, 0)
    state = FinetuneState.begin(network, f"{train.sha256}{dev.sha256}{start}", recipe, seed, device)
    if checkpoint is not None:
        resume_state(state, checkpoint)
    size = judges.contract.size
    heads = Heads(state.generator, recipe.side, judges.contract)
    small = shrinking(judges.contract, recipe.size).to(device)
    training = _Training(FaceRows(train, device, size), recipe, judges, heads, small, device)
    held_out = FaceRows(dev, device, size)
    judgement = train_on(
        state,
        recipe,
        lambda: _step(state, training),
        lambda: judge(heads, held_out, judges, training.autocast()),
        at_start=True,
        checkpoint=checkpoint,
        progress=progress,
    )
    return FinetuneFit(state.generator.cpu().eval(), judgement, tuple(state.curve))


def _draw(training: _Training, random: torch.Generator) -> Batch:
    """Draw random photographs, each mirrored or not."""
    rows = torch.randint(training.faces.faces.photographs, (training.recipe.batch_size,), generator=random)
    mirrored = torch.rand(len(rows), generator=random) < 0.5
    return training.faces.take(rows, mirrored)


def _step(state: FinetuneState, training: _Training) -> dict[str, float]:
    """Update both networks once and return the parts of the loss."""
    recipe, weights = training.recipe, training.recipe.weights
    rates = (recipe.learning_rate, recipe.critic_rate)
    for optimizer, rate in zip(state.optimizers, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, 2.0 * (1.0 - state.step / recipe.steps))
    batch = _draw(training, state.random)
    with training.autocast():
        crops = training.heads(batch.given)
    # What surrounds the face is black in a generated crop, so only faces are compared.
    masks = face_masks(batch.given["mesh"], training.judges.contract, recipe.size)
    images, photographs = ((pixels + 1.0) * masks - 1.0 for pixels in (training.small(crops), batch.images))
    found: dict[str, torch.Tensor] = {}
    if weights.adversarial > 0:
        found["discriminator"] = _train_discriminator(state, training, photographs, images.detach(), masks)
        state.discriminator.requires_grad_(False)
        with training.autocast():
            found["adversarial"] = losses.adversarial_loss(state.discriminator(images, _halved(masks)))
        state.discriminator.requires_grad_(True)
    found |= _guidance(training, batch, crops)
    layout = losses.layout_loss(images, photographs)
    found["reconstruction"] = layout + FEATURES * found.pop("features")
    total = (
        weights.adversarial * found.get("adversarial", crops.new_zeros(()))
        + weights.reconstruction * found["reconstruction"]
        + weights.identity * found["identity"]
        + weights.expression * found["expression"]
    )
    state.optimizers[0].zero_grad()
    total.backward()
    state.optimizers[0].step()
    state.step += 1
    return finite(found, state.step, recipe.learning_rate)


def _train_discriminator(
    state: FinetuneState,
    training: _Training,
    photographs: torch.Tensor,
    images: torch.Tensor,
    masks: torch.Tensor,
) -> torch.Tensor:
    count = len(photographs)
    with training.autocast():
        scores = state.discriminator(torch.cat([photographs, images]), _halved(torch.cat([masks, masks])))
    loss = losses.discriminator_loss([part[:count] for part in scores], [part[count:] for part in scores])
    state.optimizers[1].zero_grad()
    loss.backward()
    state.optimizers[1].step()
    return loss.detach()


def _halved(masks: torch.Tensor) -> torch.Tensor:
    return functional.avg_pool2d(masks, 2)


def _guidance(training: _Training, batch: Batch, crops: torch.Tensor) -> dict[str, torch.Tensor]:
    """L_id, L_expr and the perceptual part of L_rec; what has no weight is measured, not differentiated."""
    recipe, judges = training.recipe, training.judges
    views = judges.views(crops)
    with training.autocast():
        with torch.no_grad():
            before = judges.teacher.stages_of(batch.views)
        after = judges.teacher.stages_of(views)
        with torch.set_grad_enabled(recipe.weights.identity > 0):
            vectors = judges.embed(crops)
    similarity = losses.cosine_identity_loss(vectors, batch.vectors)
    return {
        "features": losses.perceptual_loss(
            [after[layer].float() for layer in LAYERS], [before[layer].float() for layer in LAYERS]
        ),
        "expression": losses.posterior_loss(judges.logits(after), judges.logits(before), recipe.temperature),
        "identity": similarity + RELATIONS * losses.relational_identity_loss(vectors, batch.vectors),
    }
