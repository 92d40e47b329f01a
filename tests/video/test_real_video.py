"""A video of two people of LFW, through the command: both are black in every frame."""

import csv

import cv2
import numpy as np
import pytest
from made_videos import frames_of, sound_of, write_video

from bauta.cli.main import main
from bauta.io.images import read_image

FRAMES, SIDE = 12, 180
MIDDLE = slice(SIDE * 3 // 8, SIDE * 5 // 8)
"""The middle of a face in a photograph of LFW."""


def places(frame):
    """Top left corners of both photographs, of which one moves down and the other to the left."""
    return (30, 20 + 10 * frame), (420 - 12 * frame, 90)


@pytest.fixture
def video(real_images, tmp_path):
    folders = sorted(path for path in real_images("lfw").iterdir() if path.is_dir())
    people = [cv2.resize(read_image(min(folder.iterdir())), (SIDE, SIDE)) for folder in folders[:2]]
    pictures = []
    for frame in range(FRAMES):
        image = np.full((360, 640, 3), 90, dtype=np.uint8)
        for person, (x, y) in zip(people, places(frame), strict=True):
            image[y : y + SIDE, x : x + SIDE] = person
        pictures.append(image)
    return write_video(tmp_path / "people.mp4", pictures, metadata={"title": "two people"})


@pytest.mark.slow
@pytest.mark.models
def test_two_people_are_black_in_every_frame(video, tmp_path):
    out = tmp_path / "out"
    main(["apply", str(video), "-o", str(out), "--setting", "blackout", "--min-face", "48"])
    with (out / "faces.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [row["status"] for row in rows] == ["released"] * 2
    assert {row["outcome"] for row in rows} == {"anonymized"}
    before, after = frames_of(video), frames_of(out / "people.mp4")
    assert [time for time, _ in before] == [time for time, _ in after]
    assert sound_of(video) == sound_of(out / "people.mp4")
    for frame, (_, image) in enumerate(after):
        for x, y in places(frame):
            assert image[y : y + SIDE, x : x + SIDE][MIDDLE, MIDDLE].max() < 40
        assert np.abs(image[340:].astype(int) - before[frame][1][340:]).max() < 12
    assert b"two people" not in (out / "people.mp4").read_bytes()
