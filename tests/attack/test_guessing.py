import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.guessing import guess_values
from bauta.attack.identification import identification_values
from bauta.metrics.intervals import Resampling

FEW = Resampling(200, 0)


def labels_of(enrolled, probes):
    subjects = np.array([*enrolled, *probes])
    roles = np.array(["enrol"] * len(enrolled) + ["probe"] * len(probes))
    return AttackLabels([str(row) for row in range(len(subjects))], subjects, roles)


def test_trap_28_chance_is_the_best_constant_answer():
    values = guess_values(labels_of("abcd", "aaaaabbcd"), FEW)
    assert values["blind_top1"].value == 1 / 4
    assert values["chance_top1"].value == pytest.approx(5 / 9)
    assert values["chance_top1"].low is None


def test_it_is_what_a_gallery_reaches_in_which_one_template_always_wins():
    labels = labels_of("abcd", "aaaaabbcd")
    gallery = np.eye(4, dtype=np.float32)
    for person, share in zip("abcd", (5 / 9, 2 / 9, 1 / 9, 1 / 9), strict=True):
        vectors = np.concatenate([gallery, np.tile(gallery["abcd".index(person)], (9, 1))])
        faces = Embeddings(vectors, np.ones(13, dtype=bool))
        top1 = identification_values(faces, faces, labels, FEW, fails_closed=True)[0]["top1"].value
        assert top1 == pytest.approx(share)
        assert top1 <= guess_values(labels, FEW)["chance_top1"].value


def test_with_equal_numbers_of_probes_every_guess_is_one_over_n(make_faces):
    values = guess_values(make_faces()[1], FEW)
    assert {values[name].value for name in ("chance_top1", "blind_top1", "constant_top1")} == {1 / 8}
    assert values["constant_top1"].low < 1 / 8 < values["constant_top1"].high


def test_the_constant_guess_names_the_commonest_enrolled_person():
    values = guess_values(labels_of("aabbbc", "aaaaabbcd"), FEW)
    assert values["constant_top1"].value == pytest.approx(2 / 9)
    assert values["constant_top1"].n == 9
    assert values["chance_top1"].value == pytest.approx(5 / 9)
    tied = guess_values(labels_of("aabbc", "aaaaabbcd"), FEW)
    assert tied["constant_top1"].value == pytest.approx(7 / 18)


def test_probes_of_nobody_in_the_gallery_do_not_lower_chance_below_the_blind_guess():
    values = guess_values(labels_of("abcd", "xxxxxxxxxa"), FEW)
    assert values["chance_top1"].value == 1 / 4


def test_without_gallery_or_probes_the_reason_is_given():
    nobody = guess_values(labels_of("", "ab"), FEW)
    assert {value.reason for value in nobody.values()} == {"no gallery subjects"}
    unseen = guess_values(labels_of("ab", ""), FEW)
    assert unseen["constant_top1"].reason == "no probe faces"
    assert unseen["chance_top1"].value == 1 / 2
