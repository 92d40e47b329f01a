"""The avatar: K drawings and nothing else, with the book that comes with bauta."""

from itertools import combinations

import numpy as np
import pytest

from bauta.anonymize.avatar.anonymizer import SECRET_VARIABLE, Avatar, avatar
from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.card import AvatarCard
from bauta.anonymize.avatar.codes import measures
from bauta.anonymize.avatar.free import FreeAvatar
from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.avatar.settings import COMPOSITES, TEACHER, AvatarSetting, FreeAvatarSetting
from bauta.anonymize.cgan.anonymizer import cgan
from bauta.anonymize.cgan.settings import CganSetting
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.generator_card import notes_on_people, subject_digest
from bauta.contract import CropContract, Status
from bauta.errors import ConfigError, DataError, ModelError
from bauta.labels import EXPRESSIONS
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch
from bauta.store import ArraySpec, Store, StoreWriter

CONTRACT = CropContract(64)


@pytest.fixture(scope="module")
def path():
    return ModelStore.default().path("avatar")


@pytest.fixture(scope="module")
def book(path):
    return AvatarBook.read(path)


@pytest.fixture(scope="module")
def card(path):
    return AvatarCard.read(path.parent, shipped=True)


@pytest.fixture
def make(book, card):
    def made(secret=b"secret", contract=CONTRACT, **options):
        return Avatar(AvatarSetting(**options), book, card, contract, secret)

    return made


def batch(book, count=60, seed=0, contract=CONTRACT):
    """Faces whose landmarks are near those of states, with random posteriors."""
    rng = np.random.default_rng(seed)
    shapes = book.shapes(1024, contract)[rng.integers(0, 1024, count)]
    return FaceBatch(
        [f"f{row}" for row in range(count)],
        landmarks=(shapes + rng.normal(0, 0.3, shapes.shape)).astype(np.float32),
        posteriors=rng.dirichlet(np.ones(7) * 0.3, count).astype(np.float32),
    )


def subset(faces, rows):
    return FaceBatch(
        [faces.face_ids[row] for row in rows],
        landmarks=faces.landmarks[rows],
        posteriors=faces.posteriors[rows],
    )


def store(path, images):
    specs = {"images": ArraySpec(images.shape[1:], "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(path, specs, [str(row) for row in range(len(images))]) as writer:
        writer.append(images=images, status=np.full(len(images), Status.OK.code, np.uint8))
    return Store.open(path)


def different(images):
    return len({image.tobytes() for image in images})


def test_it_sees_no_picture(make):
    assert make().sees == {f"posteriors:{TEACHER}"}
    assert make(states=16).sees == {f"posteriors:{TEACHER}", "landmarks"}
    assert AvatarSetting().taught_by == (TEACHER,)


@pytest.mark.parametrize("states", [7, 16])
def test_there_are_no_more_pictures_than_states(make, book, states):
    done = make(states=states).anonymize(batch(book, 400), seed=0)
    assert (done.status == Status.OK.code).all()
    assert done.mask.all()
    assert different(done.images) == states


def test_the_bound_of_one_picture_each(make, book):
    """N people with one picture each: the best table from pictures to people names no more than K of them."""
    images = make(states=16).anonymize(batch(book, 300), seed=0).images
    tables = {image.tobytes(): row for row, image in enumerate(images)}
    named = sum(tables[image.tobytes()] == row for row, image in enumerate(images))
    assert named <= 16


def test_each_expression_has_its_own_picture(make):
    sure = np.eye(7, dtype=np.float32)
    done = make().anonymize(FaceBatch(list("abcdefg"), posteriors=sure), seed=0)
    assert different(done.images) == len(EXPRESSIONS)


def test_a_picture_depends_on_the_state_alone(make, book):
    backend, faces = make(states=64), batch(book)
    whole = backend.anonymize(faces, seed=0)
    codes = book.states[64].codes.codes(faces.posteriors, faces.landmarks)
    for one, other in combinations(range(20), 2):
        same = np.array_equal(whole.images[one], whole.images[other])
        assert same == (codes[one] == codes[other])
    order = np.random.default_rng(1).permutation(len(faces))
    again = make(states=64).anonymize(subset(faces, order), seed=5)
    np.testing.assert_array_equal(again.images, whole.images[order])


def test_a_face_that_the_teacher_cannot_read_fails_and_one_without_landmarks(make, book):
    faces = batch(book, 3)
    faces.posteriors[0], faces.landmarks[1] = np.nan, np.nan
    done = make(states=16).anonymize(faces, seed=0)
    assert done.status.tolist() == [Status.FAILED.code, Status.FAILED.code, Status.OK.code]
    assert not done.images[:2].any()
    assert not done.mask[:2].any()
    with pytest.raises(DataError, match="expected a teacher's posteriors, got none"):
        make().anonymize(FaceBatch(["a"]), seed=0)


def test_looks_are_drawn_by_the_secret_and_not_by_what_is_public(make):
    sure = np.tile(np.eye(7, dtype=np.float32)[3], (200, 1))
    faces = FaceBatch([f"f{row}" for row in range(200)], posteriors=sure)
    first = make(look="drawn").anonymize(faces, seed=0)
    np.testing.assert_array_equal(first.images, make(look="drawn").anonymize(faces, seed=9).images)
    assert different(first.images) == COMPOSITES == AvatarSetting(look="drawn").outputs // 7
    other = make(look="drawn", secret=b"another").anonymize(faces, seed=0)
    same = (first.images == other.images).all(axis=(1, 2, 3)).mean()
    assert same == pytest.approx(1 / COMPOSITES, abs=0.08)


def test_without_a_secret_each_job_draws_its_own(monkeypatch):
    sure = np.tile(np.eye(7, dtype=np.float32)[3], (64, 1))
    faces = FaceBatch([f"f{row}" for row in range(64)], posteriors=sure)
    setting, models = AvatarSetting(look="drawn"), ModelStore.default()
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    one, other = (avatar(setting, CONTRACT, models).anonymize(faces, seed=0).images for _ in range(2))
    assert (one != other).any()
    monkeypatch.setenv(SECRET_VARIABLE, "ours, and long enough")
    one, other = (avatar(setting, CONTRACT, models).anonymize(faces, seed=0).images for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_short_secret_is_refused(monkeypatch):
    monkeypatch.setenv(SECRET_VARIABLE, "123456")
    with pytest.raises(ConfigError, match="expected at least 16 bytes"):
        avatar(AvatarSetting(look="drawn"), CONTRACT, ModelStore.default())


def test_the_verifier_finds_every_picture_among_the_drawings(make, book, tmp_path):
    backend = make(states=16)
    images = backend.anonymize(batch(book, 40), seed=0).images
    backend.verify(store(tmp_path / "right.zarr", images), None)
    make(states=16).verify(store(tmp_path / "resumed.zarr", images), None)
    images[7, 0, 0, 0] ^= 1
    with pytest.raises(AnonymizationError, match="one of the 16 drawings for '7', got another picture"):
        backend.verify(store(tmp_path / "wrong.zarr", images), None)


def test_the_verifier_knows_the_look(make, book, tmp_path):
    images = make(look="woman_dark").anonymize(batch(book, 10), seed=0).images
    with pytest.raises(AnonymizationError, match="got another picture"):
        make(look="man_light").verify(store(tmp_path / "a.zarr", images), None)
    make(look="drawn").verify(store(tmp_path / "b.zarr", images), None)


def test_the_rendered_look_has_a_picture_for_each_expression(make):
    sure = np.eye(7, dtype=np.float32)
    done = make(look="rendered").anonymize(FaceBatch(list("abcdefg"), posteriors=sure), seed=0)
    assert different(done.images) == len(EXPRESSIONS)
    assert not np.array_equal(
        done.images, make().anonymize(FaceBatch(list("abcdefg"), posteriors=sure), seed=0).images
    )


def test_faces_lie_where_the_contract_has_them(book):
    """The same drawing in crops of another size and margin, with the plain background around."""
    wide = CropContract(128, 1.0)
    plain, placed = book.draw(7, 3, "average", book.contract), book.draw(7, 3, "average", wide)
    scale = wide.scale / book.contract.scale
    points = book.shapes(7, wide)[3]
    there = book.states[7].shapes[3]
    for point in (30, 36, 45, 57):
        x, y = np.rint(points[point]).astype(int)
        u, v = np.rint(there[point]).astype(int)
        np.testing.assert_allclose(
            placed[y, x].astype(float), plain[v - 2 : v + 3, u - 2 : u + 3].mean((0, 1)), atol=30
        )
    assert scale < 1
    assert (placed[0, 0] == placed[-1, -1]).all()


def test_a_free_avatar_is_held_as_the_face_is(book, card):
    """The landmarks that it draws have the measures of the face, but nothing else of its proportions."""
    backend = FreeAvatar(FreeAvatarSetting(), book, card, CONTRACT)
    faces = batch(book, 12)
    codes = book.states[7].codes
    for row in range(12):
        measured = codes.scaled(faces.landmarks)[row]
        shape = book.states[7].shapes[faces.posteriors[row].argmax()]
        drawn = codes.hold(shape, measured, book.held)
        np.testing.assert_allclose(codes.scaled(drawn[None])[0], measured, atol=0.35)
    done = backend.anonymize(faces, seed=0)
    assert different(done.images) == 12
    assert backend.sees == FreeAvatarSetting().sees
    same = FaceBatch(faces.face_ids, landmarks=faces.landmarks + 3, posteriors=faces.posteriors)
    np.testing.assert_allclose(measures(same.landmarks), measures(faces.landmarks), atol=1e-4)
    moved = backend.anonymize(same, seed=0).images.astype(int)
    assert np.abs(moved - done.images).max() <= 2, "where a face lies in its crop does not matter"


def test_people_of_a_set_who_were_averaged_are_counted(card, make):
    assert make().learnt_from == set(card.subjects)
    known = frozenset({subject_digest("Ann")})
    (note,) = notes_on_people(known, ["Ann", "Ann", "Bob", None])
    assert note.startswith("1 of 2 people have names of people whom the anonymizer was learnt from")
    assert notes_on_people(known, ["Bob", None]) == []


def test_the_card_names_nobody_and_everybody_is_safe_in_the_averages(card, book):
    assert all(part.people >= 20 for part in card.averaged)
    assert all(len(digest) == 16 for digest in card.subjects)
    assert len(card.closest) == 2
    assert all(share <= 1 for share in card.closest.values())
    assert {part.name for part in card.averaged} == {
        "everybody", *EXPRESSIONS, *(f"look {name}" for name in book.looks)
    }  # fmt: skip
    assert all(one.partition == "train" for one in card.learnt_on)


def test_every_look_and_size_that_a_setting_names_is_in_the_book(book):
    looks = set(FreeAvatarSetting.model_fields["look"].annotation.__args__)
    assert looks == set(book.looks)
    assert len(looks) == COMPOSITES
    assert set(AvatarSetting.model_fields["states"].annotation.__args__) == set(book.states)
    for size, states in book.states.items():
        assert len(states) == size
        assert set(states.codes.expressions.tolist()) == set(range(7))


def test_a_book_is_written_and_read_alike(book, path, tmp_path):
    book.save(tmp_path / "one.safetensors")
    AvatarBook.read(tmp_path / "one.safetensors").save(tmp_path / "two.safetensors")
    again = AvatarBook.read(tmp_path / "two.safetensors")
    np.testing.assert_array_equal(again.states[64].shapes, book.states[64].shapes)
    difference = again.everybody.image - book.everybody.image
    assert np.abs(difference).mean() < 1.0
    (tmp_path / "cut.safetensors").write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="is no code book of avatar"):
        AvatarBook.read(tmp_path / "cut.safetensors")


def test_a_quantized_generator_has_no_more_faces_than_states(book, tmp_path):
    contract = CropContract(64, 0.4)
    backend = cgan(CganSetting(quantize=16), contract, ModelStore.default())
    assert backend.sees == {"landmarks", f"posteriors:{TEACHER}"} == CganSetting(quantize=16).sees
    faces = batch(book, 80, contract=contract)
    faces.posteriors[5] = np.nan
    done = backend.anonymize(faces, seed=0)
    assert done.status[5] == Status.FAILED.code
    assert 7 < different(done.images[done.status == Status.OK.code]) <= 16
    codes = Quantizer(book, 16, contract).codes(faces)
    assert codes[5] == -1
    for code in set(codes.tolist()) - {-1}:
        assert different(done.images[codes == code]) == 1


def test_a_quantized_face_is_drawn_as_the_free_one_of_its_state(book):
    """With seven states, a state is its expression, held as everybody holds it."""
    contract = CropContract(64, 0.4)
    posteriors = np.eye(7, dtype=np.float32)
    states = FaceBatch(
        [str(row) for row in range(7)], landmarks=book.shapes(7, contract), posteriors=posteriors
    )
    quantized, free = (
        cgan(setting, contract, ModelStore.default()).anonymize(states, seed=0).images
        for setting in (CganSetting(quantize=7), CganSetting())
    )
    # What remains is how the measures were rounded.
    assert np.abs(quantized.astype(int) - free).max() <= 2


def test_those_who_were_averaged_are_those_whom_the_generator_was_learnt_from():
    models = ModelStore.default()
    backend = cgan(CganSetting(), CropContract(64, 0.4), models)
    assert set(AvatarCard.read(models.path("avatar").parent, shipped=True).subjects) <= backend.learnt_from
    assert set(backend.card.subjects) <= backend.learnt_from


def test_without_quantization_the_generators_key_is_the_old_one():
    assert CganSetting().keyed == {}
    assert CganSetting(quantize=64).keyed == {"quantize": 64}
