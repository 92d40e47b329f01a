"""How often the 95 % intervals of an attack hold the truth: `python benchmarks/coverage.py`.

A run draws 100 people from a made-up population, attacks them and looks whether each interval holds what
the population gives. In the second and third population, some people resemble everybody ("wolves" and
"lambs": Doddington et al., "Sheep, goats, lambs and wolves", ICSLP 1998), on whichever side of a pair.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import cluster_subjects, pair_histograms
from bauta.attack.identification import identification_values
from bauta.attack.roc import roc_statistics
from bauta.attack.verification import MEASURES, verification_values
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling

PEOPLE, DIMENSIONS, ENROLLED, MOST_PROBES = 100, 24, 2, 6
REPORTED = ("top1", "auc", "eer", "tar_at_far_1e-1", "tar_at_far_1e-2")


@dataclass(frozen=True)
class Population:
    """People as directions of embeddings.

    Attributes:
        noise: Spread of one person's images, relative to that of the people.
        common: What every face has of one common direction.
        wolves: Share of the people who have much more of it.
        wolf: What these have.
    """

    noise: float
    common: float = 0.0
    wolves: float = 0.0
    wolf: float = 0.0

    def draw(self, rng: np.random.Generator) -> tuple[Embeddings, AttackLabels]:
        """Images of new people: two enrolled and one to six probes of each."""
        probes = rng.integers(1, MOST_PROBES + 1, PEOPLE)
        images = ENROLLED + probes
        centres = rng.normal(size=(PEOPLE, DIMENSIONS))
        is_wolf = rng.random(PEOPLE) < self.wolves
        centres[:, 0] += np.where(is_wolf, self.wolf, self.common) * np.sqrt(DIMENSIONS)
        vectors = np.repeat(centres, images, axis=0)
        vectors += self.noise * rng.normal(size=vectors.shape)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        names = np.repeat([f"p{person:03d}" for person in range(PEOPLE)], images)
        nth = np.concatenate([np.arange(count) for count in images])
        labels = AttackLabels(range(len(names)), names, np.where(nth < ENROLLED, "enrol", "probe"))
        return Embeddings(vectors.astype(np.float32), np.ones(len(names), dtype=bool)), labels


POPULATIONS: Mapping[str, Population] = {
    "nobody resembles everybody": Population(noise=1.2),
    "one in ten resembles everybody": Population(noise=1.1, common=0.3, wolves=0.1, wolf=1.0),
    "one in twenty very much so": Population(noise=1.3, common=0.5, wolves=0.05, wolf=2.0),
}


@dataclass
class Runs:
    """The intervals of all runs, and the sums that give the truth."""

    values: list[dict[str, Value]] = field(default_factory=list)
    genuine: np.ndarray | int = 0
    impostor: np.ndarray | int = 0

    def add(self, faces: Embeddings, labels: AttackLabels, resampling: Resampling) -> None:
        histograms = pair_histograms(faces, faces, labels, cluster_subjects(labels))
        found = identification_values(faces, faces, labels, resampling, fails_closed=False)[0]
        found |= verification_values(histograms, resampling)
        self.values.append({name: found[name] for name in REPORTED})
        self.genuine = self.genuine + histograms.genuine.sum(axis=0)
        self.impostor = self.impostor + histograms.impostor.sum(axis=0)

    def truth(self) -> dict[str, float]:
        """Expected top-1 with this gallery, and the measures of the pooled pairs of all runs."""
        counts = [np.asarray(one, dtype=float)[None, ::-1] for one in (self.genuine, self.impostor)]
        pooled = dict(zip(MEASURES, roc_statistics(*counts)[0], strict=True))
        return {"top1": float(np.mean([one["top1"].value for one in self.values]))} | pooled

    def covered(self) -> Iterator[tuple[str, float, float, float, float]]:
        """Measure, truth, mean width, share of intervals that hold it, share that lie above it."""
        truth = self.truth()
        for name in REPORTED:
            ends = np.array([[one[name].low, one[name].high] for one in self.values], dtype=float)
            above = float((ends[:, 0] > truth[name]).mean())
            below = float((ends[:, 1] < truth[name]).mean())
            yield name, truth[name], float(np.diff(ends, axis=1).mean()), 1 - above - below, above


def simulate(population: Population, runs: int, replicates: int, seed: int) -> Runs:
    """Attack people of a population `runs` times."""
    rng, found = np.random.default_rng(seed), Runs()
    for run in range(runs):
        found.add(*population.draw(rng), Resampling(replicates, run))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{options.runs} runs of {PEOPLE} people, {options.replicates} resamples, seed {options.seed}")
    for name, population in POPULATIONS.items():
        print(f"\n{name}\n{'':<20}{'truth':>8}{'width':>8}{'coverage':>10}{'above':>8}", flush=True)
        found = simulate(population, options.runs, options.replicates, options.seed)
        for measure, truth, width, coverage, above in found.covered():
            print(f"{measure:<20}{truth:>8.3f}{width:>8.3f}{coverage:>10.3f}{above:>8.3f}", flush=True)


if __name__ == "__main__":
    main()
