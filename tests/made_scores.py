"""Score histograms of made-up pairs."""

import numpy as np

from bauta.attack.histograms import BINS, ScoreHistograms, bin_of
from bauta.attack.pair_counts import PairCounts


def histograms_of(genuine, impostor, clusters=1, people=10**9, failed=(0, 0)):
    """Pairs dealt to the clusters in turn; the enrolled face of an impostor pair is of the next cluster.

    `failed` genuine and impostor pairs have no score, and all of them are of the first two clusters.
    """
    counts = []
    for scores in (genuine, impostor):
        rows = [np.bincount(bin_of(scores[c::clusters]), minlength=BINS) for c in range(clusters)]
        counts.append(np.stack(rows))
    counts.append(np.roll(counts[1], 1, axis=0))
    scored = PairCounts(*(rows.sum(axis=1) for rows in counts), people)
    first, second = np.arange(clusters) == 0, np.arange(clusters) == 1 % clusters
    every = PairCounts(
        scored.genuine + failed[0] * first,
        scored.impostor + failed[1] * first,
        scored.impostor_enrolled + failed[1] * second,
        people,
    )
    return ScoreHistograms(*counts, all_pairs=every, scored_pairs=scored)


def random_scores(seed, genuine=300, impostor=4000):
    rng = np.random.default_rng(seed)
    return np.tanh(rng.normal(0.4, 0.3, genuine)), np.tanh(rng.normal(0.0, 0.25, impostor))
