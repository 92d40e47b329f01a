"""Training GANonymization's generator further and writing its weights, its card and plots of the training."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from bauta.anonymize.cgan.settings import GENERATOR_TEACHER
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.ganonymization.trained import ARCHITECTURE
from bauta.anonymize.generator_card import TENSORS, GeneratorCard
from bauta.contract import CropContract
from bauta.express import TEACHERS
from bauta.express.card import file_sha256, write_card
from bauta.inference.device import torch_device
from bauta.inference.torch_network import load_strictly
from bauta.io.atomic import whole_folder
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors, save_tensors
from bauta.models.usage import hashes_of
from bauta.recognize import RECOGNIZERS
from bauta.train.cgan.batches import FaceRows
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.judges import Judges
from bauta.train.cgan.pictures import draw_curves, draw_samples
from bauta.train.cgan.provenance import Sources, about_training, check_disjoint
from bauta.train.fit import reproducible
from bauta.train.ganonymization.fit import finetune_generator
from bauta.train.ganonymization.heads import Heads, shrinking
from bauta.train.ganonymization.recipe import recipe_of

log = logging.getLogger(__name__)


def finetune_anonymizer(
    train: Sources,
    dev: Sources,
    options: Mapping[str, Any],
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
    """Train the published generator further on the faces of some subjects, judged on those of others.

    The weights are reproducible to the byte for given published weights, seed, data, device, number of
    threads and the versions that the card names.

    Args:
        train: Training faces with their meshes, by dataset.
        dev: Development faces, on which the best weights are chosen, by dataset.
        options: A setting of the backend `ganonymization_trained`.
        models: Store of the published weights and of the frozen recognizer and teacher.
        seed: Seed of the discriminator and the batches.
        contract: Geometry of the crops.
        out: Folder to write, with `generator.safetensors`, `card.json`, `curves.png` and `samples.png`; its
            content is replaced.
        checkpoint: File that stores the state at each evaluation, so that an interrupted training can resume;
            removed at the end.
        threads: CPU threads.
        made_from: Place → digest of each of its inputs, for the card's seal.
        progress: Show a progress bar.

    Returns:
        The card.

    Raises:
        DataError: a subject is in both partitions, a partition is empty, or there are no meshes.
        ModelError: published weights or a frozen network cannot be loaded.
        TrainingError: a loss is not finite.
    """
    check_disjoint(train, dev)
    recipe, device = recipe_of(options), torch_device()
    published = models.path(recipe.start)
    tensors, _ = load_tensors(published)
    network = load_strictly(UNetGenerator(), tensors, published)
    start = file_sha256(published)
    with reproducible(threads):
        judges = Judges.load(recipe.recognizer, models, contract, contract.size, device)
        learned, held_out = (
            GanFaces.load(list(part.values()), recipe, judges.card.view, judges.embed_crops, contract)
            for part in (train, dev)
        )
        log.info("%d training faces, further from %s", learned.photographs, recipe.start)
        fit = finetune_generator(
            network,
            learned,
            held_out,
            judges,
            recipe,
            seed=seed,
            device=device,
            start=start,
            checkpoint=checkpoint,
            progress=progress,
        )
        heads, small = Heads(fit.network, recipe.side, contract), shrinking(contract, recipe.size)
    used = {*RECOGNIZERS[recipe.recognizer].files, *TEACHERS[GENERATOR_TEACHER].files}
    hashes = hashes_of(used, models)
    with whole_folder(out) as folder:
        save_tensors(fit.network.state_dict(), folder / TENSORS)
        draw_curves(fit.curve, folder / "curves.png")
        draw_samples(
            lambda given: small(heads(given)),
            FaceRows(held_out, torch.device("cpu"), contract.size),
            folder / "samples.png",
        )
        card = GeneratorCard(
            architecture=ARCHITECTURE,
            size=recipe.side,
            crop_margin=contract.margin,
            inputs=("mesh",),
            weights_sha256=file_sha256(folder / TENSORS),
            pictures={path.name: file_sha256(path) for path in sorted(folder.glob("*.png"))},
            seed=seed,
            recipe=asdict(recipe),
            setting=dict(options),
            started_from={recipe.start: start},
            threads=threads,
            versions={name: version(name) for name in ("numpy", "safetensors", "torch")},
            models={name: hashes[name] for name in sorted(used)},
            curve=fit.curve,
            **about_training(
                (train, dev), (learned, held_out), fit.judgement, device, bfloat16=recipe.bfloat16
            ),
        )
        write_card(card, folder, out, made_from)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    log.info("generator: dev κ %.3f, matched %.3f at step %d", card.kappa, card.matched, card.stopped_at)
    return card
