"""How expression teachers read FER-2013: accuracy, macro-F1, ECE and confusion on a folder of its images.

    python benchmarks/fer2013.py --data PATH/TO/fer2013/validation --models PATH/TO/models \
        --teachers mini_xception big_xception --training PATH/TO/fer2013/train

The folder has one folder of images for each expression. The images go the way of any dataset that is cropped
already: the whole frame is the face, the crop is made from it, and the teacher sees its view of the crop.
With --training each teacher is also measured without the images of which a copy is in that folder.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.datasets.duplicates import find_copies, hash_photograph
from bauta.detect.full_frame import FullFrame
from bauta.express import TEACHERS
from bauta.express.common_space import to_expressions
from bauta.io.images import read_image
from bauta.labels import EXPRESSIONS, label_space
from bauta.metrics.expression import accuracy, contingency, expected_calibration_error, macro_f1
from bauta.models.store import ModelStore
from bauta.protocols import Images

FOLDERS = {name: name for name in EXPRESSIONS} | {"anger": "angry", "happiness": "happy", "sadness": "sad"}


def image_paths(data: Path) -> list[Path]:
    """All images with a label."""
    folders = sorted(path for path in data.iterdir() if path.name in FOLDERS)
    return [path for folder in folders for path in sorted(folder.iterdir())]


def read_crops(paths: list[Path], models: ModelStore, contract: CropContract) -> Images:
    """The crop of each image."""
    detector = FullFrame(models)
    crops = []
    for path in paths:
        image = read_image(path)
        matrix = fit_similarity(detector.detect(image).points[0], contract.template())
        crops.append(warp_crop(image, matrix, contract.size))
    return np.stack(crops)


def copied(paths: list[Path], training: list[Path]) -> np.ndarray:
    """Which images have a copy among the training images, bool (N,)."""
    hashes = [hash_photograph(read_image(path)) for path in [*paths, *training]]
    groups = find_copies(hashes, [None] * len(hashes)).groups
    trained_on = [row for group in groups if group[-1] >= len(paths) for row in group]
    return np.isin(np.arange(len(paths)), trained_on)


def report(name: str, probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Print one line and return the confusion matrix with a last column for faces without an answer."""
    answered = np.isfinite(probabilities).all(axis=1)
    read = np.where(answered, np.nan_to_num(probabilities).argmax(axis=1), len(EXPRESSIONS))
    confusion = contingency(labels, read, (len(EXPRESSIONS), len(EXPRESSIONS) + 1))
    error = expected_calibration_error(probabilities[answered], labels[answered])
    print(
        f"{name}: {len(labels)} images, accuracy {float(accuracy(confusion)):.4f}, "
        f"macro-F1 {float(macro_f1(confusion)):.4f}, ECE {error:.4f}"
    )
    return confusion


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each expression")
    parser.add_argument("--models", type=Path, required=True, help="folder with the files of the models")
    parser.add_argument("--teachers", nargs="+", required=True, help="names in the registry")
    parser.add_argument("--training", type=Path, help="folder of what the teachers were trained on")
    arguments = parser.parse_args()
    contract, models = CropContract(), replace(ModelStore.default(), folder=arguments.models)
    paths = image_paths(arguments.data)
    crops = read_crops(paths, models, contract)
    labels = np.array([EXPRESSIONS.index(FOLDERS[path.parent.name]) for path in paths])
    trained_on = None if arguments.training is None else copied(paths, image_paths(arguments.training))
    for name in arguments.teachers:
        teacher = TEACHERS.load(name)(contract, models)
        space = label_space(teacher.space)
        start = time.perf_counter()
        probabilities = to_expressions(teacher.predict(crops), space)
        seconds = time.perf_counter() - start
        confusion = report(name, probabilities, labels)
        if trained_on is not None:
            report(
                f"{name}, without copies of training images", probabilities[~trained_on], labels[~trained_on]
            )
        print(f"  {len(crops) / seconds:.0f} images/s")
        if space.unknown:
            print(f"  does not know {', '.join(space.unknown)}")
        print("  label \\ read" + "".join(f"{column:>9}" for column in (*EXPRESSIONS, "none")))
        for label, row in zip(EXPRESSIONS, confusion, strict=True):
            print(f"  {label:12}" + "".join(f"{int(count):9d}" for count in row))


if __name__ == "__main__":
    main()
