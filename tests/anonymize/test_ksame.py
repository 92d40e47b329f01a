"""k-Same and k-Same-Select: groups, averages, and what cannot be done."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.ksame.cells import Cell
from bauta.anonymize.ksame.classes import kept_classes
from bauta.anonymize.ksame.group_averages import GroupAverages
from bauta.anonymize.ksame.grouping import eigenface_coordinates, grey_features, partition, smallest
from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.ksame_select import ksame_select
from bauta.anonymize.ksame.settings import KSameSelectSetting, KSameSetting
from bauta.contract import CropContract, Status
from bauta.errors import DataError, InfeasibleError
from bauta.landmarks.hull import face_hull
from bauta.protocols import FaceBatch
from bauta.testing.samples import sure_posteriors

TINY = CropContract(size=8)


class _Set:
    """Faces in batches."""

    def __init__(self, faces, size=5):
        self.faces, self.size = faces, size

    def __len__(self):
        return len(self.faces)

    def __iter__(self):
        return self.of(self.faces.face_ids)

    def of(self, face_ids):
        wanted = set(face_ids)
        rows = [row for row, face_id in enumerate(self.faces.face_ids) if face_id in wanted]
        for start in range(0, len(rows), self.size):
            part = rows[start : start + self.size]
            yield FaceBatch(
                **{
                    name: value[part] if isinstance(value, np.ndarray) else [value[row] for row in part]
                    for name in ("face_ids", "images", "landmarks", "subjects", "labels", "posteriors")
                    if (value := getattr(self.faces, name)) is not None
                }
            )


def _fit(backend, faces, seed=0):
    backend.fit(_Set(faces), seed=seed)
    return backend.anonymize(faces, seed=seed)


def _members(result, labels):
    """Subjects of each distinct output."""
    members = defaultdict(set)
    for image, status, label in zip(result.images, result.status, labels, strict=True):
        if status == Status.OK.code:
            members[image.tobytes()].add(label)
    return members


def _faces(images_of_subject, seed):
    """Random 8×8 faces; `images_of_subject[i]` images of subject i, shuffled."""
    rng = np.random.default_rng(seed)
    subjects = [f"s{number}" for number, count in enumerate(images_of_subject) for _ in range(count)]
    subjects = [subjects[row] for row in rng.permutation(len(subjects))]
    images = rng.integers(0, 256, (len(subjects), 8, 8, 3), dtype=np.uint8)
    expressions = [("happy", "sad", "neutral")[code] for code in rng.integers(0, 3, len(subjects))]
    ids = [str(row) for row in range(len(subjects))]
    return FaceBatch(
        face_ids=ids,
        images=images,
        subjects=subjects,
        labels=expressions,
        posteriors=sure_posteriors(expressions),
    )


@settings(max_examples=30, deadline=None)
@given(
    images_of_subject=st.lists(st.integers(1, 4), min_size=1, max_size=14),
    k=st.integers(2, 6),
    seed=st.integers(0, 2**16),
)
def test_every_output_is_shared_by_k_subjects_or_nothing_is_done(images_of_subject, k, seed):
    faces = _faces(images_of_subject, seed)
    backend = KSame(KSameSetting(k=k), TINY)
    if len(images_of_subject) < k:
        with pytest.raises(InfeasibleError, match=f"k={k} subjects, got {len(images_of_subject)}"):
            backend.fit(_Set(faces), seed=seed)
        return
    result = _fit(backend, faces, seed)
    members = _members(result, faces.subjects)
    assert all(k <= len(subjects) < 2 * k for subjects in members.values())
    assert sum(map(len, members.values())) == len(images_of_subject)


@settings(max_examples=30, deadline=None)
@given(
    images_of_subject=st.lists(st.integers(1, 6), min_size=2, max_size=12),
    k=st.integers(2, 4),
    seed=st.integers(0, 2**16),
)
def test_select_shares_an_output_among_k_subjects_of_one_expression(images_of_subject, k, seed):
    faces = _faces(images_of_subject, seed)
    subjects_of = defaultdict(set)
    for subject, expression in zip(faces.subjects, faces.labels, strict=True):
        subjects_of[expression].add(subject)
    backend = ksame_select(KSameSelectSetting(k=k, labels="true"), TINY)
    if min(map(len, subjects_of.values())) < k:
        with pytest.raises(InfeasibleError, match="expression"):
            backend.fit(_Set(faces), seed=seed)
        return
    result = _fit(backend, faces, seed)
    members = _members(result, list(zip(faces.subjects, faces.labels, strict=True)))
    for cells in members.values():
        assert len({expression for _, expression in cells}) == 1
        assert k <= len(cells) < 2 * k
    assert sum(map(len, members.values())) == sum(map(len, subjects_of.values()))


def _blurred_posteriors(faces, seed):
    """Posteriors of an unsure teacher: the label mostly has the most, and one face in eight is not read."""
    rng = np.random.default_rng(seed)
    posteriors = 0.5 * faces.posteriors + 0.5 * rng.dirichlet(np.ones(7), len(faces)).astype(np.float32)
    posteriors[rng.random(len(faces)) < 1 / 8] = np.nan
    return replace(faces, posteriors=posteriors)


@settings(max_examples=40, deadline=None)
@given(
    images_of_subject=st.lists(st.integers(1, 6), min_size=2, max_size=12),
    k=st.integers(2, 4),
    seed=st.integers(0, 2**16),
)
def test_select_groups_by_what_a_teacher_reads_and_the_labels_do_not_matter(images_of_subject, k, seed):
    faces = _blurred_posteriors(_faces(images_of_subject, seed), seed)
    read = np.isfinite(faces.posteriors).all(axis=1)
    backend = ksame_select(KSameSelectSetting(k=k), TINY)
    if len({subject for subject, ok in zip(faces.subjects, read, strict=True) if ok}) < k:
        with pytest.raises(InfeasibleError, match=f"k={k} subjects"):
            backend.fit(_Set(faces), seed=seed)
        return
    result = _fit(backend, faces, seed)
    assert ((result.status == Status.OK.code) == read).all()
    assert not result.images[~read].any()
    classes = backend._classes
    shown = np.array(classes.kept)[faces.posteriors[:, classes.kept].argmax(axis=1)]
    for cells in _members(result, list(zip(faces.subjects, shown, strict=True))).values():
        assert len({expression for _, expression in cells}) == 1
        assert k <= len(cells) < 2 * k
    others = [None if row % 3 else "fear" for row in range(len(faces))]
    again = _fit(ksame_select(KSameSelectSetting(k=k), TINY), replace(faces, labels=others), seed)
    np.testing.assert_array_equal(result.images, again.images)


def test_predictions_that_equal_the_labels_give_what_the_labels_give():
    faces = _faces([3] * 9, seed=8)
    read, labelled = (
        _fit(ksame_select(KSameSelectSetting(k=2, labels=source), TINY), faces)
        for source in ("predicted", "true")
    )
    np.testing.assert_array_equal(read.images, labelled.images)


def test_an_expression_that_too_few_people_show_goes_to_the_next_most_probable():
    """Two people look angry, and disgusted in second place; nobody else does. Four others look happy."""
    angry, happy = (0.6, 0.3, 0, 0.1, 0, 0, 0), (0, 0, 0, 0.9, 0, 0, 0.1)
    posteriors = [angry] * 2 + [happy] * 4
    people = list("abcdef")
    assert kept_classes(posteriors, people, 2) == [0, 3]
    assert kept_classes(posteriors, people, 3) == [3], "disgust has not enough people either"
    assert kept_classes(posteriors, people, 7) == [3], "the commonest is left, and k people are not there"
    sad = (0.6, 0, 0, 0.1, 0.3, 0, 0)
    assert kept_classes([sad] * 2 + [happy] * 4 + [(0, 0, 0, 0, 1, 0, 0)] * 3, [*people, *"ghi"], 3) == [3, 4]
    assert kept_classes([angry] * 5 + [happy] * 5, ["a"] * 5 + list("bcdef"), 2) == [3], (
        "people count, not faces"
    )


def test_faces_that_cannot_be_anonymized_do_not_make_an_expression_common(faces, contract):
    """Five of the six people who are read as sad have no landmarks; the sixth goes with the happy ones."""
    sad = np.array([label == "sad" for label in faces.labels])
    faces.landmarks[sad & np.array([subject != "s000" for subject in faces.subjects])] = np.nan
    backend = ksame_select(KSameSelectSetting(k=3, region="hull"), contract)
    result = _fit(backend, faces)
    assert len(backend._classes.kept) == 1
    assert (result.status == Status.OK.code).sum() == len(faces) - 10


def test_without_the_source_of_its_expressions_select_is_refused():
    faces = _faces([2] * 4, seed=9)
    with pytest.raises(DataError, match="teacher's posterior"):
        ksame_select(KSameSelectSetting(k=2), TINY).fit(_Set(replace(faces, posteriors=None)), seed=0)
    with pytest.raises(DataError, match="expects the label"):
        ksame_select(KSameSelectSetting(k=2, labels="true"), TINY).fit(
            _Set(replace(faces, labels=None)), seed=0
        )


def test_output_is_the_mean_of_the_subjects_means():
    faces = _faces([1, 2, 3, 7], seed=1)
    result = _fit(KSame(KSameSetting(k=4), TINY), faces)
    names = np.array(faces.subjects)
    means = [faces.images[names == name].astype(float).mean(axis=0) for name in sorted(set(faces.subjects))]
    assert np.abs(result.images[0] - np.mean(means, axis=0)).max() <= 0.5 + 1e-3
    assert (result.images == result.images[0]).all()


def test_a_subject_with_many_images_weighs_no_more_than_one_with_few():
    images = np.concatenate([np.full((99, 8, 8, 3), 200), np.full((1, 8, 8, 3), 100)]).astype(np.uint8)
    faces = FaceBatch([str(i) for i in range(100)], images=images, subjects=["a"] * 99 + ["b"])
    assert (_fit(KSame(KSameSetting(k=2), TINY), faces).images == 150).all()


def test_memory_for_one_group_at_a_time_gives_the_same_averages():
    faces = _faces([2] * 9, seed=2)
    cells_of = lambda batch: [Cell(subject) for subject in batch.subjects]  # noqa: E731
    results = []
    for accumulator_bytes in (1, 10**9):
        averages = GroupAverages(2, "crop", TINY, cells_of, accumulator_bytes)
        averages.fit(_Set(faces), seed=0)
        results.append(averages.anonymize(faces).images)
    np.testing.assert_array_equal(*results)


def test_each_face_is_averaged_once_and_only_a_lot_of_groups_is_in_memory():
    faces = _faces([2] * 30, seed=2)
    images = _Set(faces)
    read = []
    images.of = lambda face_ids: read.append(len(face_ids)) or _Set.of(images, face_ids)
    cells_of = lambda batch: [Cell(subject) for subject in batch.subjects]  # noqa: E731
    GroupAverages(3, "crop", TINY, cells_of, accumulator_bytes=4 * 8 * 8 * 3 * 4).fit(images, seed=0)
    assert read == [len(faces), 24, 24, 12]


def test_the_seed_decides_who_is_taken_first():
    faces = _faces([1] * 12, seed=3)
    setting = KSameSetting(k=3)
    outputs = {_fit(KSame(setting, TINY), faces, seed).images.tobytes() for seed in range(6)}
    assert len(outputs) > 1
    again = _fit(KSame(setting, TINY), faces, 0).images
    np.testing.assert_array_equal(again, _fit(KSame(setting, TINY), faces, 0).images)


def test_faces_without_labels_fail_and_are_not_averaged():
    faces = _faces([2] * 4, seed=4)
    subjects, expressions = list(faces.subjects), ["happy"] * len(faces)
    subjects[0], expressions[1] = None, None
    marked = faces.images.copy()
    marked[0] = 255
    unlabelled = replace(faces, images=marked, subjects=subjects, labels=expressions)
    plain = _fit(KSame(KSameSetting(k=4), TINY), unlabelled)
    assert plain.status.tolist() == [Status.FAILED.code] + [Status.OK.code] * 7
    assert not plain.images[0].any()
    selected = _fit(ksame_select(KSameSelectSetting(k=3, labels="true"), TINY), unlabelled)
    assert (selected.status[:2] == Status.FAILED.code).all()
    assert not selected.images[:2].any()
    rest = range(1, 8)
    without = FaceBatch(
        [faces.face_ids[row] for row in rest], images=marked[1:], subjects=[subjects[row] for row in rest]
    )
    np.testing.assert_array_equal(plain.images[1:], _fit(KSame(KSameSetting(k=4), TINY), without).images)


def test_a_subject_that_was_not_there_in_fit_fails():
    faces = _faces([1] * 4, seed=5)
    backend = KSame(KSameSetting(k=2), TINY)
    backend.fit(_Set(faces), seed=0)
    result = backend.anonymize(replace(faces, subjects=["stranger", *faces.subjects[1:]]), seed=0)
    assert result.status.tolist() == [Status.FAILED.code, 0, 0, 0]
    assert not result.images[0].any()


def test_trap_12_k_above_the_number_of_subjects_is_refused():
    faces = _faces([3] * 4, seed=6)
    with pytest.raises(InfeasibleError, match="at least k=5 subjects, got 4"):
        KSame(KSameSetting(k=5), TINY).fit(_Set(faces), seed=0)
    rare = replace(faces, labels=["fear" if row < 2 else "happy" for row in range(len(faces))])
    rare = replace(rare, subjects=[f"s{row % 4}" for row in range(len(faces))])
    with pytest.raises(InfeasibleError, match="k=3 subjects with the expression 'fear', got 2"):
        ksame_select(KSameSelectSetting(k=3, labels="true"), TINY).fit(_Set(rare), seed=0)


def test_trap_12_no_output_is_an_average_of_its_own_neighbours():
    """On a line of faces, k nearest neighbours differ for each face; groups must not."""
    images = np.repeat(np.arange(0, 240, 20, dtype=np.uint8), 8 * 8 * 3).reshape(12, 8, 8, 3)
    faces = FaceBatch([str(i) for i in range(12)], images=images, subjects=[f"s{i}" for i in range(12)])
    result = _fit(KSame(KSameSetting(k=3), TINY), faces)
    assert {len(subjects) for subjects in _members(result, faces.subjects).values()} <= {3, 4, 5}


def test_nobody_with_a_label_is_infeasible_and_unfitted_is_refused():
    faces = replace(_faces([1] * 3, seed=7), subjects=[None] * 3)
    with pytest.raises(InfeasibleError, match="none that can be anonymized"):
        KSame(KSameSetting(k=2), TINY).fit(_Set(faces), seed=0)
    with pytest.raises(AnonymizationError, match="fit"):
        KSame(KSameSetting(k=2), TINY).anonymize(faces, seed=0)
    with pytest.raises(DataError, match="subject"):
        KSame(KSameSetting(k=2), TINY).fit(_Set(replace(faces, subjects=None)), seed=0)


def test_hull_replaces_the_hull_of_the_mean_landmarks_only(faces, contract):
    result = _fit(KSame(KSameSetting(k=6, region="hull"), contract), faces)
    hull = face_hull(faces.landmarks.mean(axis=0), contract.size).astype(bool)
    assert (result.mask.astype(bool) != hull).mean() < 0.002
    inside = result.mask.astype(bool)
    for row in range(len(faces)):
        np.testing.assert_array_equal(result.images[row][inside[0]], result.images[0][inside[0]])
        np.testing.assert_array_equal(result.images[row][~inside[row]], faces.images[row][~inside[row]])


@settings(max_examples=30, deadline=None)
@given(subjects=st.integers(8, 40), k=st.integers(2, 8), seed=st.integers(0, 2**16))
def test_partition_is_greedy_and_complete(subjects, k, seed):
    coordinates = np.random.default_rng(seed).normal(size=(subjects, 3))
    groups = partition(coordinates, k, np.random.default_rng(seed))
    assert sorted(np.concatenate(groups).tolist()) == list(range(subjects))
    assert all(len(group) == k for group in groups[:-1])
    assert k <= len(groups[-1]) < 2 * k
    distances = cdist(coordinates, coordinates)
    free = set(range(subjects))
    order = iter(np.random.default_rng(seed).permutation(subjects).tolist())
    for group in groups[:-1]:
        first = next(row for row in order if row in free)
        nearest = sorted(free, key=lambda row: distances[first, row])[:k]
        assert set(nearest) == set(group.tolist())
        free -= set(nearest)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 12))
def test_the_smallest_are_those_of_a_stable_sort(values, k):
    k = min(k, len(values))
    expected = np.sort(np.argsort(np.array(values, dtype=float), kind="stable")[:k])
    assert smallest(np.array(values, dtype=float), k).tolist() == expected.tolist()


def test_partition_of_too_few_is_refused():
    with pytest.raises(InfeasibleError, match="k=4 subjects, got 3"):
        partition(np.eye(3), 4, np.random.default_rng(0))


def test_eigenface_coordinates_are_those_of_a_pca():
    means = np.random.default_rng(0).uniform(0, 255, (90, 128))
    expected = PCA(n_components=64, svd_solver="full").fit_transform(means)
    np.testing.assert_allclose(
        cdist(*[eigenface_coordinates([means[:40], means[40:]])] * 2),
        cdist(expected, expected),
        atol=1e-6,
    )


def test_features_are_grey_and_leave_the_margin_out():
    contract = CropContract()
    images = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    margin = images.copy()
    margin[1] = margin[0]
    margin[1, :30] = 0
    first, second = grey_features(margin, contract)
    np.testing.assert_array_equal(first, second)
    assert first.std() > 0
    assert grey_features(np.full((1, 256, 256, 3), 77, np.uint8), contract).tolist() == [[77] * 1024]
