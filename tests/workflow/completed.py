"""Projects that look as if a configuration had been run to the end, and what a plan makes, rule by rule."""

from collections import defaultdict

from bauta.plan.artifacts import artifacts

RULES = {
    "rendered faces": "render",
    "manifest": "index",
    "unpacked images": "index",
    "split": "split",
    "attributes": "attributes",
    "verdict": "judge",
    "detections": "detect",
    "alignment": "align",
    "crops": "crop",
    "landmarks": "landmarks",
    "parsing": "parse",
    "flame": "flame",
    "teachers": "train_teacher",
    "anonymized": "anonymize",
    "generators": "train_anonymizer",
    "attacker's faces": "anonymize_people",
    "attacker's embeddings": "embed_people",
    "views": "view",
    "training faces": "anonymize_training",
    "adapted teachers": "train_adapted_teacher",
    "trained networks": "train_learner",
    "posteriors of trained networks": "express_learner",
}


def made_by(plan):
    """Rule → the files and folders that the target `all` makes with it."""
    found = defaultdict(set)
    for artifact in artifacts(plan):
        found[_rule(artifact)].add(artifact.path)
    for picture in plan.drawn.plots:
        found["plot"] |= {picture, plan.made("plot", picture.stem)}
    found["plot"] |= set(plan.drawn.figures)
    for sheet in plan.drawn.sheets:
        rule = f"plot_{sheet.stem.rpartition('-')[2]}"
        found[rule] |= {sheet, plan.made("sheet", sheet.stem)}
    found["plot_generator"] |= set(plan.generator_pictures())
    found["frontier"] |= {
        plan.results / name
        for name in (
            "frontier.csv",
            "frontier.tex",
            "frontier.md",
            "attacks.csv",
            "soft.csv",
            "teachers.csv",
            "significance.csv",
            "training.csv",
            "metrics.json",
            "scores.json",
            "summary.txt",
        )
    }
    found["frontier"].add(plan.made("frontier"))
    found["report_page"] |= {plan.results / "report.html", plan.made("report")}
    found.pop(None, None)
    return dict(found)


def _rule(artifact):
    """None for what no run of `all` makes."""
    original = artifact.path.stem == "original"
    match artifact.kind:
        case "embeddings":
            return "embed_originals" if original else "embed_anonymized"
        case "posteriors" if artifact.path.stem == "training":
            return "express_training"
        case "posteriors":
            return "express_originals" if original else "express_anonymized"
        case "estimates":
            return "estimate_originals" if original else "estimate_anonymized"
        case "measurements":
            kind = artifact.path.parts[4].partition("-")[0]
            return "attack_clear" if kind == "attack" and artifact.path.stem == "clear" else kind
        case kind:
            return RULES.get(kind)


def rerun(before, after):
    """The rules that run when everything of one plan is there and another one is wanted."""
    there = set().union(*made_by(before).values())
    return {rule for rule, paths in made_by(after).items() if paths - there}


def complete(folder, plan):
    """Make everything of a plan, empty: whether it is there is all that Snakemake asks."""
    for path in sorted(set().union(*made_by(plan).values())):
        place = folder / path
        if path.suffix not in (".zarr", "") or ".made" in path.parts:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        else:
            place.mkdir(parents=True, exist_ok=True)
            (place / "key.json").write_text('{"stage": "render"}')
    for part in plan.datasets.values():
        if part.dataset.adapter == "synthfaces":
            (folder / part.source.truth).touch()
