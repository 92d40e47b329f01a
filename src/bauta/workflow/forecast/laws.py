"""How the seconds of a job grow with the number of images, fitted to jobs that have run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from bauta.workflow.progress.jobs import Job


class Law(Enum):
    """The powers of the number of images that the seconds of a job are a sum of."""

    FIXED = (0,)
    LINEAR = (0, 1)
    PAIRS = (0, 1, 2)


FIXED_RULES = frozenset(
    {"fetch_model", "frontier", "plot", "plot_contact_sheet", "plot_restored", "report_page"}
)
"""They read measurements, or a few images."""

PAIR_RULES = frozenset({"attack", "attack_clear", "adapt", "suite"})
"""They compare all probes with all enrolled faces."""

PAIR_BACKENDS = frozenset({"ksame", "ksame_select"})
"""They compare all people with each other."""


START = 0.5
"""Largest share of the start in a job on the largest number of images that tells what images take."""

PAIRS_SHOW = 0.1
"""Smallest share of the pairs in it that tells what pairs take."""


@dataclass(frozen=True)
class Sample:
    """A job that has run.

    Attributes:
        images: The images of its dataset.
        seconds: What it took.
    """

    images: int
    seconds: float


@dataclass(frozen=True)
class Fit:
    """Seconds for a number of images.

    Attributes:
        coefficients: Power of the number of images → its factor, in seconds.
        bound: Whether this is the most that it can be, as the start of a job counts as if it grew.
    """

    coefficients: Mapping[int, float]
    bound: bool = False

    def seconds(self, images: float) -> float:
        """The seconds of a job on so many images."""
        return sum(factor * images**power for power, factor in self.coefficients.items())

    def share(self, power: int, images: float) -> float:
        """The share of a power in the seconds of a job on so many images."""
        return self.coefficients[power] * images**power / self.seconds(images)


def law_of(job: Job) -> Law:
    """How a job grows; the registered methods of others are taken to be linear."""
    if job.rule in FIXED_RULES:
        return Law.FIXED
    if job.rule in PAIR_RULES or (job.stage == "anonymize" and job.backend in PAIR_BACKENDS):
        return Law.PAIRS
    return Law.LINEAR


def fit(samples: Sequence[Sample], law: Law) -> Fit | str:
    """Fit a law, if the samples show how a job grows.

    A start that is longer than what the images take hides what they take: of few images, noise alone could
    make them free. Then jobs on the largest number of images are a bound, unless pairs are compared.

    Args:
        samples: Jobs of one kind, at least one.
        law: How such jobs grow.

    Returns:
        The fit, or why there is none.
    """
    sizes = {sample.images for sample in samples}
    largest = max(sizes)
    if law is Law.FIXED:
        return Fit({0: median(sample.seconds for sample in samples)})
    if law is Law.PAIRS and len(sizes) < len(law.value):
        needed = len(law.value)
        return f"pairs are compared, whose share shows on {needed} numbers of images, not on {len(sizes)}"
    found = _least_squares(samples, law, largest) if len(sizes) > 1 else None
    if law is Law.PAIRS and (found is None or found.share(2, largest) < PAIRS_SHOW):
        return f"pairs are compared, whose share does not show on {largest:,} images"
    if found is None or found.share(0, largest) > START:
        rates = [sample.seconds / sample.images for sample in samples if sample.images == largest]
        return Fit({1: median(rates)}, bound=True)
    return found


def _least_squares(samples: Sequence[Sample], law: Law, largest: int) -> Fit:
    """Non-negative least squares of the relative errors."""
    # Not needed while jobs run, whose progress imports this package's neighbours.
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import nnls  # noqa: PLC0415

    images = np.array([sample.images / largest for sample in samples])
    seconds = np.array([sample.seconds for sample in samples])
    columns = np.stack([images**power / seconds for power in law.value], axis=1)
    factors, _ = nnls(columns, np.ones(len(samples)))
    pairs = zip(law.value, factors, strict=True)
    return Fit({power: float(factor / largest**power) for power, factor in pairs})
