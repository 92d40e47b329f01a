"""Training a generator and writing its weights, its card and plots of the training."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from bauta.anonymize.cgan.settings import GENERATOR_TEACHER
from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard
from bauta.contract import CropContract
from bauta.express import TEACHERS
from bauta.express.card import file_sha256, write_card
from bauta.inference.device import torch_device
from bauta.io.atomic import whole_folder
from bauta.models.store import ModelStore
from bauta.models.usage import hashes_of
from bauta.recognize import RECOGNIZERS
from bauta.train.cgan.batches import FaceRows
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.faces import GanFaces, GanSource
from bauta.train.cgan.fit import fit_generator
from bauta.train.cgan.judges import Judges
from bauta.train.cgan.nobody import NobodyOfBook
from bauta.train.cgan.pictures import draw_curves, draw_samples
from bauta.train.cgan.provenance import about_training, check_disjoint
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
    check_disjoint(train, dev)
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
        export_generator(fit.network, folder / WEIGHTS, enlarged=recipe.enlarged)
        draw_curves(fit.curve, folder / "curves.png")
        draw_samples(fit.network, FaceRows(held_out, torch.device("cpu")), folder / "samples.png")
        card = GeneratorCard(
            size=recipe.size * recipe.enlarged,
            crop_margin=contract.margin,
            inputs=fit.network.conditions.inputs,
            weights_sha256=file_sha256(folder / WEIGHTS),
            pictures={path.name: file_sha256(path) for path in sorted(folder.glob("*.png"))},
            seed=seed,
            recipe=asdict(recipe),
            threads=threads,
            versions={name: version(name) for name in ("numpy", "onnx", "torch")},
            models={name: hashes[name] for name in sorted(used)},
            curve=fit.curve,
            **about_training(
                (train, dev),
                (learned, held_out),
                fit.judgement,
                device,
                bfloat16=recipe.bfloat16,
                expression_faces=recipe.expression_faces,
            ),
        )
        write_card(card, folder, out, made_from)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    log.info("generator: dev κ %.3f, matched %.3f at step %d", card.kappa, card.matched, card.stopped_at)
    return card
