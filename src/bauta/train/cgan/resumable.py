"""The part of a generator's training that any network needs: its checkpoints, its loop and what is kept."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from tqdm import tqdm

from bauta.errors import ModelError
from bauta.io.atomic import write_atomically
from bauta.models.reason import first_line
from bauta.models.torch_weights import load_weights
from bauta.train.cgan.development import Development
from bauta.train.fit import TrainingError
from bauta.train.state import NOT_A_STATE

log = logging.getLogger(__name__)


class LoopRecipe(Protocol):
    """The part of a training's settings that its loop reads."""

    @property
    def steps(self) -> int:
        """Updates of the generator."""
        ...

    @property
    def evaluate_every(self) -> int:
        """Steps between evaluations on the development faces."""
        ...

    @property
    def patience(self) -> int:
        """Number of evaluations without improvement after which the training stops."""
        ...


class Resumable(Protocol):
    """Everything that changes while a generator is trained.

    Attributes:
        identity: Hash of everything that determines the training: data, recipe, seed and initial weights.
        optimizers: The optimizers.
        random: Source of randomness of the batches.
        step: Number of completed steps.
        curve: Parts of the loss at each step since the last evaluation, and each evaluation.
        best: The kept weights at the best evaluation, with that evaluation; None before the first one.
    """

    identity: str
    optimizers: tuple[torch.optim.Optimizer, ...]
    random: torch.Generator
    step: int
    curve: list[dict[str, float]]
    best: dict[str, Any] | None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The networks whose weights change, by name."""
        ...

    @property
    def kept(self) -> nn.Module:
        """The network that is evaluated, and whose best weights are kept."""
        ...


def save_state(state: Resumable, path: Path) -> None:
    """Write a state atomically."""
    saved = {
        "identity": state.identity,
        **{name: network.state_dict() for name, network in state.networks.items()},
        "optimizers": [optimizer.state_dict() for optimizer in state.optimizers],
        "random": state.random.get_state(),
        "step": state.step,
        "curve": state.curve,
        "best": state.best,
    }
    write_atomically(path, lambda partial: torch.save(saved, partial))


def resume_state(state: Resumable, path: Path) -> None:
    """Take a state from a checkpoint, if there is one of this training.

    Raises:
        ModelError: the checkpoint claims to belong to this training, but its content does not match.
    """
    if not path.is_file():
        return
    try:
        saved = load_weights(path)
    except ModelError as error:
        log.warning("%s: the training restarts from the beginning", error)
        return
    if saved.get("identity") != state.identity:
        log.warning("%s belongs to another training and is ignored", path)
        return
    try:
        _take(state, saved)
    except NOT_A_STATE as error:
        reason = first_line(error)
        raise ModelError(f"{path} is not a checkpoint of this training ({reason}): delete it") from None
    log.info("resuming after step %d from %s", state.step, path)


def _take(state: Resumable, saved: Mapping[str, Any]) -> None:
    for name, network in state.networks.items():
        network.load_state_dict(saved[name])
    for optimizer, values in zip(state.optimizers, saved["optimizers"], strict=True):
        optimizer.load_state_dict(values)
    state.random.set_state(saved["random"])
    state.step, state.curve, state.best = saved["step"], saved["curve"], saved["best"]


def train_on(
    state: Resumable,
    recipe: LoopRecipe,
    step: Callable[[], dict[str, float]],
    evaluate: Callable[[], Development],
    *,
    at_start: bool = False,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Development:
    """Train until the last step or until evaluations stop improving, and restore the best weights.

    Args:
        state: The state, which is changed.
        recipe: Numbers of steps.
        step: Trains for one step, counts it and returns the parts of the loss.
        evaluate: Evaluates the network that is kept.
        at_start: Whether the initial weights are evaluated and may be the best.
        checkpoint: File that stores the state at each evaluation.
        progress: Show a progress bar.

    Returns:
        The evaluation of the best weights, which the kept network holds.

    Raises:
        TrainingError: there was no evaluation.
    """
    sums: dict[str, list[float]] = {}

    def assess() -> None:
        judgement = evaluate()
        parts = {name: sum(values) / len(values) for name, values in sums.items()}
        sums.clear()
        state.curve.append({"step": state.step, **parts, **judgement.measured})
        if state.best is None or judgement.score > state.best["score"]:
            state.best = {
                "score": judgement.score,
                **judgement.measured,
                "step": state.step,
                "weights": {name: value.clone() for name, value in state.kept.state_dict().items()},
            }
        log.info("step %d of %d: %s", state.step, recipe.steps, state.curve[-1])
        if checkpoint is not None:
            save_state(state, checkpoint)

    if at_start and state.step == 0 and state.best is None:
        assess()
    bar = tqdm(total=recipe.steps, initial=state.step, desc="generator", disable=None if progress else True)
    while state.step < recipe.steps and not _stalled(state, recipe):
        for name, value in step().items():
            sums.setdefault(name, []).append(value)
        bar.update()
        if state.step % recipe.evaluate_every == 0 or state.step == recipe.steps:
            assess()
    bar.close()
    if state.best is None:
        raise TrainingError(f"generator: {recipe.steps} steps ended without an evaluation; train longer")
    state.kept.load_state_dict(state.best["weights"])
    return Development(
        state.best["kappa"], state.best["matched"], state.best["step"], state.best.get("inverted")
    )


def _stalled(state: Resumable, recipe: LoopRecipe) -> bool:
    if state.best is None:
        return False
    return state.step - state.best["step"] >= recipe.patience * recipe.evaluate_every
