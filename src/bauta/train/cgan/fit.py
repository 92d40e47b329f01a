"""Fitting the generator against its discriminator and the frozen networks."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from bauta.anonymize.cgan.settings import OF_NOBODY
from bauta.inference.bfloat16 import has_bfloat16
from bauta.train.augment import Augmentation, augment
from bauta.train.cgan import losses
from bauta.train.cgan.batches import Batch, Batches, FaceRows, halves
from bauta.train.cgan.conditions import has_mirror_images
from bauta.train.cgan.development import Development, judge
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.inversion import Sought, inversion_loss, inverter_loss
from bauta.train.cgan.judges import Judges, threshold_at
from bauta.train.cgan.networks import Generator
from bauta.train.cgan.recipe import DEV_FAR, MATCH_FAR, GanRecipe
from bauta.train.cgan.resumable import resume_state, train_on
from bauta.train.cgan.state import GanState
from bauta.train.fit import TrainingError

log = logging.getLogger(__name__)

WARM_UP_FACES = 12_000
WARM_UP_BATCH = 256
WARM_UP_RATE = 1e-3
RELATIONS = 1.0
"""Weight of the relations between faces in L_id, relative to the similarity to the original."""

FEATURES = 0.1
"""Weight of the perceptual part of L_rec, relative to the layout part."""

SYMMETRY = 3.0
"""Weight of the symmetry in L_rec; without it, a blot on one cheek emerges that sways the teacher."""

MOVES = Augmentation(
    rotation=0.15, scale=0.1, shift=0.05, gamma=0.2, light=0.15, soften=0.5, noise=0.02, erase=0.15
)
"""How much the teacher's views are moved and relit, if they are: less than in the training of a teacher."""

EDGE = 11
"""The discriminator sees a drawing without 2 / EDGE of its side at each edge: its background is plain, and
shall stay so, whatever is behind the faces in photographs."""

LAYERS = (1, 3)
"""Teacher blocks whose features the perceptual part of L_rec compares: cells of 2 and 4 pixels."""


@dataclass(frozen=True)
class GanFit:
    """A trained generator on the CPU, its evaluation and the training curves."""

    network: Generator
    judgement: Development
    curve: tuple[dict[str, float], ...]


@dataclass(frozen=True)
class _Training:
    """The constants of a training."""

    batches: Batches
    recipe: GanRecipe
    judges: Judges
    threshold: float
    device: torch.device
    sought: Sought | None

    def judged(self, images: torch.Tensor, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the discriminator sees of images (N, 3, S, S) and their maps (N, C, S/2, S/2)."""
        if self.recipe.conditions != "drawing":
            return images, maps
        edge = self.recipe.size // EDGE
        return images[:, :, 2 * edge : -2 * edge, 2 * edge : -2 * edge], maps[:, :, edge:-edge, edge:-edge]

    def autocast(self) -> torch.autocast:
        fast = self.recipe.bfloat16 and has_bfloat16(self.device)
        return torch.autocast(self.device.type, torch.bfloat16, enabled=fast)


def fit_generator(
    train: GanFaces,
    dev: GanFaces,
    judges: Judges,
    recipe: GanRecipe,
    *,
    seed: int,
    device: torch.device,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> GanFit:
    """Train a generator; call this inside `reproducible`.

    Every `evaluate_every` steps, the averaged weights are evaluated on the development faces. The best are
    kept, and the training stops after `patience` evaluations without improvement.

    Args:
        train: Training faces.
        dev: Faces of other people.
        judges: The frozen networks.
        recipe: Training settings.
        seed: Seed of the weights and the batches.
        device: The device to train on.
        checkpoint: File that stores the state at each evaluation; an interrupted training resumes from it,
            with the same result as an uninterrupted one. A checkpoint of another training is ignored.
        progress: Show a progress bar.

    Raises:
        InfeasibleError: there are too few people, or the development faces show only one expression.
        TrainingError: a loss is not finite.
    """
    threshold = threshold_at(train, MATCH_FAR, seed)
    # Evaluations need this threshold, and the first one comes late.
    threshold_at(dev, DEV_FAR, 0)
    data = f"{train.sha256}{dev.sha256}"
    state = GanState.begin(data, recipe, seed, device, vector=train.vectors.shape[1])
    if checkpoint is not None:
        resume_state(state, checkpoint)
    sought = Sought.of(train, device) if recipe.weights.inversion > 0 else None
    training = _Training(Batches(train, device, recipe=recipe), recipe, judges, threshold, device, sought)
    if state.step == 0:
        _warm_up(state, training)
    held_out = FaceRows(dev, device)
    inverter = state.inverter if sought is not None else None
    judgement = train_on(
        state,
        recipe,
        lambda: _step(state, training),
        lambda: judge(state.average, held_out, judges, training.autocast(), inverter),
        checkpoint=checkpoint,
        progress=progress,
    )
    return GanFit(state.average.cpu().eval(), judgement, tuple(state.curve))


def _warm_up(state: GanState, training: _Training) -> None:
    """Train the style network to predict the teacher's logits, before the first image."""
    generator, recipe = state.generator, training.recipe
    faces = len(training.batches.faces)
    chosen = torch.randperm(faces, generator=state.random)[:WARM_UP_FACES].sort().values
    everything = training.batches.in_order(chosen)
    given = {name: torch.cat([batch.given[name] for batch in everything]) for name in everything[0].given}
    generator.conditions.standardise(given)
    photographs = torch.cat([batch.images for batch in everything])
    landmarks = given["landmarks"][: len(photographs)] if "landmarks" in given else None
    generator.appearance.average(photographs, landmarks)
    if generator.style is not None:
        logits = torch.cat([_original_logits(batch, training) for batch in everything])
        optimizer = torch.optim.Adam(generator.style.parameters(), lr=WARM_UP_RATE, weight_decay=1e-4)
        count = len(logits)
        for _ in range(recipe.warm_up):
            for rows in torch.randperm(count, generator=state.random).split(WARM_UP_BATCH):
                part = {name: values[rows] for name, values in given.items()}
                if "landmarks" in part:
                    noise = torch.randn(part["landmarks"].shape, generator=state.random)
                    part["landmarks"] = part["landmarks"] + 2 * recipe.jitter * noise.to(training.device)
                guess = generator.style.logits(generator.conditions.vector(part))
                loss = losses.posterior_loss(guess, logits[rows], recipe.temperature)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        log.info("teacher's logits predicted from the conditions: loss %.4f", loss.item())
    state.average.load_state_dict(generator.state_dict())


@torch.no_grad()
def _original_logits(batch: Batch, training: _Training) -> torch.Tensor:
    with training.autocast():
        return training.judges.logits(training.judges.teacher.stages_of(batch.views))


def _step(state: GanState, training: _Training) -> dict[str, float]:
    """Update both networks once and return the parts of the loss."""
    recipe = training.recipe
    rate = recipe.learning_rate * min(1.0, 2.0 * (1.0 - state.step / recipe.steps))
    for optimizer in state.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
    batch = training.batches.draw(state.random)
    state.generator.train()
    maps = state.generator.conditions.maps(batch.given)
    base = state.generator.base(batch.given)
    with training.autocast():
        images = state.generator.paint(maps, base, batch.given)
    found: dict[str, torch.Tensor] = {}
    weights = recipe.weights
    if weights.adversarial > 0:
        found["discriminator"] = _train_discriminator(state, training, batch, images.detach(), maps)
        with training.autocast():
            scores = state.discriminator(*training.judged(images, maps))
            found["adversarial"] = losses.adversarial_loss(scores)
    found |= _generator_losses(
        state, training, batch, images, base, identity=state.step % recipe.identity_every == 0
    )
    if training.sought is not None:
        found |= _inversion_losses(state, training, training.sought, batch, images)
    total = (
        weights.adversarial * found.get("adversarial", images.new_zeros(()))
        + weights.reconstruction * found["reconstruction"]
        + weights.identity * recipe.identity_every * found.get("identity", images.new_zeros(()))
        + weights.expression * found["expression"]
        + weights.inversion * found.get("inversion", images.new_zeros(()))
    )
    state.optimizers[0].zero_grad()
    total.backward()
    state.optimizers[0].step()
    state.step += 1
    state.follow(recipe.ema)
    return finite(found, state.step, recipe.learning_rate)


def finite(found: Mapping[str, torch.Tensor], step: int, rate: float) -> dict[str, float]:
    """Return the parts of the loss as numbers.

    Raises:
        TrainingError: one is not finite.
    """
    values = {name: value.item() for name, value in found.items()}
    if not all(map(math.isfinite, values.values())):
        raise TrainingError(
            f"generator: a loss is not finite in step {step} ({values}); "
            f"lower the learning rate (it is {rate})"
        )
    return values


def _train_discriminator(
    state: GanState, training: _Training, batch: Batch, images: torch.Tensor, maps: torch.Tensor
) -> torch.Tensor:
    count = len(batch.images)
    own = maps[:count]
    if training.recipe.conditions in OF_NOBODY and batch.proportions is not None:
        # Photographs have their own landmarks, not those that faces are drawn with.
        given = {**batch.given, "landmarks": batch.given["landmarks"] + batch.proportions}
        own = state.generator.conditions.maps({name: part[:count] for name, part in given.items()})
    pictures, drawn = training.judged(torch.cat([batch.images, images]), torch.cat([own, maps]))
    with training.autocast():
        scores = state.discriminator(pictures, drawn)
    loss = losses.discriminator_loss([part[:count] for part in scores], [part[count:] for part in scores])
    state.optimizers[1].zero_grad()
    loss.backward()
    state.optimizers[1].step()
    return loss.detach()


def _inversion_losses(
    state: GanState, training: _Training, sought: Sought, batch: Batch, images: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Train the adversary on these faces, and what it then finds in them."""
    truth = sought.truth(batch)
    with training.autocast():
        missed = inverter_loss(state.inverter(images.detach()), truth)
    state.optimizers[2].zero_grad()
    missed.backward()
    state.optimizers[2].step()
    state.inverter.requires_grad_(False)
    with training.autocast():
        found = inversion_loss(state.inverter(images), truth)
    state.inverter.requires_grad_(True)
    return {"inverter": missed.detach(), "inversion": found}


def _generator_losses(
    state: GanState,
    training: _Training,
    batch: Batch,
    images: torch.Tensor,
    base: torch.Tensor,
    *,
    identity: bool,
) -> dict[str, torch.Tensor]:
    """L_rec, L_expr and, in every `identity_every`-th step, L_id."""
    recipe, judges, count = training.recipe, training.judges, len(batch.images)
    clear, shown = batch.views, judges.views(images)
    if recipe.moved:
        moves = state.random.get_state()
        clear = augment(clear, MOVES, state.random)
        state.random.set_state(moves)
        shown = augment(shown, MOVES, state.random)
    with training.autocast():
        with torch.no_grad():
            before = judges.teacher.stages_of(clear)
        after = judges.teacher.stages_of(shown)
    if recipe.conditions == "drawing":
        kept = losses.drawing_loss(images, base)
    else:
        # For a face without a photograph, the mean face provides the layout.
        kept = losses.layout_loss(images, torch.cat([batch.images, base[count:]]))
        kept = kept + FEATURES * losses.perceptual_loss(
            [after[layer].float() for layer in LAYERS], [before[layer].float() for layer in LAYERS]
        )
    found = {"reconstruction": kept}
    if has_mirror_images(batch.given):
        faces, mirrored = halves(count // 2, (len(images) - count) // 2)
        found["reconstruction"] += SYMMETRY * losses.symmetry_loss(images[faces], images[mirrored])
    if recipe.expression_loss == "logits":
        found["expression"] = losses.posterior_loss(
            judges.logits(after), judges.logits(before), recipe.temperature
        )
    else:
        found["expression"] = losses.feature_loss(
            after[-1].float().mean((2, 3)), before[-1].float().mean((2, 3))
        )
    if identity:
        # With a weight of 0, it is still measured, but not differentiated.
        with training.autocast(), torch.set_grad_enabled(recipe.weights.identity > 0):
            # Mirror images are left out: each would form a pair that stays similar.
            vectors, originals = judges.embed(images[: count // 2]), batch.vectors[: count // 2]
        if recipe.identity_loss == "cosine":
            similarity = losses.cosine_identity_loss(vectors, originals)
        else:
            similarity = losses.threshold_identity_loss(vectors, originals, training.threshold)
        found["identity"] = similarity + RELATIONS * losses.relational_identity_loss(vectors, originals)
    return found
