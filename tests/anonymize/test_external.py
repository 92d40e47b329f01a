"""Pictures of another program: cut where the original's face is; what was not anonymized has failed."""

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from whole_images import CONTRACT, NAMES, hidden, make_dataset, stored

from bauta.anonymize.classical.blur import blur
from bauta.anonymize.classical.identity import Identity
from bauta.anonymize.classical.settings import IdentitySetting
from bauta.anonymize.external.folder import External
from bauta.anonymize.external.places import locate
from bauta.anonymize.external.settings import ExternalSetting
from bauta.anonymize.run import anonymize_store
from bauta.contract import Status
from bauta.errors import ConfigError, DataError, InfeasibleError
from bauta.io.fingerprint import Fingerprints
from bauta.io.tables import ALIGNMENT, MANIFEST, write_table
from bauta.protocols import Detections
from bauta.store import Store

OK, FAILED = Status.OK.code, Status.FAILED.code


@pytest.fixture
def data(tmp_path):
    return make_dataset(tmp_path / "data")


def anonymized(data, folder, tmp_path, *, detector=None, **options):
    """The store that the runner writes."""
    backend = External(ExternalSetting(root=str(folder), **options), CONTRACT)
    backend.locate(data.places(folder, detector))
    names = list(data.faces)
    crops, labels = stored(tmp_path, data.batch(names))
    anonymize_store(crops, None, None, labels, backend, out=tmp_path / "out.zarr", seed=0, batch=2)
    return Store.open(tmp_path / "out.zarr")


def test_a_lossless_picture_is_cut_like_its_original(data, tmp_path):
    store = anonymized(data, data.write(tmp_path / "out", hidden), tmp_path)
    assert (store.read("status") == OK).all()
    expected = [data.crop(name, hidden(data.image(name))) for name in NAMES]
    np.testing.assert_array_equal(store.read("images"), expected)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_lossy_picture_is_near(data, tmp_path, suffix):
    store = anonymized(data, data.write(tmp_path / "out", hidden, suffix=suffix, quality=90), tmp_path)
    assert (store.read("status") == OK).all()
    expected = np.stack([data.crop(name, hidden(data.image(name))) for name in NAMES])
    assert np.abs(store.read("images").astype(int) - expected).mean() < 3


@pytest.mark.parametrize("scale", [2, 3, 0.5])
def test_a_scaled_picture_shows_the_same_place(data, tmp_path, scale):
    def change(image):
        return cv2.resize(hidden(image), None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)

    store = anonymized(data, data.write(tmp_path / "out", change), tmp_path)
    assert (store.read("status") == OK).all()
    expected = np.stack([data.crop(name, hidden(data.image(name))) for name in NAMES])
    assert np.abs(store.read("images").astype(int) - expected).mean() < 2


def compressed(image, quality=80):
    """Pixels that were compressed before, as those of a frame of a video."""
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def larger(image):
    return cv2.resize(image, None, fx=2, fy=2)


def smaller(image):
    return cv2.resize(image, None, fx=0.5, fy=0.5)


def _passed_on(data, tmp_path, **options):
    """All but the first picture are anonymized, the first is passed on."""
    folder = data.write(tmp_path / "out", hidden, suffix=options.get("suffix", ".png"))
    return data.write(folder, options.pop("change", lambda image: image), names=NAMES[:1], **options)


@pytest.mark.parametrize(
    "options",
    [
        {"suffix": ".png"},
        *({"suffix": ".jpg", "quality": quality} for quality in (95, 75, 40)),
        {"suffix": ".jpg", "quality": 90, "subsampling": 0},
        {"suffix": ".webp", "quality": 80},
        {"suffix": ".png", "change": compressed},
        {"suffix": ".png", "change": larger},
        {"suffix": ".png", "change": smaller},
        {"suffix": ".jpg", "change": larger, "quality": 75},
    ],
    ids=lambda options: " ".join(getattr(value, "__name__", str(value)) for value in options.values()),
)
def test_a_picture_that_was_passed_on_has_failed(data, tmp_path, options):
    store = anonymized(data, _passed_on(data, tmp_path, **options), tmp_path)
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]
    assert not store.read("images")[0].any()


def test_a_picture_that_is_edited_beside_the_face_has_failed(data, tmp_path):
    def only_the_corner(image):
        return np.pad(np.zeros((25, 25, 3), np.uint8), ((0, 95), (0, 125), (0, 0))) + image * np.pad(
            np.zeros((25, 25, 1), np.uint8), ((0, 95), (0, 125), (0, 0)), constant_values=1
        )

    folder = _passed_on(data, tmp_path, change=only_the_corner)
    assert anonymized(data, folder, tmp_path).read("status").tolist() == [FAILED, OK, OK, OK, OK]


def _missing(path):
    path.unlink()


def _truncated(path):
    path.write_bytes(path.read_bytes()[:300])


def _animated(path):
    frames = [Image.fromarray(np.full((120, 150, 3), level, np.uint8)) for level in (0, 99)]
    path.unlink()
    frames[0].save(path.with_suffix(".gif"), save_all=True, append_images=frames[1:])


def _cut_off(path):
    Image.open(path).crop((0, 0, 100, 100)).save(path)


def _turned(path):
    Image.open(path).rotate(180).save(path)


def _twice(path):
    Image.open(path).save(path.with_suffix(".bmp"))
    Image.open(path).save(path.with_suffix(".tif"))
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_missing, "has no picture ann/1.png, with any suffix"),
        (_truncated, "is unreadable: "),
        (_animated, "expected one picture, got 2 frames"),
        (_cut_off, "its size is 100×100, expected 150×120 or a scale of it"),
        (_turned, "the picture is turned or mirrored"),
        (_twice, "has several pictures of ann/1.png: ann/1.bmp, ann/1.tif"),
    ],
)
def test_an_unusable_picture_has_failed_with_one_line(data, tmp_path, caplog, damage, reason):
    def softly(image):
        return cv2.blur(image, (9, 9))

    folder = data.write(tmp_path / "out", softly)
    damage(folder / NAMES[0])
    store = anonymized(data, folder, tmp_path)
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]
    told = [record.getMessage() for record in caplog.records if "failed: " in record.getMessage()]
    assert len(told) == 1
    assert reason in told[0]
    assert "\n" not in told[0]


@pytest.mark.parametrize(
    "options",
    [
        {"suffix": ".png"},
        {"suffix": ".jpg", "quality": 75},
        {"suffix": ".jpg", "quality": 30},
        {"suffix": ".webp", "quality": 80},
        {"suffix": ".png", "change": compressed},
        {"suffix": ".png", "change": smaller},
        {"suffix": ".jpg", "change": larger, "quality": 75},
    ],
    ids=lambda options: " ".join(getattr(value, "__name__", str(value)) for value in options.values()),
)
def test_the_original_of_another_image_is_no_anonymized_picture(data, tmp_path, caplog, options):
    folder = data.write(tmp_path / "out", hidden, suffix=options.get("suffix"))
    options = dict(options)
    change = options.pop("change", lambda image: image)
    other = data.image("cat/1.png")
    data.write(folder, lambda _: change(other), names=NAMES[:1], **options)
    store = anonymized(data, folder, tmp_path)
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]
    assert "it is the original of cat/1.png, not anonymized" in caplog.text


def test_a_picture_of_another_scene_that_is_no_original_is_taken_as_it_is(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    data.write(folder, lambda _: hidden(data.image("cat/1.png")), names=NAMES[:1])
    assert anonymized(data, folder, tmp_path).read("status").tolist() == [OK] * 5


@pytest.mark.parametrize("damage", [_missing, _truncated, _animated, _cut_off, _twice])
def test_the_reason_of_a_set_without_a_usable_picture_names_no_file(data, tmp_path, damage):
    folder = data.write(tmp_path / "out", hidden)
    for name in NAMES:
        damage(folder / name)
    with pytest.raises(
        InfeasibleError, match=r"all 5 faces failed, the first because |no picture of any of the 5"
    ) as caught:
        anonymized(data, folder, tmp_path)
    assert not any(name in str(caught.value) for name in ("ann/", "bob/", str(tmp_path)))


def test_sixteen_bits_are_read_as_eight(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    deep = hidden(data.image(NAMES[0]))[..., ::-1].astype(np.uint16) * 257
    cv2.imwrite(str(folder / NAMES[0]), deep)
    store = anonymized(data, folder, tmp_path)
    assert store.read("status").tolist() == [OK] * 5
    np.testing.assert_array_equal(store.read("images")[0], data.crop(NAMES[0], hidden(data.image(NAMES[0]))))


def test_surplus_pictures_are_named(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    (folder / "ann/1.png").rename(folder / "ann/3.png")
    (folder / "readme.txt").write_text("not a picture")
    store = anonymized(data, folder, tmp_path)
    _, surplus = store.attributes["notes"]
    assert surplus.startswith("external: 1 pictures of out belong to no image of the dataset; the log of")
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]


def test_a_folder_of_other_pictures_is_infeasible(data, tmp_path, caplog):
    folder = data.write(tmp_path / "out" / "nested", hidden)
    with pytest.raises(InfeasibleError, match="no picture of any of the 5 faces: give it") as caught:
        anonymized(data, folder.parent, tmp_path)
    assert "ann" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert "has no picture ann/1.png" in caplog.text


def test_names_with_an_end_and_with_an_appended_suffix(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    for name in NAMES:
        (folder / name).rename((folder / name).with_name(f"{name[4]}_anonymized.png"))
    (folder / "bob/2_anonymized.png").rename(folder / "bob/2_anonymized.png.bmp")
    store = anonymized(data, folder, tmp_path, suffix="_anonymized")
    assert (store.read("status") == OK).all()


def test_crops_of_a_blur_are_that_blur(data, tmp_path):
    batch = data.batch()
    for name, crop in zip(NAMES, batch.images, strict=True):
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(blur(crop, 9)).save(path)
    store = anonymized(data, tmp_path / "out", tmp_path, files="crops")
    assert (store.read("status") == OK).all()
    np.testing.assert_array_equal(store.read("images"), [blur(crop, 9) for crop in batch.images])


def _tables(data, folder):
    manifest = [
        {"image_id": name, "path": name, "fingerprint": face.sha256, "status": "ok"}
        for name, face in data.faces.items()
    ]
    aligned = [
        {
            "face_id": name,
            "image_id": name,
            "matrix": face.matrix.ravel().tolist(),
            "inter_ocular": 20.0,
            "status": "ok",
        }
        for name, face in data.faces.items()
    ]
    lost = {"face_id": "lost", "image_id": NAMES[0], "status": "no_face", "reason": "no face found"}
    for name, schema, rows in (("manifest", MANIFEST, manifest), ("alignment", ALIGNMENT, [*aligned, lost])):
        write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet", schema)
    return [str(folder / "manifest.parquet")], str(folder / "alignment.parquet")


def _located(data, tmp_path, *, geometry="original"):
    folder = data.write(tmp_path / "out", hidden)
    whole, alignment = _tables(data, tmp_path)
    backend = External(ExternalSetting(root=str(folder), geometry=geometry), CONTRACT)
    fingerprint = Fingerprints().of(folder)
    about = {"folder": str(folder), "fingerprint": fingerprint, "images": str(data.root)}
    config = {"whole": about, "options": {"geometry": geometry}, "crop": {"detector": "annotations"}}
    return backend, config, whole, alignment


def test_a_backend_is_told_where_the_faces_are(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    backend, config, whole, alignment = _located(data, tmp_path)
    locate(backend, config, whole, alignment, None)
    batch = data.batch()
    done = backend.anonymize(batch, seed=0)
    assert (done.status == OK).all()
    locate(Identity(IdentitySetting(), CONTRACT), config, [], alignment, None)


def test_a_folder_that_changed_since_the_plan_is_refused(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    backend, config, whole, alignment = _located(data, tmp_path)
    (tmp_path / "out" / NAMES[0]).unlink()
    with pytest.raises(DataError, match="changed since this run was planned"):
        locate(backend, config, whole, alignment, None)


def test_annotations_cannot_find_a_face_that_moved(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    backend, config, whole, alignment = _located(data, tmp_path, geometry="detected")
    with pytest.raises(ConfigError, match="only knows the faces of the originals"):
        locate(backend, config, whole, alignment, None)


class _Finds:
    """Finds a face whose points are those of the template, moved by some pixels of the crop."""

    def __init__(self, face, moved):
        inverse = np.linalg.inv(face.matrix[:, :2])
        points = (CONTRACT.template() + moved - face.matrix[:, 2]) @ inverse.T
        box = np.concatenate([points.min(axis=0), points.max(axis=0)])[np.newaxis]
        self.found = Detections(
            box.astype(np.float32), np.ones(1, np.float32), points[np.newaxis].astype(np.float32)
        )

    def detect(self, image):
        return self.found


def test_a_face_that_was_moved_is_aligned_where_it_is_found(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    face = data.faces[NAMES[0]]
    store = anonymized(data, folder, tmp_path, detector=_Finds(face, (3.0, -2.0)), geometry="detected")
    assert store.read("status")[0] == OK
    # The crop is moved, so that its content moves the other way.
    there = data.crop(NAMES[0], hidden(data.image(NAMES[0])))
    found = store.read("images")[0]
    assert np.abs(found[10:50, 10:50].astype(int) - there[8:48, 13:53]).mean() < 1
    assert np.abs(found[10:50, 10:50].astype(int) - there[10:50, 10:50]).mean() > 1


def test_a_face_that_is_not_found_again_is_cut_where_the_original_was(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    far = _Finds(data.faces[NAMES[0]], (40.0, 0.0))
    store = anonymized(data, folder, tmp_path, detector=far, geometry="detected")
    assert (store.read("status") == OK).all()
    expected = [data.crop(name, hidden(data.image(name))) for name in NAMES]
    np.testing.assert_array_equal(store.read("images"), expected)


def test_a_moved_cut_of_a_picture_that_was_passed_on_has_failed(data, tmp_path):
    folder = _passed_on(data, tmp_path)
    found = _Finds(data.faces[NAMES[0]], (3.0, -2.0))
    store = anonymized(data, folder, tmp_path, detector=found, geometry="detected")
    assert store.read("status")[0] == FAILED
    assert (store.read("status")[1:] == OK).any()


def test_the_original_of_another_person_has_failed(data, tmp_path, caplog):
    folder = data.write(tmp_path / "out", hidden)
    (folder / NAMES[0]).write_bytes((data.root / NAMES[2]).read_bytes())
    store = anonymized(data, folder, tmp_path)
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]
    assert f"it is the original of {NAMES[2]}, not anonymized" in caplog.text


@pytest.mark.parametrize("alpha", [0, 128, 254])
def test_an_original_under_transparency_has_failed(alpha, data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    image = data.image(NAMES[0])
    below = np.dstack([image, np.full(image.shape[:2], alpha, np.uint8)])
    Image.fromarray(below).save(folder / NAMES[0])
    assert anonymized(data, folder, tmp_path).read("status").tolist() == [FAILED, OK, OK, OK, OK]


def test_an_edit_under_transparency_is_cut_upright(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    exif = Image.Exif()
    exif[0x0112] = 3
    image = hidden(data.image(NAMES[0]))
    below = np.dstack([image, np.full(image.shape[:2], 9, np.uint8)])[::-1, ::-1]
    Image.fromarray(np.ascontiguousarray(below)).save(folder / NAMES[0], exif=exif)
    store = anonymized(data, folder, tmp_path)
    assert (store.read("status") == OK).all()
    np.testing.assert_array_equal(store.read("images")[0], data.crop(NAMES[0], image))
