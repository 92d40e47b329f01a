"""Privacy and utility of a generator on the development faces."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from bauta.errors import DataError
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import cohen_kappa, contingency
from bauta.train.cgan.batches import Batches
from bauta.train.cgan.judges import Judges, threshold_at
from bauta.train.cgan.networks import Generator

DEV_FAR = 1e-2


@dataclass(frozen=True)
class Development:
    """A judgement on the development faces.

    Attributes:
        kappa: Cohen's κ between the teacher's predictions before and after.
        matched: Share of the photographs whose generated face the recognizer that is trained against takes
            for the same person, at a false accept rate of 1 % among the photographs.
        step: Steps of the training.
    """

    kappa: float
    matched: float
    step: int = 0

    @property
    def score(self) -> float:
        """What early stopping maximises: utility less the loss of privacy."""
        return self.kappa - self.matched


@torch.no_grad()
def judge(generator: Generator, faces: Batches, judges: Judges, autocast: torch.autocast) -> Development:
    """Judge a generator in evaluation mode.

    Raises:
        DataError: the development faces say nothing, for want of people or of expressions.
    """
    threshold = threshold_at(faces.faces, DEV_FAR, 0)
    before, after, likeness = [], [], []
    for batch in faces.in_order():
        with autocast:
            images = generator(batch.given)
            before.append(judges.logits(judges.teacher.stages_of(batch.views)).argmax(1))
            after.append(judges.logits(judges.read(images)).argmax(1))
            vectors = judges.embed(images[: len(batch.images)])
        likeness.append(functional.cosine_similarity(vectors, batch.vectors))
    table = contingency(
        torch.cat(before).cpu().numpy(),
        torch.cat(after).cpu().numpy(),
        (len(EXPRESSIONS), len(EXPRESSIONS)),
    )
    kappa = float(cohen_kappa(table))
    if not np.isfinite(kappa):
        raise DataError(
            "generator: the teacher reads one and the same expression on all development faces; "
            "give it faces with several"
        )
    return Development(kappa, float((torch.cat(likeness) > threshold).float().mean()))
