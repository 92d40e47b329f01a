"""k-Same with one generated face a group: its groups, what is drawn for them, and its proof."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from backends import make_backend
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.generator_card import subject_digest
from bauta.anonymize.ksame_generated import anonymizer
from bauta.anonymize.ksame_generated.anonymizer import KSameGenerated
from bauta.anonymize.ksame_generated.artists import GeneratorArtist
from bauta.anonymize.ksame_generated.settings import KSameGeneratedSetting
from bauta.anonymize.run import anonymize_store
from bauta.anonymize.verify import verify_ksame
from bauta.contract import CropContract, Status
from bauta.errors import DataError, InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.store import Store
from bauta.testing.anonymizer_contract import pick
from bauta.testing.samples import face_points, sure_posteriors

CONTRACT = CropContract(size=64)


class Sketch:
    """A generator that draws the number of its call, and remembers the landmarks."""

    def __init__(self):
        self.drawn = []
        self.card = SimpleNamespace(weights_sha256="0" * 64)

    def anonymize(self, batch, *, seed):
        assert batch.images is None
        self.drawn += list(batch.landmarks)
        images = np.full((1, 64, 64, 3), len(self.drawn), np.uint8)
        return AnonymizedBatch(images, np.zeros(1, np.uint8), np.ones((1, 64, 64), np.uint8))


class _Set:
    """Faces in batches, as the fit reads them."""

    def __init__(self, faces, size=5):
        self.faces, self.size = faces, size

    def __len__(self):
        return len(self.faces)

    def __iter__(self):
        return self.of(self.faces.face_ids)

    def of(self, face_ids):
        rows = [row for row, face_id in enumerate(self.faces.face_ids) if face_id in set(face_ids)]
        for start in range(0, len(rows), self.size):
            yield pick(self.faces, rows[start : start + self.size])


def shapes(offsets):
    """A frontal face for each offset in pixels, to the right."""
    return face_points() + np.array([[[offset, 0]] for offset in offsets], np.float32)


def people(subjects, offsets, labels=None):
    ids = [str(row) for row in range(len(subjects))]
    read = None if labels is None else sure_posteriors(labels)
    return FaceBatch(ids, landmarks=shapes(offsets), subjects=list(subjects), posteriors=read)


def run(faces, k, seed=0, **options):
    """The backend, the generator and the result."""
    generator = Sketch()
    backend = KSameGenerated(KSameGeneratedSetting(k=k, **options), CONTRACT, GeneratorArtist(generator))
    backend.fit(_Set(faces), seed=seed)
    return backend, generator, backend.anonymize(faces, seed=seed)


def groups(result, names):
    found = {}
    for image, name in zip(result.images, names, strict=True):
        found.setdefault(int(image.max()), set()).add(name)
    return sorted(map(sorted, found.values()))


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.integers(1, 4), min_size=1, max_size=14),
    k=st.integers(2, 6),
    seed=st.integers(0, 2**16),
)
def test_every_output_is_shared_by_k_subjects_or_nothing_is_done(counts, k, seed):
    rng = np.random.default_rng(seed)
    subjects = rng.permutation([f"s{one}" for one, count in enumerate(counts) for _ in range(count)])
    faces = people(subjects.tolist(), rng.normal(0, 0.5, len(subjects)))
    if len(counts) < k:
        with pytest.raises(InfeasibleError, match=f"k={k} subjects, got {len(counts)}"):
            run(faces, k, seed)
        return
    _, generator, result = run(faces, k, seed)
    found = groups(result, faces.subjects)
    assert all(k <= len(group) < 2 * k for group in found)
    assert sum(map(len, found)) == len(counts), "all images of a person are the same"
    assert len(generator.drawn) == len(found), "a face is drawn once a group"
    assert (result.status == Status.OK.code).all()
    assert result.mask.all()


def test_people_of_like_shape_share_a_face_and_no_pixel_is_needed():
    faces = people("abcdef", [0, 2, 0.1, 2.1, 0.2, 2.2])
    backend, generator, result = run(faces, 3)
    assert groups(result, faces.subjects) == [["a", "c", "e"], ["b", "d", "f"]]
    middles = sorted(float(shape[:, 0].mean() - face_points()[:, 0].mean()) for shape in generator.drawn)
    assert middles == pytest.approx([0.1, 2.1], abs=1e-2)
    assert backend.sees == {"landmarks", "subjects"}


def test_a_person_with_many_pictures_weighs_no_more_than_one_with_one():
    _, generator, _ = run(people("a" * 9 + "b", [2] * 9 + [0]), 2)
    np.testing.assert_allclose(generator.drawn[0], shapes([1])[0], atol=1 / 64)


@pytest.mark.parametrize("damage", [np.nan, 1e30])
def test_faces_without_landmarks_are_left_out_of_the_mean_and_fail(damage):
    faces = people("aabbc", [0, 0, 1, 1, 0])
    faces.landmarks[1] += damage
    faces.landmarks[4, 30] = damage
    _, generator, result = run(faces, 2)
    np.testing.assert_allclose(generator.drawn[0], shapes([0.5])[0], atol=1 / 64)
    no, ok = Status.NO_FACE.code, Status.OK.code
    assert result.status.tolist() == [ok, no, ok, ok, no]
    assert not result.images[[1, 4]].any()
    assert not result.mask[[1, 4]].any()


def test_who_belongs_to_no_group_fails():
    faces = people(["a", "b", "c", None], [0, 0, 0, 0])
    backend, _, result = run(faces, 3)
    assert result.status.tolist() == [0, 0, 0, Status.FAILED.code]
    assert not result.images[3].any()
    assert not result.mask[3].any()
    other = backend.anonymize(replace(faces, subjects=["stranger", "b", "c", None]), seed=0)
    assert other.status.tolist() == [Status.FAILED.code, 0, 0, Status.FAILED.code]


def test_the_seed_decides_who_is_taken_first_and_the_order_of_faces_nothing():
    rng = np.random.default_rng(0)
    faces = people("aabbccddeeffgghhiijjkk", rng.normal(0, 1, 22))
    found = {str(groups(run(faces, 3, seed)[2], faces.subjects)) for seed in range(6)}
    assert len(found) > 1
    order = rng.permutation(22).tolist()
    _, first, result = run(faces, 3)
    _, second, shuffled = run(pick(faces, order), 3)
    np.testing.assert_array_equal(result.images[order], shuffled.images)
    np.testing.assert_array_equal(first.drawn, second.drawn)


def test_with_select_people_share_a_face_for_each_expression_that_a_teacher_reads():
    labels = ["happy", "sad"] * 4
    faces = people("aabbccdd", [0, 0, 0, 0, 1, 1, 1, 1], labels)
    backend, _, result = run(faces, 2, select=True)
    cells = list(zip(faces.subjects, labels, strict=True))
    found = groups(result, cells)
    assert all(len({expression for _, expression in group}) == 1 for group in found)
    assert sum(map(len, found)) == 8
    assert "posteriors" in backend.sees
    assert "labels" not in backend.sees
    unread = replace(faces, posteriors=sure_posteriors([None, *labels[1:]]))
    assert run(unread, 2, select=True)[2].status.tolist() == [Status.FAILED.code] + [0] * 7


def test_faces_without_landmarks_do_not_make_an_expression_common():
    faces = people("abcdef", [0] * 6, ["sad"] * 3 + ["happy"] * 3)
    faces.landmarks[0] = np.nan
    backend, _, result = run(faces, 3, select=True)
    assert len(backend._classes.kept) == 1
    assert groups(pick_result(result, range(1, 6)), "bcdef") == [["b", "c", "d", "e", "f"]]


def pick_result(result, rows):
    rows = list(rows)
    return AnonymizedBatch(result.images[rows], result.status[rows], result.mask[rows])


def test_what_is_missing_is_refused():
    faces = people("ab", [0, 0], ["sad", "sad"])
    backend = KSameGenerated(KSameGeneratedSetting(k=2, select=True), CONTRACT, GeneratorArtist(Sketch()))
    with pytest.raises(AnonymizationError, match="fit"):
        backend.anonymize(faces, seed=0)
    for name, said in (
        ("landmarks", "landmarks, got none"),
        ("subjects", "subject"),
        ("posteriors", "poster"),
    ):
        with pytest.raises(DataError, match=said):
            backend.fit(_Set(replace(faces, **{name: None})), seed=0)
    with pytest.raises(InfeasibleError, match="none that can be anonymized"):
        run(people([None, None], [0, 0]), 2)


def stored_set(data, backend, tmp_path):
    anonymize_store(
        data.crops,
        data.landmarks,
        None,
        data.labels,
        backend,
        posteriors=data.posteriors,
        out=tmp_path / "out.zarr",
        seed=0,
    )
    return Store.open(tmp_path / "out.zarr")


@pytest.mark.parametrize("drawn_by", ["generated", "composite"])
@pytest.mark.parametrize("select", [False, True])
def test_the_stored_faces_of_what_ships_are_proved(select, drawn_by, faces, stored, contract, tmp_path):
    backend = make_backend("ksame_generated", {"k": 3, "select": select, "faces": drawn_by}, contract)
    store = stored_set(stored(faces), backend, tmp_path)
    report = verify_ksame(store, faces.subjects, faces.labels if select else None, k=3)
    report.require()
    assert report.whole_image
    assert sum(group.images for group in report.groups) == len(faces)
    named = {"generated": "generator_sha256", "composite": "book_sha256"}[drawn_by]
    assert store.attributes[named] == backend._artist.about[named]


def in_turn(faces, contract, **options):
    backend = make_backend("ksame_generated", {"k": 2, "faces": "composite", **options}, contract)
    backend.fit(_Set(faces), seed=0)
    return backend, backend.anonymize(faces, seed=0)


def test_a_composite_shows_what_its_group_expresses_held_as_its_mean(contract, monkeypatch):
    asked = []

    def draw_freely(self, expression, measured, look, contract):
        asked.append((EXPRESSIONS[expression], look, measured))
        return np.full((contract.size, contract.size, 3), len(asked), np.uint8)

    monkeypatch.setattr(AvatarBook, "draw_freely", draw_freely)
    faces = people("aabbccdd", [0, 0, 0, 0, 1, 1, 1, 1], ["happy", "sad"] * 4)
    faces = replace(faces, landmarks=faces.landmarks * (contract.size / CONTRACT.size))
    faces.landmarks[[0, 2], 48:68, 1] += np.linspace(0, contract.size / 16, 20, dtype=np.float32)
    _, result = in_turn(faces, contract, select=True, look="in_turn")
    assert (result.status == Status.OK.code).all()
    assert sorted(name for name, _, _ in asked) == ["happy", "happy", "sad", "sad"]
    assert len({look for _, look, _ in asked}) == 4, "each group has another look"
    happy = [measured for name, _, measured in asked if name == "happy"]
    assert np.abs(happy[0] - happy[1]).max() > 0.1, "the one pair of people holds the mouth otherwise"
    asked.clear()
    in_turn(faces, contract)
    assert {(name, look) for name, look, _ in asked} == {("neutral", "average")}


def test_groups_in_turn_look_unlike_each_other(faces, contract):
    _, alike = in_turn(faces, contract)
    _, unlike = in_turn(faces, contract, look="in_turn")

    def furthest(result):
        seen = np.unique(result.images.reshape(len(result.images), -1), axis=0).astype(float)
        return max(np.abs(one - other).mean() for one in seen for other in seen)

    assert furthest(unlike) > 2 * furthest(alike)


@pytest.mark.parametrize("fault", ["groups of k - 1", "an image of its own"])
def test_a_broken_backend_does_not_pass_its_own_proof(fault, faces, stored, contract, tmp_path, monkeypatch):
    backend = make_backend("ksame_generated", {"k": 3}, contract)
    if fault == "groups of k - 1":
        whole = anonymizer.group_cells
        monkeypatch.setattr(
            anonymizer, "group_cells", lambda cells, of, k, seed: whole(cells, of, k - 1, seed)
        )
    else:
        draw = backend.anonymize

        def with_one_bit(batch, *, seed):
            result = draw(batch, seed=seed)
            result.images[0, 0, 0, 0] ^= 1
            return result

        backend.anonymize = with_one_bit
    with pytest.raises(AnonymizationError, match="do not use this set"):
        stored_set(stored(faces), backend, tmp_path)


@pytest.mark.parametrize("drawn_by", ["generated", "composite"])
def test_people_whom_the_faces_were_learnt_from_are_counted(drawn_by, contract):
    backend = make_backend("ksame_generated", {"k": 2, "faces": drawn_by}, contract)
    known = subject_digest("Ann")
    if drawn_by == "generated":
        backend._artist.generator.learnt_from = frozenset({known})
    else:
        card = backend._artist.card.model_copy(update={"subjects": (known,)})
        backend._artist = replace(backend._artist, card=card)
    (note,) = backend.describe(SimpleNamespace(subjects=["Ann", "Ann", "Cid", None]), seed=0)["notes"]
    assert note.startswith("ksame_generated: 1 of 2 people")
    assert "notes" not in backend.describe(SimpleNamespace(subjects=["Cid", None]), seed=0)
