"""Privacy and utility of a generator on the development faces."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import cohen_kappa, contingency
from bauta.train.cgan.batches import Batches
from bauta.train.cgan.judges import Judges, threshold_at
from bauta.train.cgan.networks import Generator
from bauta.train.cgan.recipe import DEV_FAR


@dataclass(frozen=True)
class Development:
    """An evaluation on the development faces.

    Attributes:
        kappa: Cohen's κ between the teacher's predictions before and after.
        matched: Share of the photographs whose generated face is matched to the same person by the recognizer
            of the loss, at a false accept rate of 1 % among the photographs.
        step: Number of training steps.
    """

    kappa: float
    matched: float
    step: int = 0

    @property
    def score(self) -> float:
        """The objective of early stopping, to be maximised: utility minus the loss of privacy."""
        return self.kappa - self.matched


@torch.no_grad()
def judge(generator: Generator, faces: Batches, judges: Judges, autocast: torch.autocast) -> Development:
    """Evaluate a generator, which must be in evaluation mode.

    Raises:
        InfeasibleError: the development faces have too few people or expressions to evaluate on.
    """
    threshold = threshold_at(faces.faces, DEV_FAR, 0)
    before, after, similarity = [], [], []
    for batch in faces.in_order():
        with autocast:
            images = generator(batch.given)
            before.append(judges.logits(judges.teacher.stages_of(batch.views)).argmax(1))
            after.append(judges.logits(judges.read(images)).argmax(1))
            vectors = judges.embed(images[: len(batch.images)])
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
    return Development(kappa, float((torch.cat(similarity) > threshold).float().mean()))
