"""What is computed again: one row for every key of the configuration.

A row says which rules run when a finished run's configuration is edited at that key. `docs/invalidation.md`
tells the same in words.
"""

import sys
import typing
from dataclasses import dataclass, field

from projects import TINY

RESULTS = {"frontier", "plot", "plot_contact_sheet", "plot_restored", "report_page"}
NUMBERS = {"frontier", "plot", "report_page"}
ON_SETS = {"attack", "adapt", "suite", "soft", "audit", "expression", "realism", "coverage"}
VIEWS = {"anonymize_people", "view", "suite"}
MEASUREMENTS = {"attack_clear", *ON_SETS}
SETS = {"anonymize", "embed_anonymized", "express_anonymized", *ON_SETS, *VIEWS}
ASKED = {"judge", *SETS}
TRAINED = {"train_anonymizer", "plot_generator", *ASKED}
SPLIT = {
    *(
        "split",
        "judge",
        "train_teacher",
        "embed_originals",
        "embed_people",
        "express_originals",
        "express_training",
        "attack_clear",
    ),
    *SETS,
}
CROPS = {"detect", "align", "crop", "landmarks", "parse", *(SPLIT - {"split", "judge"})}
INDEX = {"index", "split", "attributes", "judge", *CROPS}
EVERYTHING = {"render", *INDEX, *RESULTS}


@dataclass(frozen=True)
class Row:
    """An edit and what it runs.

    Attributes:
        value: What the key is set to.
        rules: Exactly the rules that run.
        key: Where it is in the configuration, if the row's name does not say it.
        base: What is set before.
        dataset: The adapter's keys, for a row that is not about rendered faces.
    """

    value: typing.Any
    rules: set
    key: str = ""
    base: dict = field(default_factory=dict)
    dataset: dict | None = None


PHOTOS = INDEX - {
    *("train_teacher", "express_training", "anonymize_people", "embed_people", "attributes", "soft"),
}
"""Photographs have no partition of an attacker's people, and no attributes, unless they are asked for."""
UNATTACKED = PHOTOS - {
    *("attack", "attack_clear", "adapt", "embed_originals", "embed_people", "embed_anonymized"),
    *VIEWS,
}
OFFICIAL = {"splits": {"official": True, "dev": 0.1}}
FOLDER = {"adapter": "folder", "root": "raw"}
FER = {"adapter": "fer2013_folders", "root": "raw"}
GENERATED = {"anonymizers.ksame_generated": {"k": 2}}
MESHED = {"landmarks": ["dlib68", "mediapipe478"], "anonymizers.ganonymization": {}}
CIAGAN = {"anonymizers.ciagan": {}}
DEEP = {"anonymizers.deepprivacy": {}}
DEEP2 = {"anonymizers.deepprivacy2": {}}
EXTERNAL = {"anonymizers.external": {"root": "raw"}}
COMMAND = {"anonymizers.command": {"run": "python {input} {output}"}}
PLACED = {"judge", *RESULTS}
"""Rules that run where only the place or the limits of another program change: what it made is kept."""
CGAN = {"anonymizers.cgan_trained": {}, "parsing": ["landmark_hull"]}
FINETUNED = {"landmarks": ["dlib68", "mediapipe478"], "anonymizers.ganonymization_trained": {}}
FLAME = {"anonymizers.cgan_trained": {"conditions": "flame"}}
DECA = {"adapter": "folder", "root": "raw", "splits": {"train": 0.3, "dev": 0.2}, "deca": "raw"}
AUGMENTED = {
    "datasets": {"a": TINY["datasets"]["synthfaces"], "b": TINY["datasets"]["synthfaces"]},
    "pooled_teacher": {"datasets": ["a", "b"]},
}
S = "datasets.synthfaces."
M = "datasets.mine."

TABLE = {
    "run": Row("other", MEASUREMENTS | RESULTS),
    "seed": Row(1, EVERYTHING),
    "datasets.adapter": Row("lfw", PHOTOS | NUMBERS, M + "adapter", dataset=FOLDER),
    "datasets.faces": Row("central", CROPS | RESULTS, S + "faces"),
    "datasets.detector": Row("dlib_hog", CROPS | RESULTS, S + "detector"),
    "datasets.contact_sheet": Row(False, NUMBERS, S + "contact_sheet"),
    "datasets.push_crops": Row(False, set(), S + "push_crops"),
    "datasets.deca": Row(
        "codes",
        ({"flame", "train_anonymizer", "plot_generator"} | SETS | NUMBERS) - {"soft"},
        M + "deca",
        base=FLAME,
        dataset=DECA,
    ),
    "datasets.deca elsewhere": Row("moved", set(), M + "deca", base=FLAME, dataset=DECA),
    "datasets.deca of nobody": Row("raw", set(), S + "deca"),
    "datasets.splits.train": Row(0.4, SPLIT | RESULTS, S + "splits.train"),
    "datasets.splits.dev": Row(0.2, SPLIT | RESULTS, S + "splits.dev"),
    "datasets.splits.enrol": Row(0.6, SPLIT | RESULTS, S + "splits.enrol"),
    "datasets.splits.scored_per_subject": Row(4, SPLIT | RESULTS, S + "splits.scored_per_subject"),
    "datasets.splits.fewest_per_subject": Row(8, SPLIT | RESULTS, S + "splits.fewest_per_subject"),
    "datasets.splits.official": Row(
        True, (SPLIT & UNATTACKED) | NUMBERS, M + "splits.official", dataset=FER
    ),
    "datasets.splits.score": Row(
        "dev",
        (SPLIT & UNATTACKED) | NUMBERS,
        M + "splits.score",
        dataset={**FER, "splits": {"official": True}},
    ),
    "datasets.root": Row("moved", NUMBERS, M + "root", dataset=FOLDER),
    "datasets.parts": Row(["test"], UNATTACKED | NUMBERS, M + "parts", dataset=FER),
    "datasets.links": Row("inside", PHOTOS | NUMBERS, M + "links", dataset=FOLDER),
    "datasets.sample": Row(10, PHOTOS | NUMBERS, M + "sample", dataset=FOLDER),
    "datasets.synthfaces.subjects": Row(13, EVERYTHING),
    "datasets.synthfaces.images_per_subject": Row(8, EVERYTHING),
    "datasets.folder.labels": Row("labels.csv", PHOTOS | NUMBERS, M + "labels", dataset=FOLDER),
    "datasets.folder.classes": Row({"x": "sad"}, PHOTOS | NUMBERS, M + "classes", dataset=FOLDER),
    "datasets.fer2013_folders.classes": Row({"x": "sad"}, UNATTACKED | NUMBERS, M + "classes", dataset=FER),
    "datasets.rafdb.classes": Row(
        {"x": "sad"}, UNATTACKED | NUMBERS, M + "classes", dataset={**FER, "adapter": "rafdb"}
    ),
    "datasets.affectnet.classes": Row(
        {"x": "sad"}, UNATTACKED | NUMBERS, M + "classes", dataset={**FER, "adapter": "affectnet"}
    ),
    "datasets.affectnet_plus.classes": Row(
        {"x": "sad"}, UNATTACKED | NUMBERS, M + "classes", dataset={**FER, "adapter": "affectnet_plus"}
    ),
    "datasets.ferv39k.classes": Row(
        {"x": "sad"}, UNATTACKED | NUMBERS, M + "classes", dataset={**FER, "adapter": "ferv39k"}
    ),
    "datasets.ferv39k.frames_per_clip": Row(
        2, UNATTACKED | NUMBERS, M + "frames_per_clip", dataset={**FER, "adapter": "ferv39k"}
    ),
    "datasets.folder.limit": Row(3, PHOTOS | NUMBERS, M + "limit", dataset=FOLDER),
    "datasets.folder.subject_level": Row(2, PHOTOS | NUMBERS, M + "subject_level", dataset=FOLDER),
    "datasets.folder.attributes": Row(
        ["gender"],
        {"attributes", "soft", *NUMBERS},
        M + "attributes",
        dataset={**FOLDER, "labels": "labels.csv"},
    ),
    "datasets.lfw.pairs": Row(
        "pairs.txt", {"attack", "attack_clear", *NUMBERS}, M + "pairs", dataset={**FOLDER, "adapter": "lfw"}
    ),
    "datasets.xqlfw.pairs": Row(
        "pairs.txt", {"attack", "attack_clear", *NUMBERS}, M + "pairs", dataset={**FOLDER, "adapter": "xqlfw"}
    ),
    "datasets.agedb.pairs": Row(
        "pairs.txt", {"attack", "attack_clear", *NUMBERS}, M + "pairs", dataset={**FOLDER, "adapter": "agedb"}
    ),
    "datasets.cfp.pairs": Row(
        "FP", {"attack", "attack_clear", *NUMBERS}, M + "pairs", dataset={**FOLDER, "adapter": "cfp"}
    ),
    "datasets.ferplus.mode": Row(
        "probability", UNATTACKED | NUMBERS, M + "mode", dataset={**FER, "adapter": "ferplus"}
    ),
    "datasets.ckplus.peak": Row(3, PHOTOS | NUMBERS, M + "peak", dataset={**FOLDER, "adapter": "ckplus"}),
    "datasets.ckplus.neutral": Row(
        False, PHOTOS | NUMBERS, M + "neutral", dataset={**FOLDER, "adapter": "ckplus"}
    ),
    "crop.detector": Row("dlib_hog", CROPS | RESULTS),
    "crop.size": Row(128, CROPS | RESULTS),
    "crop.margin": Row(0.5, CROPS | RESULTS),
    "landmarks": Row(["mediapipe478"], {"landmarks", "parse", *SETS, *RESULTS}),
    "parsing": Row([], RESULTS),
    "anonymizers": Row({"block": 4}, ASKED | RESULTS, "anonymizers.pixelate"),
    "anonymizers.blur.kernel": Row([31, 33], ASKED | RESULTS),
    "anonymizers.blur.region": Row("hull", ASKED | RESULTS),
    "anonymizers.pixelate.block": Row(8, ASKED | RESULTS, base={"anonymizers.pixelate": {"block": 4}}),
    "anonymizers.pixelate.region": Row("crop", ASKED | RESULTS, base={"anonymizers.pixelate": {"block": 4}}),
    "anonymizers.ksame.k": Row(3, ASKED | RESULTS, base={"anonymizers.ksame": {"k": 2}}),
    "anonymizers.ksame.region": Row("hull", ASKED | RESULTS, base={"anonymizers.ksame": {"k": 2}}),
    "anonymizers.ksame_select.k": Row(3, ASKED | RESULTS, base={"anonymizers.ksame_select": {"k": 2}}),
    "anonymizers.ksame_select.region": Row(
        "hull", ASKED | RESULTS, base={"anonymizers.ksame_select": {"k": 2}}
    ),
    "anonymizers.ksame_select.labels": Row(
        True, ASKED | RESULTS, base={"anonymizers.ksame_select": {"k": 2}}
    ),
    "anonymizers.ksame_select.teacher": Row(
        "resnet18_fer2013",
        ASKED | RESULTS,
        base={"anonymizers.ksame_select": {"k": 2}, "teachers": ["resnet18", "resnet18_fer2013"]},
    ),
    "anonymizers.ksame_generated.k": Row(3, ASKED | RESULTS, base=GENERATED),
    # The attacker's own people are anonymized by what the teacher reads of them, too.
    "anonymizers.ksame_generated.select": Row(True, {"express_training", *ASKED, *RESULTS}, base=GENERATED),
    "anonymizers.ksame_generated.faces": Row("composite", ASKED | RESULTS, base=GENERATED),
    "anonymizers.ksame_generated.look": Row(
        "man_grey", ASKED | RESULTS, base={"anonymizers.ksame_generated": {"k": 2, "faces": "composite"}}
    ),
    "anonymizers.ksame_generated.teacher": Row(
        "resnet18_fer2013",
        ASKED | RESULTS,
        base={
            "anonymizers.ksame_generated": {"k": 2, "select": True},
            "teachers": ["resnet18", "resnet18_fer2013"],
        },
    ),
    "anonymizers.command.minutes": Row(5, PLACED, base=COMMAND),
    "anonymizers.command.run": Row("python -s {input} {output}", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.settings": Row(
        "b",
        ASKED | RESULTS,
        base={"anonymizers.command": {"run": "python {setting} {input} {output}", "settings": "a"}},
    ),
    "anonymizers.command.geometry": Row("detected", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.files": Row("crops", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.suffix": Row("_x", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.python": Row(sys.executable, PLACED, base=COMMAND),
    "anonymizers.command.conda": Row(sys.prefix, PLACED, base=COMMAND),
    "anonymizers.command.apptainer": Row("pairs.txt", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.version": Row("2", ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.network": Row(True, ASKED | RESULTS, base=COMMAND),
    "anonymizers.command.memory_gb": Row(2, PLACED, base=COMMAND),
    "anonymizers.command.trained_with": Row("hsemotion_b0", PLACED, base=COMMAND),
    "anonymizers.external.trained_with": Row("hsemotion_b0", PLACED, base=EXTERNAL),
    "anonymizers.external.root": Row("moved", PLACED, base=EXTERNAL),
    "anonymizers.external.settings": Row(
        "moved", ASKED | RESULTS, base={"anonymizers.external": {"root": "{setting}", "settings": "raw"}}
    ),
    "anonymizers.external.geometry": Row("detected", ASKED | RESULTS, base=EXTERNAL),
    "anonymizers.external.files": Row("crops", ASKED | RESULTS, base=EXTERNAL),
    "anonymizers.external.suffix": Row("_x", ASKED | RESULTS, base=EXTERNAL),
    "anonymizers.ganonymization.epochs": Row(50, ASKED | RESULTS, base=MESHED),
    "anonymizers.ganonymization.size": Row(256, ASKED | RESULTS, base=MESHED),
    "anonymizers.ganonymization.quantize": Row(16, ASKED | RESULTS, base=MESHED),
    "anonymizers.ciagan.identities": Row("per_subject", ASKED | RESULTS, base=CIAGAN),
    "anonymizers.ciagan.identity_seed": Row(1, ASKED | RESULTS, base=CIAGAN),
    "anonymizers.deepprivacy.program": Row("deep_privacy2", ASKED | RESULTS, base=DEEP),
    "anonymizers.deepprivacy.truncation": Row(0.5, ASKED | RESULTS, base=DEEP),
    "anonymizers.deepprivacy.latents": Row("one", ASKED | RESULTS, base=DEEP),
    "anonymizers.deepprivacy.latent_seed": Row(1, ASKED | RESULTS, base=DEEP),
    "anonymizers.deepprivacy2.weights": Row("fdf128", ASKED | RESULTS, base=DEEP2),
    "anonymizers.deepprivacy2.truncation": Row(0.5, ASKED | RESULTS, base=DEEP2),
    "anonymizers.deepprivacy2.multi_modal": Row(True, ASKED | RESULTS, base=DEEP2),
    "anonymizers.deepprivacy2.latents": Row("one", ASKED | RESULTS, base=DEEP2),
    "anonymizers.deepprivacy2.latent_seed": Row(1, ASKED | RESULTS, base=DEEP2),
    "anonymizers.avatar.states": Row(16, ASKED | RESULTS, base={"anonymizers.avatar": {"states": 7}}),
    "anonymizers.avatar.look": Row("drawn", ASKED | RESULTS, base={"anonymizers.avatar": {"states": 7}}),
    "anonymizers.avatar_free.look": Row("man_dark", ASKED | RESULTS, base={"anonymizers.avatar_free": {}}),
    "anonymizers.cgan.quantize": Row(16, ASKED | RESULTS, base={"anonymizers.cgan": {}}),
    "anonymizers.cgan_trained.conditions": Row("parsing", TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.lambda_id": Row(2.0, TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.lambda_expr": Row(0.0, TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.id_loss": Row("threshold", TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.expr_loss": Row("features", TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.recognizer": Row("facenet_vggface2", TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.steps": Row(2, TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.width": Row(8, TRAINED | RESULTS, base=CGAN),
    "anonymizers.ganonymization_trained.finetune": Row(
        "ganonymization_50", TRAINED | RESULTS, base=FINETUNED
    ),
    "anonymizers.ganonymization_trained.size": Row(256, TRAINED | RESULTS, base=FINETUNED),
    "anonymizers.ganonymization_trained.lambda_id": Row(2.0, TRAINED | RESULTS, base=FINETUNED),
    "anonymizers.ganonymization_trained.lambda_expr": Row(0.0, TRAINED | RESULTS, base=FINETUNED),
    "anonymizers.ganonymization_trained.recognizer": Row(
        "facenet_vggface2", TRAINED | RESULTS, base=FINETUNED
    ),
    "anonymizers.ganonymization_trained.steps": Row(2, TRAINED | RESULTS, base=FINETUNED),
    "anonymizers.cgan_trained.lambda_inv": Row(1.0, TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.size": Row(64, TRAINED | RESULTS, base=CGAN),
    "anonymizers.cgan_trained.repeat": Row(1, TRAINED | RESULTS, base=CGAN),
    "recognizers": Row(
        ["dlib_resnet", "facenet_vggface2"],
        {
            *("embed_originals", "embed_anonymized", "embed_people", "view"),
            *("attack_clear", "attack", "adapt", "suite", "soft"),
            *RESULTS,
        },
    ),
    "teachers": Row(
        ["resnet18", "vgg_fer2013"],
        {"judge", "express_originals", "express_anonymized", "expression", *RESULTS},
    ),
    "teachers that adapt": Row(
        ["resnet18", "resnet18_both"],
        {
            "judge", "anonymize_training", "train_adapted_teacher", "express_anonymized", "expression",
            *RESULTS,
        },
        "teachers",
    ),
    "pooled_generator.photographs": Row({"photographs": ["synthfaces"]}, set(), "pooled_generator"),
    "pooled_generator.expressions": Row(
        ["synthfaces"], set(), base={"pooled_generator": {"photographs": ["synthfaces"]}}
    ),
    "pooled_avatar.photographs": Row({"photographs": ["synthfaces"]}, set(), "pooled_avatar"),
    "pooled_avatar.expressions": Row(
        ["synthfaces"], set(), base={"pooled_avatar": {"photographs": ["synthfaces"]}}
    ),
    "pooled_teacher.datasets": Row({"datasets": ["synthfaces"]}, set(), "pooled_teacher"),
    "pooled_teacher.share": Row(0.5, set(), base=AUGMENTED),
    "pooled_teacher.augment": Row({"b": 0.5}, set(), base=AUGMENTED),
    "pooled_teacher.pseudo_labels": Row({"b": "resnet18_fer2013"}, set(), base=AUGMENTED),
    "pooled_teacher.anonymized": Row({"b": "identity"}, set(), base=AUGMENTED),
    "pooled_teacher.recipe": Row(
        "resnet18", set(), base={"pooled_teacher": {"datasets": ["synthfaces"]}}
    ),
    "training.datasets": Row(
        {"datasets": ["synthfaces"]},
        {"anonymize_training", "train_learner", "express_learner", "training", *RESULTS},
        "training",
    ),
    "training.recipes": Row(
        ["resnet18", "vgg_fer2013"],
        {"train_learner", "express_learner", "training", *RESULTS},
        base={"training": {"datasets": ["synthfaces"], "recipes": ["resnet18"]}},
    ),
    "training.seeds": Row(
        2,
        {"train_learner", "express_learner", "training", *RESULTS},
        base={"training": {"datasets": ["synthfaces"], "seeds": 1}},
    ),
    "training.tested": Row(
        ["b"],
        {"express_learner", "training", *RESULTS},
        base={
            "datasets": {"a": TINY["datasets"]["synthfaces"], "b": TINY["datasets"]["synthfaces"]},
            "training": {"datasets": ["a"]},
        },
    ),
    "attacks.protocols": Row(["naive"], {"attack", "suite", *RESULTS}),
    "attacks.views": Row(["as_is", "pixels"], {"view", "suite", *RESULTS} - {"plot_restored"}),
    "attacks.background": Row(5, {*VIEWS, "embed_people", "soft", *RESULTS}),
    "attacks.people": Row(
        "b", {"view", "suite", *RESULTS},
        base={"datasets": {"a": TINY["datasets"]["synthfaces"], "b": TINY["datasets"]["synthfaces"]}},
    ),
    "attacks.jpeg": Row([None, 90], {"view", "suite", *RESULTS}),
    "attacks.attributes": Row(False, RESULTS),
    "attacks.adaptive.enabled": Row(False, RESULTS),
    # Nothing is imported for a plan: any class of any distribution will do.
    "attacks.adaptive.candidates": Row(["sklearn.neighbors:NearestCentroid"], {"adapt", "suite", *RESULTS}),
    "realism": Row(["ssim"], {"realism", *RESULTS}),
    "preservation": Row(
        ["dlib68"], {"estimate_originals", "estimate_anonymized", "preservation", *RESULTS}
    ),
    "frontier.privacy": Row("worst_auc", RESULTS),
    "frontier.utility": Row("kappa", RESULTS),
    "frontier.floors.privacy": Row(0.8, RESULTS),
    "frontier.floors.utility": Row(None, RESULTS),
    "frontier.bootstrap": Row(300, (MEASUREMENTS - {"audit"}) | RESULTS),
    "frontier.style": Row("paper", {"plot", "report_page"}),
    "frontier.compare": Row(["identity", "blackout"], {"significance", *RESULTS}),
    "frontier.pairs.identity": Row(
        "b", RESULTS, "frontier.pairs.p.identity",
        {"datasets": {"a": TINY["datasets"]["synthfaces"], "b": TINY["datasets"]["synthfaces"]},
         "frontier.pairs": {"p": {"identity": "a", "expression": "a"}}},
    ),
    "frontier.pairs.expression": Row(
        "b", RESULTS, "frontier.pairs.p.expression",
        {"datasets": {"a": TINY["datasets"]["synthfaces"], "b": TINY["datasets"]["synthfaces"]},
         "frontier.pairs": {"p": {"identity": "a", "expression": "a"}}},
    ),
    "models.dir": Row("weights", set()),
    "models.download": Row(False, set()),
    "models.lock": Row("other.yaml", set()),
    "models.accept": Row(["research", "permissive"], set()),
}  # fmt: skip
