"""κ of anonymized FER-2013 faces with and without those of which a copy is in the training part.

Teachers that were trained on FER-2013 have seen a photograph of 324 faces of its PublicTest before. From
the cache of a run, such as one of config/avatar.yaml, κ by each teacher that had no part in a set is computed
over all scored faces and over those without a copy. Each line has the means over these teachers, the interval
of the difference (bootstrap over faces), and κ by each without copies:

    python benchmarks/fer2013_copies.py PROJECT --data PATH/TO/fer2013

Nothing is written into PROJECT. A few minutes, most of them to read the photographs.
"""

import argparse
from pathlib import Path

import numpy as np
from fer2013 import copied, image_paths

from bauta.metrics.expression import cohen_kappa, contingency
from bauta.protocols import Floats
from bauta.store import Store

JUDGES = ("vgg_fer2013", "mini_xception", "big_xception")
REPLICATES, SEED = 2000, 0


def read(posteriors: Floats) -> np.ndarray:
    """Class that a teacher reads in each face, intp (N,); the number of classes where it reads none."""
    known = np.isfinite(posteriors).all(axis=1)
    return np.where(known, np.nan_to_num(posteriors).argmax(axis=1), posteriors.shape[1])


def kappa(before: np.ndarray, after: np.ndarray, classes: int) -> float:
    """Cohen's κ of classes read before and after; a face with no answer after only is a disagreement."""
    read_before = before < classes
    return float(cohen_kappa(contingency(before[read_before], after[read_before], (classes, classes + 1))))


def with_and_without(
    pairs: list[tuple[np.ndarray, np.ndarray]], copies: np.ndarray, classes: int
) -> tuple[float, float, float, float]:
    """Mean κ over teachers, on all faces and on those without a copy, and the interval of the difference.

    Args:
        pairs: Classes that a teacher reads before and after, of each teacher.
        copies: Which faces have a copy, bool (N,).
        classes: Number of classes.

    Returns:
        κ on all faces, κ without copies, and the ends of the 95 % interval of the second minus the first.
    """

    def both(rows: np.ndarray) -> tuple[float, float]:
        alone = rows[~copies[rows]]
        return tuple(  # type: ignore[return-value]
            float(np.mean([kappa(before[of], after[of], classes) for before, after in pairs]))
            for of in (rows, alone)
        )

    rng = np.random.default_rng(SEED)
    everything, alone = both(np.arange(len(copies)))
    drawn = [both(rng.integers(0, len(copies), len(copies))) for _ in range(REPLICATES)]
    low, high = np.quantile([one[1] - one[0] for one in drawn], [0.025, 0.975])
    return everything, alone, float(low), float(high)


def main() -> None:
    """Print one line for each set."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    (crops,) = (options.project / "cache" / "fer2013").glob("*/crops.zarr")
    teachers = {path.name.rpartition("-")[0]: path for path in (crops.parent / "posteriors").iterdir()}
    scored = image_paths(options.data / "validation")
    copies = copied(scored, image_paths(options.data / "train"))
    names = [str(path.relative_to(options.data)) for path in scored]
    print(f"{copies.sum()} of {len(copies)} faces have a copy in the training part")
    for folder in sorted((crops.parent / "anonymized").iterdir()):
        for key in sorted(folder.glob("*.key.json")):
            setting = key.name.removesuffix(".key.json").rpartition("-")[0]
            pairs = []
            for judge in JUDGES:
                before = Store.open(teachers[judge] / "original.zarr")
                after = Store.open(teachers[judge] / folder.name / key.name.replace(".key.json", ".zarr"))
                answers = [store.take("probabilities", store.rows_of(names)) for store in (before, after)]
                pairs.append((read(answers[0]), read(answers[1])))
            everything, alone, low, high = with_and_without(pairs, copies, 7)
            each = " ".join(f"{kappa(one[~copies], other[~copies], 7):.3f}" for one, other in pairs)
            print(
                f"{folder.name} {setting}: {everything:.3f} {alone:.3f} ({low:+.3f} to {high:+.3f}); {each}"
            )


if __name__ == "__main__":
    main()
