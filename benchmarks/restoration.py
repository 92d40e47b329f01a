"""How many people of LFW are identified in blurred and pixelated faces, as they are and restored.

    python benchmarks/restoration.py PATH/TO/lfw --sheet PATH/TO/sheet.png

Needs the files of the detector and of the recognizer (BAUTA_MODELS). Half of the images of each scored
person are enrolled, half are probes. The restoration is chosen on 200 faces, and the ridge regression from
restored to clear embeddings learnt on 2,000 faces of other people. Top-1 is that of the cosine to mean
templates and of the linear discriminant, with a clear gallery (naive), an anonymized one (parrot), and a
clear one for mapped embeddings (mapped).
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.pixelate import Pixelate
from bauta.anonymize.classical.settings import BlurSetting, PixelateSetting
from bauta.attack.classifiers import fit_templates
from bauta.attack.discriminant import fit_discriminant
from bauta.attack.restoring import choose_restoration, mean_cosine
from bauta.contract import CropContract
from bauta.datasets.lfw import list_lfw
from bauta.detect import DETECTORS
from bauta.detect.run import central
from bauta.io.images import read_image
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch, Floats, Images
from bauta.recognize import RECOGNIZERS

CONTRACT = CropContract()
LEAST_IMAGES, MOST_IMAGES = 6, 8
KNOWN_FACES, CHOOSING_FACES, IMAGES_OF_KNOWN = 2000, 200, 4


@dataclass(frozen=True)
class Release:
    """An anonymizer, the quality of the JPEG files that are released, and the top-1 that must be reached."""

    name: str
    backend: Blur | Pixelate
    quality: int | None = None
    bar: float | None = None
    mapped: bool = False


RELEASES = (
    Release("blur 61 crop", Blur(BlurSetting(kernel=61, region="crop"), CONTRACT), bar=0.90),
    Release("blur 61 crop, JPEG 90", Blur(BlurSetting(kernel=61, region="crop"), CONTRACT), 90, bar=0.75),
    Release("blur 61 crop, JPEG 75", Blur(BlurSetting(kernel=61, region="crop"), CONTRACT), 75),
    Release("blur 101 crop", Blur(BlurSetting(kernel=101, region="crop"), CONTRACT), bar=0.52),
    Release("blur 31 hull", Blur(BlurSetting(kernel=31), CONTRACT), bar=0.96),
    Release("blur 61 hull", Blur(BlurSetting(kernel=61), CONTRACT)),
    Release("blur 31 hull, JPEG 90", Blur(BlurSetting(kernel=31), CONTRACT), 90),
    Release("pixelate 16 crop", Pixelate(PixelateSetting(block=16, region="crop"), CONTRACT), mapped=True),
    Release("pixelate 16 hull", Pixelate(PixelateSetting(block=16), CONTRACT), bar=0.33, mapped=True),
)


@dataclass(frozen=True)
class People:
    """Faces and who they show; those of `scored` are attacked, the attacker knows the others."""

    faces: FaceBatch
    subjects: NDArray[np.str_]
    scored: NDArray[np.bool_]
    vectors: Floats

    def only(self, rows: NDArray[np.intp]) -> FaceBatch:
        """Some of the faces."""
        faces = self.faces
        return FaceBatch(
            [faces.face_ids[row] for row in rows],
            images=None if faces.images is None else faces.images[rows],
            landmarks=None if faces.landmarks is None else faces.landmarks[rows],
        )


def drawn(data: Path, people: int, seed: int) -> Iterator[tuple[str, str, bool]]:
    """Subject, path and whether it is scored, of each image to use."""
    paths: dict[str, list[str]] = {}
    for record in list_lfw(data).records:
        paths.setdefault(str(record.subject), []).append(record.path)
    rng = np.random.default_rng(seed)
    many = sorted(name for name in paths if len(paths[name]) >= LEAST_IMAGES)
    scored = sorted(rng.permutation(many)[:people].tolist())
    others = rng.permutation(sorted(paths.keys() - set(scored))).tolist()
    yield from ((name, path, True) for name in scored for path in paths[name][:MOST_IMAGES])
    known = [(name, path, False) for name in others for path in paths[name][:IMAGES_OF_KNOWN]]
    yield from known[:KNOWN_FACES]


def read_people(
    data: Path, people: int, seed: int, models: ModelStore, embed: Callable[[Images], Floats]
) -> People:
    detector, crops, subjects, scored = DETECTORS.load("scrfd_500m")(models), [], [], []
    for subject, path, is_scored in drawn(data, people, seed):
        image = read_image(data / path)
        found = detector.detect(image)
        if len(found.scores):
            matrix = fit_similarity(found.points[central(found, *image.shape[:2])], CONTRACT.template())
            crops.append(warp_crop(image, matrix, CONTRACT.size))
            subjects.append(subject)
            scored.append(is_scored)
    images = np.stack(crops)
    points = LANDMARKERS.load("dlib68")(CONTRACT, models).locate(images)
    faces = FaceBatch([str(row) for row in range(len(images))], images=images, landmarks=points)
    return People(faces, np.array(subjects), np.array(scored), embed(images))


def through_jpeg(images: Images, quality: int | None) -> Images:
    if quality is None:
        return images
    files = [
        cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for image in images
    ]
    return np.stack([cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1] for file in files])


def top_1(gallery: Floats, probes: Floats, enrolled: NDArray[np.intp], true: NDArray[np.intp]) -> float:
    """The better of the cosine to mean templates and the discriminant."""
    subjects = int(enrolled.max()) + 1
    rules = (fit_templates(gallery, enrolled, subjects), fit_discriminant(gallery, enrolled, subjects))
    return max(float((rule.scores(probes).argmax(axis=1) == true).mean()) for rule in rules)


def attack(people: People, seen: Floats, mapped: Floats | None) -> dict[str, float]:
    """Top-1 of each attack on the scored people's embeddings (N, D), and on the mapped ones."""
    rows = np.flatnonzero(people.scored)
    subject = np.unique(people.subjects[rows], return_inverse=True)[1]
    turn = np.array([(subject[:row] == subject[row]).sum() % 2 for row in range(len(rows))])
    enrol, probe = np.flatnonzero(turn == 0), np.flatnonzero(turn == 1)
    clear = people.vectors[rows]
    found = {
        "naive": top_1(clear[enrol], seen[probe], subject[enrol], subject[probe]),
        "parrot": top_1(seen[enrol], seen[probe], subject[enrol], subject[probe]),
    }
    if mapped is not None:
        found["mapped"] = top_1(clear[enrol], mapped[probe], subject[enrol], subject[probe])
    return found


def learn_map(vectors: Floats, clear: Floats) -> Callable[[Floats], Floats]:
    """Ridge regression from one embedding to the other, of unit length."""
    ridge = RidgeCV(alphas=np.logspace(-3, 2, 11)).fit(vectors, clear)

    def apply(others: Floats) -> Floats:
        found = ridge.predict(others)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    return apply


def measure(people: People, release: Release, embed: Callable[[Images], Floats]) -> tuple[str, list[Images]]:
    """A line of the table, and a few originals, released and restored faces."""
    scored, known = np.flatnonzero(people.scored), np.flatnonzero(~people.scored)

    def released(rows: NDArray[np.intp]) -> Images:
        return through_jpeg(release.backend.anonymize(people.only(rows), seed=0).images, release.quality)

    choosing = known[:: max(len(known) // CHOOSING_FACES, 1)][:CHOOSING_FACES]
    restorations = release.backend.restorations()
    chosen = choose_restoration(restorations, released(choosing), people.vectors[choosing], embed)
    pictures = released(scored)
    started = time.perf_counter()
    restored = chosen.restore(pictures)
    each = (time.perf_counter() - started) / len(scored) * 1000
    cells = []
    for view in (lambda images: images, chosen.restore):
        seen = embed(view(pictures))
        mapped = None
        if release.mapped:
            mapped = learn_map(embed(view(released(known))), people.vectors[known])(seen)
        found = attack(people, seen, mapped)
        cosine = mean_cosine(seen, people.vectors[scored])
        cells.append(f"{cosine:.3f} " + " ".join(f"{name} {value:.3f}" for name, value in found.items()))
    line = f"{release.name} | {release.bar} | {cells[0]} | {cells[1]} | {chosen.name} | {each:.0f} ms"
    return line, [people.only(scored).images[:8], pictures[:8], restored[:8]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the people's folders")
    parser.add_argument("--people", type=int, default=100, help="scored people (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of people (%(default)s)")
    parser.add_argument("--sheet", type=Path, help="PNG to write: originals, released and restored faces")
    arguments = parser.parse_args()
    models = ModelStore.default()
    embed = RECOGNIZERS.load("mobilefacenet")(CONTRACT, models).embed
    people = read_people(arguments.data, arguments.people, arguments.seed, models, embed)
    scored = people.vectors[people.scored]
    print(f"{len(scored)} faces of {arguments.people} people, {(~people.scored).sum()} of others")
    print(f"clear: {attack(people, scored, None)}")
    print("release | bar | as is: cosine, top-1 | restored: cosine, top-1 | restoration | ms a face")
    rows = []
    for release in RELEASES:
        line, pictures = measure(people, release, embed)
        print(line, flush=True)
        rows += [np.concatenate(list(row), axis=1) for row in pictures]
    if arguments.sheet:
        cv2.imwrite(str(arguments.sheet), np.concatenate(rows)[..., ::-1])


if __name__ == "__main__":
    main()
