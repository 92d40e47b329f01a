"""Whether a recognizer that had no part in the avatar's book finds the people in its pictures.

The card of the book has digests of everybody who was averaged and does not say into what. The choice is
recomputed from the photographs, without those who are not in the card because they were left out, and must
give as many people for each average as the card says. Then the pictures (all averages, every expression with
every look, and 64 states with the look `average`) are compared with every photograph of the people in them,
and with one of each of as many people who were averaged into nothing, at the threshold that 0.1 % of all
pairs of different people exceed:

    python benchmarks/avatar_people.py PROJECT --recognizer dlib_resnet

PROJECT is a folder where `snakemake --cores all --configfile config/avatar.yaml` has run; nothing is written
into it. Needs the files of that configuration's recognizers, and five minutes on one core.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.avatar.composite import as_picture
from bauta.anonymize.generator_card import subject_digest
from bauta.contract import CropContract
from bauta.express import TEACHERS
from bauta.labels import EXPRESSIONS
from bauta.models.store import ModelStore
from bauta.protocols import Images
from bauta.recognize import RECOGNIZERS
from bauta.train.avatar.anonymity import found_in_pictures, match_threshold
from bauta.train.avatar.choice import FEWEST, Choice
from bauta.train.avatar.faces import AvatarFaces
from bauta.train.avatar.job import avatar_sources
from bauta.train.avatar.recipe import SHIPPED

CONTRACT = CropContract()
SEED = 0


def photographs_in(cache: Path, predict) -> AvatarFaces:
    """Read the photographs of LFW that the book was learnt from."""
    patterns = ("*/crops.zarr", "*/alignment.parquet", "*/landmarks-dlib68-*.zarr", "index-*/split-*.parquet")
    found = [sorted((cache / "lfw").glob(pattern)) for pattern in patterns]
    for pattern, paths in zip(patterns, found, strict=True):
        if len(paths) != 1:
            raise SystemExit(f"{cache / 'lfw'}: expected one {pattern}, got {len(paths)}")
    files = tuple(str(paths[0]) for paths in found)
    return AvatarFaces.load(avatar_sources(["lfw"], [files], photographs=["lfw"])["lfw"], predict)


def chosen_again(faces: AvatarFaces, card: AvatarCard, choice: Choice) -> dict[str, set[str]]:
    """Say who was averaged into what.

    Raises:
        SystemExit: an average has another number of people than the card says.
    """
    unaveraged = {one for one in faces.subjects if subject_digest(one) not in card.subjects}
    people: dict[str, set[str]] = {}
    for name, rows in choice.of_all().items():
        kept = choice.without(rows, unaveraged)
        if name in EXPRESSIONS and len(kept) < FEWEST:
            more = choice.clearest(EXPRESSIONS.index(name), FEWEST + card.left_out)
            kept = choice.without(more, unaveraged)[:FEWEST]
        people[name] = {faces.subjects[row] for row in kept}
    expected = {part.name: part.people for part in card.averaged}
    got = {name: len(members) for name, members in people.items()}
    if got != expected:
        raise SystemExit(f"expected the people of the card, {expected}, got {got}")
    return people


def pictures_of(book: AvatarBook) -> Iterator[tuple[Images, list[str]]]:
    """Yield pictures and the averages in them."""
    yield as_picture(book.everybody.image), ["everybody"]
    for name, look in book.looks.items():
        yield as_picture(look.face.image), [f"look {name}"]
    for name, average in zip(EXPRESSIONS, book.averages, strict=True):
        yield as_picture(average.image), [name]
    for size, looks in ((7, list(book.looks)), (64, ["average"])):
        for code, expression in enumerate(book.states[size].codes.expressions):
            for one in looks:
                yield book.draw(size, code, one, CONTRACT), [f"look {one}", EXPRESSIONS[expression]]


def main() -> None:
    """Choose again, and recognize."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--recognizer", default="dlib_resnet")
    options = parser.parse_args()
    models = ModelStore.default()
    path = models.path("avatar")
    card, book = AvatarCard.read(path.parent, shipped=True), AvatarBook.read(path)
    if options.recognizer in card.thresholds:
        raise SystemExit(f"{options.recognizer} chose who was averaged; name another recognizer")
    faces = photographs_in(options.project / "cache", TEACHERS.load(card.teacher)(CONTRACT, models).predict)
    first = next(iter(card.thresholds))
    looks = faces.embedded(RECOGNIZERS.load(first)(CONTRACT, models).embed)
    people = chosen_again(faces, card, Choice(faces, SHIPPED, looks))
    averaged = set().union(*people.values())
    one_each = {subject: row for row, subject in reversed(list(enumerate(faces.subjects)))}
    others = sorted(one_each.keys() - averaged)
    strangers = np.random.default_rng(SEED).permutation(others)[: len(averaged)].tolist()
    rows = [row for row, subject in enumerate(faces.subjects) if subject in averaged]
    rows += [one_each[subject] for subject in strangers]
    embed = RECOGNIZERS.load(options.recognizer)(CONTRACT, models).embed
    photographs = np.concatenate([embed(crop[None]) for crop in faces.crops(rows)])
    subjects = [faces.subjects[row] for row in rows]
    once = [subjects.index(subject) for subject in sorted(set(subjects))]
    threshold = match_threshold(photographs[once], [subjects[row] for row in once], SHIPPED.false_accept_rate)
    drawn = list(pictures_of(book))
    pictures = np.concatenate([embed(picture[None]) for picture, _ in drawn])
    members = [set().union(*(people[name] for name in names)) for _, names in drawn]
    found = found_in_pictures(pictures, members, photographs, subjects, threshold)
    about = {"threshold": round(threshold, 4), "pictures": len(drawn), "photographs": len(rows)}
    print(json.dumps({**about, **asdict(found)}))


if __name__ == "__main__":
    main()
