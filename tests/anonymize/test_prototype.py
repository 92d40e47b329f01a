"""The control that replaces every face by one of seven drawings."""

import numpy as np
import pytest

from bauta.anonymize.prototype.anonymizer import Prototype
from bauta.anonymize.prototype.settings import TEACHER, PrototypeSetting
from bauta.contract import CropContract, Status
from bauta.labels import EXPRESSIONS
from bauta.protocols import FaceBatch

CONTRACT = CropContract(64)


@pytest.fixture(scope="module")
def prototype():
    return Prototype(PrototypeSetting(), CONTRACT)


def batch(posteriors):
    return FaceBatch(
        [f"f{row}" for row in range(len(posteriors))], posteriors=np.asarray(posteriors, np.float32)
    )


def test_it_sees_the_posteriors_of_one_teacher_only(prototype):
    assert prototype.sees == {f"posteriors:{TEACHER}"}


def test_each_expression_has_its_own_drawing(prototype):
    sure = np.eye(len(EXPRESSIONS))
    done = prototype.anonymize(batch([*sure, *sure[::-1]]), seed=0)
    assert (done.status == Status.OK.code).all()
    assert done.mask.all()
    assert len({image.tobytes() for image in done.images}) == len(EXPRESSIONS)
    np.testing.assert_array_equal(done.images[: len(sure)], done.images[len(sure) :][::-1])


def test_nothing_passes_but_the_most_probable_class(prototype):
    rng = np.random.default_rng(0)
    posteriors = rng.dirichlet(np.ones(7) * 0.3, size=40)
    done = prototype.anonymize(batch(posteriors), seed=0)
    sure = np.eye(7)[posteriors.argmax(1)]
    np.testing.assert_array_equal(done.images, prototype.anonymize(batch(sure), seed=7).images)


def test_a_face_that_the_teacher_cannot_read_fails(prototype):
    done = prototype.anonymize(batch([np.full(7, np.nan), np.eye(7)[3]]), seed=0)
    assert done.status.tolist() == [Status.FAILED.code, Status.OK.code]
    assert not done.images[0].any()
    assert not done.mask[0].any()


def test_the_drawings_are_the_same_in_every_job(prototype):
    again = Prototype(PrototypeSetting(), CONTRACT)
    one = batch(np.eye(7))
    np.testing.assert_array_equal(
        prototype.anonymize(one, seed=0).images, again.anonymize(one, seed=1).images
    )


def test_it_declares_a_picture_for_each_expression():
    assert PrototypeSetting().outputs == len(EXPRESSIONS)
