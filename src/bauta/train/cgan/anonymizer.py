"""Train a generator, and write its weights, its card and pictures of the training."""

import hashlib
import logging
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard, TrainedOn, subject_digest
from bauta.anonymize.settings import GENERATOR_TEACHER
from bauta.contract import CropContract
from bauta.device import torch_device
from bauta.errors import DataError
from bauta.express.card import file_sha256
from bauta.files import whole_folder
from bauta.models.store import ModelStore
from bauta.models.usage import USED_BY, hashes_used_by
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.faces import GanFaces, GanSource
from bauta.train.cgan.fit import fit_generator
from bauta.train.cgan.judges import Judges
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
    progress: bool = False,
) -> GeneratorCard:
    """Train on the faces of some subjects, stop early on those of others.

    The weights are the same byte for byte for a seed, the data, a device, a number of threads and the
    versions that the card names.

    Args:
        train: Faces to learn from, by dataset.
        dev: Faces that the best weights are chosen on, by dataset.
        recipe: Training settings.
        models: Where the frozen recognizer and teacher are found.
        seed: Seed of the weights and the batches.
        contract: Geometry of the crops.
        out: Folder to make, with `generator.onnx`, `card.json`, `curves.png` and `samples.png`, which shows
            development faces beside what became of them; what it holds is replaced.
        checkpoint: File that keeps the state at each judgement, so that a training that broke off goes on;
            removed at the end.
        threads: CPU threads.
        progress: Show a progress bar.

    Returns:
        The card.

    Raises:
        DataError: a subject is in both parts, a part is empty, or the conditions were not computed.
        ModelError: the frozen networks cannot be loaded.
        TrainingError: a loss is not finite.
    """
    for name, source in train.items():
        _check_disjoint(name, source, dev.get(name))
    device = torch_device()
    with reproducible(threads):
        judges = Judges.load(recipe.recognizer, models, contract, recipe.size, device)
        learned, held_out = (
            GanFaces.load(list(part.values()), recipe, judges.card.view, judges.embed_crops, contract)
            for part in (train, dev)
        )
        log.info("%d faces to learn from, %d of them photographs", len(learned), learned.photographs)
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
    used = {*USED_BY[recipe.recognizer], *USED_BY[GENERATOR_TEACHER]}
    hashes = {**hashes_used_by(recipe.recognizer, models), **hashes_used_by(GENERATOR_TEACHER, models)}
    with whole_folder(out) as folder:
        export_generator(fit.network, folder / WEIGHTS)
        card = GeneratorCard(
            size=recipe.size,
            crop_margin=contract.margin,
            inputs=fit.network.conditions.inputs,
            weights_sha256=file_sha256(folder / WEIGHTS),
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
            device=torch.cuda.get_device_name() if device.type == "cuda" else platform.machine(),
            threads=threads,
            versions={name: version(name) for name in ("numpy", "onnx", "torch")},
            models={name: hashes[name] for name in sorted(used)},
            kappa=fit.judgement.kappa,
            matched=fit.judgement.matched,
            stopped_at=fit.judgement.step,
            curve=fit.curve,
        )
        card.write(folder)
        draw_curves(fit.curve, folder / "curves.png")
        draw_samples(fit.network, held_out, recipe, folder / "samples.png")
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
                f"generator: {kind} '{min(map(str, shared))}' of {name} is both in train and in dev "
                f"({len(shared)} are); split by subject"
            )
