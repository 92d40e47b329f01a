"""Made-up but plausible measurements of one run, to test the frontier and to look at its pictures."""

import numpy as np

from bauta.attack.protocols import IMAGES, PAIRS
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement, Value

SUBJECTS = 40
PROBES = 200
CHANCE = 1 / SUBJECTS
SETTINGS = {
    ("identity", "default"): (0.965, 0.93, 1.00),
    ("blackout", "default"): (CHANCE, CHANCE, 0.00),
    ("prototype", "default"): (0.06, 0.05, 0.81),
    ("blur", "kernel=11"): (0.95, 0.93, 0.985),
    ("blur", "kernel=31"): (0.71, 0.86, 0.86),
    ("blur", "kernel=51"): (0.24, 0.61, 0.63),
    ("blur", "kernel=101"): (0.05, 0.33, 0.29),
    ("pixelate", "block=4"): (0.92, 0.92, 0.97),
    ("pixelate", "block=8"): (0.55, 0.83, 0.89),
    ("pixelate", "block=16"): (0.11, 0.58, 0.66),
    ("pixelate", "block=32"): (0.04, 0.21, 0.22),
    ("ksame", "k=2"): (0.33, 0.46, 0.49),
    ("ksame", "k=5"): (0.14, 0.19, 0.33),
    ("ksame", "k=10"): (0.07, 0.09, 0.24),
    ("ksame_select", "k=5"): (0.15, 0.18, 0.78),
}
"""Backend and setting → naive top-1, adaptive top-1, utility."""
BOUNDS = {
    ("blackout", "default"): (0.03, 0.06),
    ("prototype", "default"): (0.07, 1.0),
    ("ksame", "k=2"): (0.5, 0.55),
    ("ksame", "k=5"): (0.2, 0.2),
    ("ksame", "k=10"): (0.1, 0.1),
    ("ksame_select", "k=5"): (0.24, 1.0),
}
"""Backend and setting → what no attack exceeds, with one probe and with all of a person."""
CLEAR_TOP1, ADAPTIVE_CLEAR, CLEAR_MACRO_F1 = 0.965, 0.955, 0.91


def share(value: float, n: int = PROBES, width: float = 1.0) -> Value:
    half = width * max(1.96 * np.sqrt(value * (1 - value) / n), 0.004)
    return Value(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=n)


def histograms(separation: float, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    edges = np.linspace(-1, 1, 201).round(6)
    genuine, _ = np.histogram(np.clip(rng.normal(0.15 + 0.6 * separation, 0.12, 4000), -1, 1), edges)
    impostor, _ = np.histogram(np.clip(rng.normal(0.15, 0.11, 40000), -1, 1), edges)
    return {"bin_edges": edges.tolist(), "genuine": genuine.tolist(), "impostor": impostor.tolist()}


def confusion(quality: float, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    spread = (1 - quality) * rng.dirichlet(np.ones(7) * 0.7, size=7)
    chances = spread + np.eye(7) * quality
    return [rng.multinomial(PROBES // 7 + 4, row / row.sum()).tolist() for row in chances]


def attack(dataset, backend, setting, naive, model, protocols=("naive", "reverse", "parrot")) -> Measurement:
    parts = {
        "naive": naive,
        "reverse": max(CHANCE, naive * 0.9),
        "parrot": max(CHANCE, min(0.965, naive * 1.1)),
    }
    if backend == "identity":
        parts = dict.fromkeys(parts, naive)
    values = {
        "chance_top1": Value(value=CHANCE, n=SUBJECTS),
        "blind_top1": Value(value=CHANCE, n=SUBJECTS),
        "constant_top1": share(CHANCE),
        "cosine_distance": Value(value=1 - naive, n=PROBES),
    }
    curves: dict = {}
    for index, protocol in enumerate(protocols):
        top1 = parts[protocol]
        auc = 0.5 + 0.49 * (top1 - CHANCE) / (1 - CHANCE)
        values |= {
            f"{protocol}_top1": share(top1),
            f"{protocol}_top1_covered": share(top1),
            f"{protocol}_top5": share(min(1.0, top1 + 0.1)),
            f"{protocol}_auc": share(auc),
            f"{protocol}_auc_covered": share(auc),
            f"{protocol}_eer": share(1 - auc),
            f"{protocol}_tar_at_far_1e-2": share(top1 * 0.9),
            f"{protocol}_tar_at_far_1e-3": Value.missing("1560 pairs of people resolve no FAR below 1.9e-02"),
        }
        curves[protocol] = histograms(top1, index)
    return Measurement(
        kind="attack",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        curves=curves,
        provenance={"split_sha256": "5" * 64, "model_sha256": "a" * 64},
    )


def baseline(dataset, model, top1=CLEAR_TOP1) -> Measurement:
    auc = 0.5 + 0.49 * (top1 - CHANCE) / (1 - CHANCE)
    values = {
        "chance_top1": Value(value=CHANCE, n=SUBJECTS),
        "blind_top1": Value(value=CHANCE, n=SUBJECTS),
        "constant_top1": share(CHANCE),
        "clear_top1": share(top1),
        "clear_top1_covered": share(top1),
        "clear_top5": share(0.99),
        "clear_auc": share(auc),
        "clear_auc_covered": share(auc),
        "clear_eer": share(1 - auc),
    }
    curves = {"clear": histograms(top1, 7)}
    return Measurement(
        kind="attack",
        dataset=dataset,
        backend="original",
        setting="clear",
        model=model,
        values=values,
        curves=curves,
        provenance={"split_sha256": "5" * 64},
    )


def adapt(dataset, backend, setting, top1, model, clear=ADAPTIVE_CLEAR) -> Measurement:
    values = {
        "adaptive_top1": share(top1),
        "adaptive_top1_covered": share(top1),
        "adaptive_clear_top1": share(clear),
    }
    return Measurement(
        kind="adapt", dataset=dataset, backend=backend, setting=setting, model=model, values=values
    )


def suite(dataset, backend, setting, top1) -> Measurement:
    """An attack suite whose strongest attack reaches a top-1, and less with fewer images or pairs."""
    amounts = [(IMAGES, amount) for amount in (1, 2, 4)] + [(PAIRS, amount) for amount in (25, 50, 100)]
    points = [
        {
            "what": what,
            "amount": amount,
            "attack": "restored",
            **share(top1 * (0.6 + amount / 250)).model_dump(),
        }
        for what, amount in amounts
    ]
    listed = [
        {
            "view": "restored",
            "matcher": "nearest_template",
            "protocol": protocol,
            "recognizer": "dlib_resnet",
            "pooling": pooling,
            "jpeg": None,
            "parts": [],
            "counts": protocol == "parrot",
            "choosing": None,
            **share(reached).model_dump(),
        }
        for protocol, pooling, reached in (
            ("parrot", "one", top1),
            ("reverse", "one", top1 * 0.9),
            ("parrot", "pooled", min(1.0, 1.05 * top1)),
        )
    ]
    values = {
        "chance_top1": Value(value=CHANCE, n=SUBJECTS),
        "blind_top1": Value(value=CHANCE, n=SUBJECTS),
        "worst_top1": share(top1),
        "max_top1": share(min(1.0, top1 * 1.02)),
    }
    return Measurement(
        kind="suite",
        dataset=dataset,
        backend=backend,
        setting=setting,
        values=values,
        curves={"attacks": listed, "strength": points},
        provenance={"worst_one": "restored/nearest_template/parrot/dlib_resnet"},
    )


def with_suites(measured) -> list[Measurement]:
    """The measurements, and a suite beside each adaptive attack."""
    return [
        *measured,
        *(
            suite(one.dataset, one.backend, one.setting, one.values["adaptive_top1"].value)
            for one in measured
            if one.kind == "adapt"
        ),
    ]


def expression(dataset, backend, setting, utility, clear=CLEAR_MACRO_F1, model="resnet18") -> Measurement:
    macro = 1 / 7 + utility * (clear - 1 / 7)
    values = {
        "clear_macro_f1": share(clear),
        "macro_f1": share(macro),
        "macro_f1_covered": share(macro),
        "accuracy": share(macro),
        "kappa": Value(value=utility, n=PROBES),
        "utility": share(utility, width=1.3),
        "kl": Value(value=2.5 * (1 - utility), n=PROBES),
        "js": Value(value=0.6 * (1 - utility), n=PROBES),
        "preserved": share(1 / 7 + utility * 6 / 7),
        "ece": Value(value=0.05, n=PROBES),
        "teacher_valid": Value(value=1.0, n=PROBES),
    }
    curves = {
        "classes": list(EXPRESSIONS),
        "confusion_before": confusion(clear, 1),
        "confusion_after": confusion(max(1 / 7, macro), 2),
        "unanswered_before": [0] * 7,
        "unanswered_after": [0] * 7,
    }
    return Measurement(
        kind="expression",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values=values,
        curves=curves,
    )


def realism(dataset, backend, setting, utility) -> Measurement:
    values = {
        "ssim": Value(value=0.3 + 0.7 * utility, n=PROBES),
        "psnr": Value(value=12 + 25 * utility, n=PROBES),
        "lpips": Value.missing("the weights of LPIPS are not available"),
        "identical": Value(value=0, n=PROBES),
    }
    return Measurement(kind="realism", dataset=dataset, backend=backend, setting=setting, values=values)


def coverage(dataset, backend, setting, covered=1.0) -> Measurement:
    values = {
        "coverage": share(covered),
        "detected": share(1.0),
        "anonymized": share(covered),
        "redetected": share(0.9),
        "n_images": Value(value=PROBES, n=PROBES),
        "n_subjects": Value(value=SUBJECTS, n=SUBJECTS),
        "n_outputs": Value(value={"prototype": 7, "blackout": 1}.get(backend, PROBES), n=PROBES),
        "bound_top1": Value(value=BOUNDS.get((backend, setting), (1.0, 1.0))[0], n=PROBES),
        "bound_top1_pooled": Value(value=BOUNDS.get((backend, setting), (1.0, 1.0))[1], n=SUBJECTS),
    }
    return Measurement(kind="coverage", dataset=dataset, backend=backend, setting=setting, values=values)


def audit(dataset, backend, setting, leaks=None, blind=False) -> Measurement:
    if leaks is None:
        leaks = 0.0 if backend == "blackout" else 1.0
    values = {
        "leaks_pixels": Value(value=leaks, n=8),
        "passed_difference": Value(value=leaks * (1.0 if backend == "identity" else 0.6), n=8),
        "declared_blind": Value(value=float(blind or backend == "blackout"), n=8),
    }
    notes = [f"audit: {backend} declares that it does not see"] if blind and leaks else []
    return Measurement(
        kind="audit", dataset=dataset, backend=backend, setting=setting, values=values, notes=notes
    )


def run_measurements(dataset="synthfaces", *, labelled=True, models=("dlib_resnet",)) -> list[Measurement]:
    found = [baseline(dataset, model) for model in models]
    for (backend, setting), (naive, adaptive, utility) in SETTINGS.items():
        for model in models:
            found.append(attack(dataset, backend, setting, naive, model))
            found.append(adapt(dataset, backend, setting, adaptive, model))
        if labelled:
            found.append(expression(dataset, backend, setting, utility))
        found.append(realism(dataset, backend, setting, utility))
        found.append(coverage(dataset, backend, setting))
        found.append(audit(dataset, backend, setting))
    return found


CONFIG = {
    "run": "demo",
    "seed": 0,
    "datasets": {"synthfaces": {"adapter": "synthfaces"}},
    "anonymizers": {
        name: {}
        for name in ("identity", "blackout", "prototype", "blur", "pixelate", "ksame", "ksame_select")
    },
    "recognizers": ["dlib_resnet"],
    "teachers": ["resnet18"],
    "attacks": {"protocols": ["naive", "reverse", "parrot"], "adaptive": {"enabled": True}},
    "frontier": {"privacy": "worst_top1", "utility": "relative_macro_f1", "bootstrap": 100},
}
