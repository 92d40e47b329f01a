"""Pictures of the traps of k-Same, utility, files and results."""

import pickle
import pickletools
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from svg import FIGURES

from bauta.datasets.expression_words import WORDS
from bauta.io.egress import SWITCHES
from bauta.io.walk import walk
from bauta.labels import EXPRESSIONS
from bauta.metrics.expression import cohen_kappa, contingency, macro_f1
from bauta.models.card import model_cards
from traps.panels import GREY, PLAIN, RIGHT, WRONG, bars, generator, panel

CLASSES = len(EXPRESSIONS)


@panel(12, "“k-Same” with the nearest neighbours")
def nearest(axes: Axes) -> None:
    random = generator(12)
    people, k = random.normal(size=(40, 16)), 5
    distance = np.linalg.norm(people[:, None] - people, axis=-1)
    averages = np.stack([people[np.argsort(row)[:k]].mean(axis=0) for row in distance])
    shared = len(np.unique(averages.round(9), axis=0)) / len(people)
    bars(axes, {"neighbours": shared, "groups of five": 1 / k}, (WRONG, RIGHT))
    axes.set_xlabel("people that a table names", color=GREY)


@panel(26, "the true label is handed over")
def handed(axes: Axes) -> None:
    random = generator(26)
    truth = random.integers(0, CLASSES, 700)
    read = np.where(random.random(700) < 0.7, truth, random.integers(0, CLASSES, 700))
    values = {
        "clear": _f1(truth, read),
        "grouped by labels": _f1(truth, truth),
        "by predictions": _f1(truth, read),
    }
    bars(axes, values, (PLAIN, WRONG, RIGHT))
    axes.set_xlabel("macro-F1", color=GREY)


@panel(10, "a teacher that cannot read the originals")
def unread(axes: Axes) -> None:
    random = generator(10)
    truth = random.integers(0, CLASSES, 700)
    before, after = (
        np.where(random.random(700) < share, truth, random.integers(0, CLASSES, 700))
        for share in (0.08, 0.06)
    )
    scores = [_f1(truth, read) for read in (before, after)]
    bars(
        axes,
        {"“retained”": scores[1] / scores[0], "F1 on the originals": scores[0], "bauta": np.nan},
        (WRONG, PLAIN, RIGHT),
    )


@panel(20, "an ablation with identical rows")
def ablation(axes: Axes) -> None:
    bars(
        axes,
        {"λ = 0": 0.42, "λ = 1": 0.42, "λ = 10": 0.42, "different outputs / 3": 1 / 3},
        (WRONG, WRONG, WRONG, RIGHT),
    )


@panel(27, "the generator's own teacher is the judge")
def own_judge(axes: Axes) -> None:
    measured = {"its teacher": 0.389, "VGG": 0.37, "mini-Xception": 0.24, "big-Xception": 0.18}
    bars(axes, measured, (WRONG, RIGHT, RIGHT, RIGHT), top=0.5)
    axes.set_xlabel("κ of cgan on PublicTest (cgan.md)", color=GREY)


@panel(14, "RGB for a recognizer that wants BGR")
def channels(axes: Axes) -> None:
    random = generator(14)
    face = random.uniform(0, 1, (32, 32, 3)) * (1.0, 0.7, 0.5)
    other = face + random.normal(0, 0.1, face.shape)
    values = {"same person, BGR": _cosine(face, other[..., ::-1]), "same person, RGB": _cosine(face, other)}
    bars(axes, values, (WRONG, RIGHT))
    axes.set_xlabel("similarity", color=GREY)


@panel(15, "a cache without the model in its key")
def stale(axes: Axes) -> None:
    truth = {"A": 0.8, "B": 0.55}
    cache: dict[str, float] = {}
    seen = [cache.setdefault("faces", truth[model]) for model in ("A", "B")]
    bars(axes, {"B, from the cache": seen[1], "B, computed": truth["B"]}, (WRONG, RIGHT))


@panel(16, "−1 where nothing was computed")
def sentinel(axes: Axes) -> None:
    fids = np.array([12.0, -1.0, 15.0])
    values = {"mean FID with −1": fids.mean(), "without": fids[fids >= 0].mean(), "mean PSNR": np.inf}
    bars(axes, values, (WRONG, RIGHT, WRONG), top=20, digits=1)


@panel(17, "one person in training and test")
def frames(axes: Axes) -> None:
    random = generator(17)
    people, labels = np.repeat(np.arange(40), 10), np.repeat(random.integers(0, 2, 40), 10)
    features = random.normal(0, 3, (40, 8))[people] + random.normal(0, 0.3, (400, 8)) + 0.5 * labels[:, None]
    by_frame, by_person = random.random(400) < 0.5, people < 20
    values = {
        "frames drawn": _nearest_label(features, labels, by_frame),
        "people drawn": _nearest_label(features, labels, by_person),
    }
    bars(axes, values, (WRONG, RIGHT))
    axes.set_xlabel("accuracy", color=GREY)


@panel(18, "a table whose columns have slipped")
def slipped(axes: Axes) -> None:
    names, cells = ["backend", "top1", "auc"], ["blur", "50.0", "0.31"]
    read = dict(zip(names, cells, strict=True))
    bars(axes, {"“top-1”": float(read["top1"]), "top-1": float(read["auc"])}, (WRONG, RIGHT), top=55)


@panel(22, "an import replaces a layer everywhere")
def replaced(axes: Axes) -> None:
    batch = generator(22).normal(size=(8, 4, 64)) * np.arange(1, 9)[:, None, None]
    instance = batch / batch.std(axis=2, keepdims=True)
    batched = batch / batch.std(axis=(0, 2), keepdims=True)
    change = float(np.abs(batched - instance).mean() / np.abs(instance).mean())
    bars(axes, {"another model's output": change, "in its own process": 0.0}, (WRONG, RIGHT))
    axes.set_xlabel("relative change", color=GREY)


@panel(24, "means over different faces")
def coverage(axes: Axes) -> None:
    hard = np.arange(200) < 100
    a, b = np.where(hard, 0.3, 0.8), np.where(hard, 0.5, 0.9)
    values = {"A, easy half only": a[~hard].mean(), "B, all": b.mean(), "A, all": a.mean()}
    bars(axes, values, (WRONG, PLAIN, RIGHT))


@panel(31, "a copied store passes for another")
def copied(axes: Axes) -> None:
    bars(axes, {"“kernel 101”": 0.97, "kernel 101": 0.31, "bauta": np.nan}, (WRONG, PLAIN, RIGHT))
    axes.set_xlabel("top-1 of a store of kernel 11 under its name", color=GREY)


@panel(36, "companions counted as people")
def companions(axes: Axes) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for person in range(4):
            for path in (
                f"p{person}/1.jpg",
                f"p{person}/._1.jpg",
                f"@eaDir/p{person}.jpg",
                f"p{person}/Thumbs.db",
            ):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(b"x")
        naive = sum(path.is_file() for path in root.rglob("*"))
        found = sum(entry.companion is None for entry in walk(root))
    bars(axes, {"all files": naive, "photographs": found}, (WRONG, RIGHT), top=18, digits=0)


@panel(37, "labels in other words")
def words(axes: Axes) -> None:
    used = ["Anger", "disgusted", "fearful", "happiness", "sadness", "surprised", "neutral"]
    known = sum(word in EXPRESSIONS for word in used), sum(word.lower() in WORDS for word in used)
    bars(axes, {"taken literally": known[0], "by bauta's table": known[1]}, (WRONG, RIGHT), top=7, digits=0)
    axes.set_xlabel("of seven labels used", color=GREY)


@panel(40, "an error page pinned as a model")
def pinned(axes: Axes) -> None:
    page = b"<!DOCTYPE html><title>404</title>" + b" " * 1200
    size = max(card.bytes or 0 for card in model_cards().values() if card.package == "bauta")
    axes.barh([0, 1], np.log10([len(page), size]), color=[WRONG, RIGHT], height=0.62)
    axes.set_yticks([0, 1], labels=["error page", "a model"])
    axes.invert_yaxis()
    axes.set_xticks([3, 6], labels=["1 KB", "1 MB"])


@panel(41, "one infeasible setting stops the report")
def infeasible(axes: Axes) -> None:
    edges = [line.split(" -> ") for line in (FIGURES / "rules.txt").read_text().splitlines()]
    layers = list(nx.topological_generations(nx.DiGraph([(a, b.strip()) for a, b in edges])))
    row = {name: number for number, layer in enumerate(layers) for name in layer}
    bars(
        axes,
        {"at the table": row["frontier"], "at judge": row["judge"]},
        (WRONG, RIGHT),
        top=len(layers),
        digits=0,
    )
    axes.set_xlabel("stages before it is said", color=GREY)


@panel(33, "the advised setting hides nobody")
def advised(axes: Axes) -> None:
    privacy, utility = np.array([0.02, 0.35, 0.6, 0.9]), np.array([0.98, 0.75, 0.62, 0.1])
    axes.axvspan(0.5, 1, ymin=0.5, color="#e3f1f3")
    axes.scatter(privacy[1:], utility[1:], color=PLAIN)
    axes.scatter(privacy[:1], utility[:1], color=WRONG)
    axes.scatter(privacy[2:3], utility[2:3], color=RIGHT)
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="privacy", ylabel="utility", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1]
    )


@panel(34, "the axis says F1 and shows κ")
def axis(axes: Axes) -> None:
    random = generator(34)
    truth = random.choice(CLASSES, 700, p=[0.4, *[0.1] * 6])
    read = np.where(random.random(700) < 0.6, truth, 0)
    table = contingency(truth, read, (CLASSES, CLASSES))
    bars(axes, {"κ": float(cohen_kappa(table)), "macro-F1": _f1(truth, read)}, (WRONG, RIGHT))


@panel(38, "a library reports home on import")
def home(axes: Axes) -> None:
    bars(
        axes,
        {"switches before import": len(SWITCHES), "connections in a run": 0.0},
        (RIGHT, RIGHT),
        top=len(SWITCHES) + 2,
        digits=0,
    )


@panel(39, "a loader that runs what it loads")
def loader(axes: Axes) -> None:
    calls = [
        sum(
            op.name in ("REDUCE", "STACK_GLOBAL", "GLOBAL")
            for op, _, _ in pickletools.genops(pickle.dumps(thing))
        )
        for thing in (_Harm(), {"w": [1.0]})
    ]
    bars(axes, {"a pickle that calls": calls[0], "plain numbers": calls[1]}, (WRONG, RIGHT), top=4, digits=0)
    axes.set_xlabel("operations that run code", color=GREY)


class _Harm:
    """Something whose pickle calls a function when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("ran",)


def _f1(truth: np.ndarray, read: np.ndarray) -> float:
    return float(macro_f1(contingency(truth, read, (CLASSES, CLASSES + 1))))


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    a, b = (image.ravel() - image.mean() for image in (one, other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def _nearest_label(features: np.ndarray, labels: np.ndarray, train: np.ndarray) -> float:
    """Accuracy of the nearest neighbour in the training half."""
    distance = np.linalg.norm(features[~train][:, None] - features[train], axis=-1)
    return float(np.mean(labels[train][distance.argmin(axis=1)] == labels[~train]))
