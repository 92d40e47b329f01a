"""The rule that learns the avatar's book: from stores to the book and its card."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bauta.anonymize.avatar.book import BOOK
from bauta.anonymize.avatar.card import AvatarCard, AveragedPeople
from bauta.anonymize.avatar.settings import TEACHER
from bauta.anonymize.generator_card import TrainedOn, subject_digest
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.express import TEACHERS
from bauta.express.card import file_sha256, write_card
from bauta.io.atomic import whole_folder
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.store import Store
from bauta.train.avatar.anonymity import Recognition, match_threshold
from bauta.train.avatar.faces import AvatarFaces, AvatarSource
from bauta.train.avatar.learn import Learner
from bauta.train.avatar.recipe import SHIPPED, AvatarRecipe

log = logging.getLogger(__name__)

PARTITION = "train"


def avatar_sources(
    datasets: Sequence[str], files: Iterable[tuple[str, str, str, str]], *, photographs: Sequence[str]
) -> dict[str, AvatarSource]:
    """Gather the faces of the partition `train`, by dataset.

    Args:
        datasets: Names of the datasets.
        files: Crops, alignment, landmarks and split of each dataset.
        photographs: Datasets whose people are averaged.

    Raises:
        DataError: a table is missing or does not match the others.
        StoreError: a store is missing.
    """
    return {
        name: AvatarSource(
            crops=Store.open(Path(crops)),
            landmarks=Store.open(Path(landmarks)),
            faces=FaceTable.load(alignment, split).partition(PARTITION),
            photographs=name in photographs,
        )
        for name, (crops, alignment, landmarks, split) in zip(datasets, files, strict=True)
    }


def learn_avatar(
    sources: Mapping[str, AvatarSource],
    models: ModelStore,
    *,
    recognizers: Sequence[str],
    parser: str,
    seed: int,
    contract: CropContract,
    out: Path | str,
    recipe: AvatarRecipe = SHIPPED,
    made_from: Mapping[str, str] | None = None,
) -> AvatarCard:
    """Learn a book on people who are not scored.

    Args:
        sources: The faces, by dataset; one of them has the photographs.
        models: Store of the teacher, the recognizers and the parser.
        recognizers: The recognizers that must find nobody in an average; the first one tells looks apart.
        parser: The parser that tells heads from backgrounds.
        seed: Seed of k-means.
        contract: Geometry of the crops.
        out: Folder to write, with `book.safetensors` and `card.json`; its content is replaced.
        recipe: Settings.
        made_from: Place → digest of each of its inputs, for the card's seal.

    Returns:
        The card.

    Raises:
        InfeasibleError: there are too few people or faces.
        ModelError: a model cannot be loaded.
    """
    predict = TEACHERS.load(TEACHER)(contract, models).predict
    faces = {name: AvatarFaces.load(source, predict) for name, source in sources.items()}
    photographs = next(one for one in faces.values() if one.source.photographs)
    embed = {name: RECOGNIZERS.load(name)(contract, models).embed for name in recognizers}
    embeddings = {name: photographs.embedded(function) for name, function in embed.items()}
    thresholds = {
        name: match_threshold(vectors, photographs.subjects, recipe.false_accept_rate)
        for name, vectors in embeddings.items()
    }
    learnt = Learner(
        photographs,
        np.concatenate([one.posteriors for one in faces.values()]),
        np.concatenate([one.landmarks for one in faces.values()]),
        recipe=recipe,
        contract=contract,
        recognition=Recognition(embed, embeddings, thresholds),
    ).learn(PARSERS.load(parser)(contract, models), predict, seed=seed)
    used = {
        *TEACHERS[TEACHER].files,
        *PARSERS[parser].files,
        *(file for name in recognizers for file in RECOGNIZERS[name].files),
    }
    with whole_folder(out) as folder:
        learnt.book.save(folder / BOOK)
        card = AvatarCard(
            weights_sha256=file_sha256(folder / BOOK),
            seed=seed,
            recipe=asdict(recipe),
            learnt_on=tuple(_about(name, source) for name, source in sources.items()),
            data_sha256=hashlib.sha256("".join(one.sha256 for one in faces.values()).encode()).hexdigest(),
            teacher=TEACHER,
            thresholds=thresholds,
            averaged=tuple(
                AveragedPeople(
                    name=part.name,
                    people=len(part.subjects),
                )
                for part in learnt.averaged
            ),
            subjects=tuple(
                sorted({subject_digest(subject) for part in learnt.averaged for subject in part.subjects})
            ),
            left_out=learnt.left_out,
            closest=dict(learnt.closest),
            models=dict(sorted(hashes_of(used, models).items())),
            versions={name: version(name) for name in ("numpy", "opencv-python-headless", "scikit-learn")},
        )
        write_card(card, folder, out, made_from)
    return card


def _about(name: str, source: AvatarSource) -> TrainedOn:
    people = {subject for subject in source.faces.subjects if subject is not None}
    return TrainedOn(
        dataset=name,
        partition="train",
        photographs=source.photographs,
        faces=len(source.faces),
        subjects=len(people) or None,
        split_sha256=source.faces.split_sha256,
    )
