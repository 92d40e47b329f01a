"""How expression teachers read FER-2013: accuracy, macro-F1, ECE and confusion on a folder of its images.

    python benchmarks/fer2013.py --data PATH/TO/fer2013/validation --models PATH/TO/models \
        --teachers mini_xception big_xception

The folder has one folder of images for each expression. The images go the way of any dataset that is cropped
already: the whole frame is the face, the crop is made from it, and the teacher sees its view of the crop.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bauta.align import fit_similarity
from bauta.contract import CropContract
from bauta.crop import warp_crop
from bauta.detect.full_frame import FullFrame
from bauta.express import TEACHERS
from bauta.express.common_space import to_expressions
from bauta.images import read_image
from bauta.labels import EXPRESSIONS, label_space
from bauta.metrics.expression import accuracy, contingency, expected_calibration_error, macro_f1
from bauta.models.store import ModelStore
from bauta.protocols import Images

FOLDERS = {name: name for name in EXPRESSIONS} | {"anger": "angry", "happiness": "happy", "sadness": "sad"}


def read_crops(data: Path, models: ModelStore, contract: CropContract) -> tuple[Images, np.ndarray]:
    """Crops of all images and their labels, positions in `EXPRESSIONS`."""
    detector = FullFrame(models)
    crops, labels = [], []
    for folder in sorted(path for path in data.iterdir() if path.name in FOLDERS):
        for path in sorted(folder.iterdir()):
            image = read_image(path)
            matrix = fit_similarity(detector.detect(image).points[0], contract.template())
            crops.append(warp_crop(image, matrix, contract.size))
            labels.append(EXPRESSIONS.index(FOLDERS[folder.name]))
    return np.stack(crops), np.array(labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each expression")
    parser.add_argument("--models", type=Path, required=True, help="folder with the files of the models")
    parser.add_argument("--teachers", nargs="+", required=True, help="names in the registry")
    arguments = parser.parse_args()
    contract, models = CropContract(), replace(ModelStore.default(), folder=arguments.models)
    crops, labels = read_crops(arguments.data, models, contract)
    for name in arguments.teachers:
        teacher = TEACHERS.load(name)(contract, models)
        space = label_space(teacher.space)
        start = time.perf_counter()
        probabilities = to_expressions(teacher.predict(crops), space)
        seconds = time.perf_counter() - start
        answered = np.isfinite(probabilities).all(axis=1)
        read = np.where(answered, np.nan_to_num(probabilities).argmax(axis=1), len(EXPRESSIONS))
        confusion = contingency(labels, read, (len(EXPRESSIONS), len(EXPRESSIONS) + 1))
        error = expected_calibration_error(probabilities[answered], labels[answered])
        print(
            f"{name}: {len(crops)} images, accuracy {float(accuracy(confusion)):.4f}, "
            f"macro-F1 {float(macro_f1(confusion)):.4f}, ECE {error:.4f}, {len(crops) / seconds:.0f} images/s"
        )
        if space.unknown:
            print(f"  does not know {', '.join(space.unknown)}")
        print("  label \\ read" + "".join(f"{column:>9}" for column in (*EXPRESSIONS, "none")))
        for label, row in zip(EXPRESSIONS, confusion, strict=True):
            print(f"  {label:12}" + "".join(f"{int(count):9d}" for count in row))


if __name__ == "__main__":
    main()
