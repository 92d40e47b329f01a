"""Privacy and utility of a generator on the development faces."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import cohen_kappa, contingency
from bauta.train.cgan.batches import FaceRows
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.inversion import Inverter
from bauta.train.cgan.judges import Judges, threshold_at
from bauta.train.cgan.recipe import DEV_FAR


@dataclass(frozen=True)
class Development:
    """An evaluation on the development faces.

    Attributes:
        kappa: Cohen's κ between the teacher's predictions before and after.
        matched: Share of the photographs whose generated face is matched to the same person by the recognizer
            of the loss, at a false accept rate of 1 % among the photographs.
        step: Number of training steps.
        inverted: Share of the photographs whose person is the nearest, among all of them, to the embedding
            that the adversary finds in the generated face; None without an adversary.
    """

    kappa: float
    matched: float
    step: int = 0
    inverted: float | None = None

    @property
    def score(self) -> float:
        """The objective of early stopping, to be maximised: utility minus the loss of privacy."""
        return self.kappa - self.matched - (self.inverted or 0.0)

    @property
    def measured(self) -> dict[str, float]:
        """What was measured, by name."""
        found = {"kappa": self.kappa, "matched": self.matched}
        return found if self.inverted is None else {**found, "inverted": self.inverted}


Draws = Callable[[dict[str, torch.Tensor]], torch.Tensor]


@torch.no_grad()
def judge(
    generator: Draws,
    faces: FaceRows,
    judges: Judges,
    autocast: torch.autocast,
    inverter: Inverter | None = None,
) -> Development:
    """Evaluate a generator.

    Args:
        generator: Maps the inputs of a batch to images (N, 3, S, S) in [-1, 1]; a network must be in
            evaluation mode.
        faces: The development faces.
        judges: The frozen networks.
        autocast: Arithmetic of the networks.
        inverter: The adversary, if there is one.

    Raises:
        InfeasibleError: the development faces have too few people or expressions to evaluate on.
    """
    threshold = threshold_at(faces.faces, DEV_FAR, 0)
    before, after, similarity, guessed = [], [], [], []
    for batch in faces.in_order():
        with autocast:
            images = generator(batch.given)
            before.append(judges.logits(judges.teacher.stages_of(batch.views)).argmax(1))
            after.append(judges.logits(judges.read(images)).argmax(1))
            photographs = images[: len(batch.images)]
            vectors = judges.embed(photographs)
            if inverter is not None:
                guessed.append(inverter(photographs)[1])
        similarity.append(functional.cosine_similarity(vectors, batch.vectors))
    table = contingency(
        torch.cat(before).cpu().numpy(),
        torch.cat(after).cpu().numpy(),
        (len(EXPRESSIONS), len(EXPRESSIONS)),
    )
    kappa = float(cohen_kappa(table))
    if not np.isfinite(kappa):
        raise InfeasibleError(
            "generator: the teacher predicts the same expression for all development faces; "
            "add faces with other expressions"
        )
    matched = float((torch.cat(similarity) > threshold).float().mean())
    inverted = _named(torch.cat(guessed), faces.faces) if guessed else None
    return Development(kappa, matched, inverted=inverted)


def _named(guessed: torch.Tensor, faces: GanFaces) -> float:
    """Share of guessed embeddings (P, D) that are nearest to the mean of their own person's photographs."""
    names, people = np.unique([str(subject) for subject in faces.subjects], return_inverse=True)
    vectors = functional.normalize(torch.from_numpy(faces.vectors)).to(guessed.device)
    vectors = vectors - vectors.mean(dim=0)
    own = torch.from_numpy(people).to(guessed.device)
    means = torch.zeros(len(names), vectors.shape[1], device=guessed.device).index_add_(0, own, vectors)
    nearest = (functional.normalize(guessed) @ functional.normalize(means).T).argmax(dim=1)
    return float((nearest == own).float().mean())
