"""The accuracy of a teacher on real faces over the share of rendered faces in its training.

    python benchmarks/augmentation.py PROJECT --config config/augmentation.yaml --shares 0 0.25 0.5 1 \
        --seeds 1000 1001 1002 [--recipe resnet18] [--anonymized "avatar states=64"] [--real 0.1]

PROJECT is a folder of the workflow with FER-2013 in data/fer2013. Each share and seed is one `snakemake
teacher`; what is trained already is not trained again. Prints CSV: one row a training, and the mean and the
standard deviation of each share. --anonymized sees the rendered faces under a setting of the configuration;
--real trains on a share of FER-2013's faces, as where few are labelled, and reads all of PublicTest.
"""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bauta.config.load import parse_config
from bauta.express.card import TeacherCard
from bauta.workflow.rule_inputs import rule_inputs

RENDERED = "synthfaces"


def configured(
    base: dict[str, Any], arguments: argparse.Namespace, share: float, seed: int
) -> dict[str, Any]:
    """The configuration of one training."""
    pooled = {**base["pooled_teacher"], "augment": {RENDERED: share}}
    if arguments.recipe:
        pooled["recipe"] = arguments.recipe
    if arguments.anonymized:
        pooled["anonymized"] = {RENDERED: arguments.anonymized}
    pooled["share"] = arguments.real
    return {**base, "seed": seed, "pooled_teacher": pooled}


def train(config: dict[str, Any], cores: str) -> TeacherCard:
    """Train the teacher of a configuration in the working directory and read its card."""
    path = Path("augmentation.yaml")
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", cores, "teacher", "--configfile", str(path)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return TeacherCard.read(rule_inputs(parse_config(config)).plan.pooled_teacher)


def main() -> None:
    """Train, and print the curve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.25, 0.5, 1.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000, 1001, 1002])
    parser.add_argument("--recipe")
    parser.add_argument("--anonymized")
    parser.add_argument("--real", type=float, default=1.0)
    parser.add_argument("--cores", default="all")
    arguments = parser.parse_args()
    base = yaml.safe_load(arguments.config.read_text(encoding="utf-8"))
    os.chdir(arguments.project)
    table = csv.writer(sys.stdout)
    table.writerow(["share", "seed", "trained_on", "tested_on", "accuracy", "macro_f1", "ece"])
    for share in arguments.shares:
        found = []
        for seed in arguments.seeds:
            card = train(configured(base, arguments, share, seed), arguments.cores)
            quality = card.quality
            found.append((quality.dev_accuracy, quality.dev_macro_f1, quality.dev_ece))
            counts = [sum(part.values()) for part in (card.train_counts, card.dev_counts)]
            table.writerow([share, seed, *counts, *(f"{value:.4f}" for value in found[-1])])
        for name, of in (
            ("mean", np.mean(found, axis=0)),
            ("sd", np.std(found, axis=0, ddof=len(found) > 1)),
        ):
            table.writerow([share, name, "", "", *(f"{value:.4f}" for value in of)])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
