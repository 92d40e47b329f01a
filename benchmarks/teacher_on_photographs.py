"""How a teacher reads photographs: macro-F1 on a folder with one folder of images for each expression.

    T=cache/synthfaces/mtcnn-*/teachers/resnet18-*
    python benchmarks/teacher_on_photographs.py $T PATH/TO/fer2013/validation

This is why the README promises no utility without labels: a teacher that was trained on rendered faces is
weak on photographs.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from bauta.align import align_detections
from bauta.contract import CropContract, Status
from bauta.crop import crop_dataset
from bauta.datasets.folder import list_folder
from bauta.detect.mtcnn import Mtcnn
from bauta.detect.run import detect_dataset
from bauta.express.resnet18 import ResNet18Teacher
from bauta.manifest import write_manifest
from bauta.models.store import ModelStore
from bauta.store import Store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("teacher", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--limit", type=int, default=100, help="images of each expression")
    arguments = parser.parse_args()
    contract = CropContract()
    with tempfile.TemporaryDirectory() as folder:
        listing = list_folder(arguments.images, limit=arguments.limit)
        manifest = write_manifest(listing, arguments.images, Path(folder) / "manifest.parquet")
        alignment = align_detections(
            detect_dataset(manifest, arguments.images, Mtcnn(ModelStore.default())), contract
        )
        crop_dataset(manifest, alignment, arguments.images, contract, Path(folder) / "crops.zarr")
        crops = Store.open(Path(folder) / "crops.zarr")
        ok = np.flatnonzero(crops.read("status") == Status.OK.code)
        teacher = ResNet18Teacher.load(arguments.teacher, contract)
        posteriors = teacher.predict(crops.take("images", ok))
        read = [teacher.classes[row] for row in posteriors.argmax(axis=1)]
    labels = [crops.ids[row].split("/")[0] for row in ok]
    score = f1_score(labels, read, average="macro")
    print(f"{len(ok)} of {len(crops)} images with a face, macro-F1 {score:.3f}")


if __name__ == "__main__":
    main()
