"""Training a generator and writing its weights, its card and plots of the training."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bauta.anonymize.cgan.settings import GENERATOR_TEACHER
from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard, TrainedOn, subject_digest
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.express import TEACHERS
from bauta.express.card import file_sha256, write_card
from bauta.inference.bfloat16 import arithmetic
from bauta.inference.device import torch_device
from bauta.io.atomic import whole_folder
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.recognize import RECOGNIZERS
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.faces import GanFaces, GanSource
from bauta.train.cgan.fit import fit_generator
from bauta.train.cgan.judges import Judges
from bauta.train.cgan.nobody import NobodyOfBook
from bauta.train.cgan.pictures import draw_curves, draw_samples
from bauta.train.cgan.recipe import GanRecipe
from bauta.train.fit import reproducible

log = logging.getLogger(__name__)


def train_anonymizer(
    train: Mapping[str, GanSource],
    dev: Mapping[str, GanSource],
    recipe: GanRecipe,
    models: ModelStore,
    *,
    seed: int,
    contract: CropContract,
    out: Path | str,
    checkpoint: Path | None = None,
    threads: int = 1,
    made_from: Mapping[str, str] | None = None,
    progress: bool = False,
) -> GeneratorCard:
    """Train a generator on the faces of some subjects, with early stopping on those of others.

    The weights are reproducible to the byte for a given seed, data, device, number of threads and the
    versions that the card names.

    Args:
        train: Training faces, by dataset.
        dev: Development faces, on which the best weights are chosen, by dataset.
        recipe: Training settings.
        models: Store of the frozen recognizer and teacher.
        seed: Seed of the weights and the batches.
        contract: Geometry of the crops.
        out: Folder to write, with `generator.onnx`, `card.json`, `curves.png` and `samples.png`, which shows
            development faces beside their anonymized versions; its content is replaced.
        checkpoint: File that stores the state at each evaluation, so that an interrupted training can resume;
            removed at the end.
        threads: CPU threads.
        made_from: Place → digest of each of its inputs, for the card's seal.
        progress: Show a progress bar.

    Returns:
        The card.

    Raises:
        DataError: a subject is in both partitions, a partition is empty, or the conditions were not computed.
        ModelError: the frozen networks cannot be loaded.
        TrainingError: a loss is not finite.
    """
    for name, source in train.items():
        _check_disjoint(name, source, dev.get(name))
    device = torch_device()
    with reproducible(threads):
        judges = Judges.load(recipe.recognizer, models, contract, recipe.size, device)
        nobody = NobodyOfBook.load(models, contract) if recipe.seeks_nobody else None
        learned, held_out = (
            GanFaces.load(
                list(part.values()),
                recipe,
                judges.card.view,
                judges.embed_crops,
                contract,
                nobody=nobody,
            )
            for part in (train, dev)
        )
        log.info("%d training faces, %d of them photographs", len(learned), learned.photographs)
        fit = fit_generator(
            learned,
            held_out,
            judges,
            recipe,
            seed=seed,
            device=device,
            checkpoint=checkpoint,
            progress=progress,
        )
    used = {*RECOGNIZERS[recipe.recognizer].files, *TEACHERS[GENERATOR_TEACHER].files}
    if recipe.seeks_nobody:
        used.add("avatar")
    hashes = hashes_of(used, models)
    with whole_folder(out) as folder:
        export_generator(fit.network, folder / WEIGHTS)
        draw_curves(fit.curve, folder / "curves.png")
        draw_samples(fit.network, held_out, recipe, folder / "samples.png")
        card = GeneratorCard(
            size=recipe.size,
            crop_margin=contract.margin,
            inputs=fit.network.conditions.inputs,
            weights_sha256=file_sha256(folder / WEIGHTS),
            pictures={path.name: file_sha256(path) for path in sorted(folder.glob("*.png"))},
            seed=seed,
            recipe=asdict(recipe),
            trained_on=tuple(
                _about(name, partition, source)
                for partition, part in (("train", train), ("dev", dev))
                for name, source in part.items()
            ),
            subjects=tuple(
                sorted(
                    {
                        subject_digest(str(subject))
                        for part in (train, dev)
                        for source in part.values()
                        for subject in source.faces.subjects
                        if subject is not None
                    }
                )
            ),
            skipped=learned.skipped + held_out.skipped,
            data_sha256=hashlib.sha256(f"{learned.sha256}{held_out.sha256}".encode()).hexdigest(),
            device=arithmetic(device, bfloat16=recipe.bfloat16),
            threads=threads,
            versions={name: version(name) for name in ("numpy", "onnx", "torch")},
            models={name: hashes[name] for name in sorted(used)},
            kappa=fit.judgement.kappa,
            matched=fit.judgement.matched,
            inverted=fit.judgement.inverted,
            stopped_at=fit.judgement.step,
            curve=fit.curve,
        )
        write_card(card, folder, out, made_from)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    log.info("generator: dev κ %.3f, matched %.3f at step %d", card.kappa, card.matched, card.stopped_at)
    return card


def _about(name: str, partition: str, source: GanSource) -> TrainedOn:
    people = {subject for subject in source.faces.subjects if subject is not None}
    return TrainedOn(
        dataset=name,
        partition="train" if partition == "train" else "dev",
        photographs=source.photographs,
        faces=len(source.faces),
        subjects=len(people) or None,
        split_sha256=source.faces.split_sha256,
    )


def _check_disjoint(name: str, train: GanSource, dev: GanSource | None) -> None:
    """Refuse a split with a person or a face on both sides."""
    if dev is None:
        return
    people = {subject for subject in train.faces.subjects if subject is not None}
    for kind, shared in (
        ("subject", people & set(dev.faces.subjects)),
        ("face", set(train.faces.face_ids) & set(dev.faces.face_ids)),
    ):
        if shared:
            raise DataError(
                f"generator: {kind} '{min(map(str, shared))}' of {name} is in both train and dev "
                f"({len(shared)} in all); split by subject"
            )
