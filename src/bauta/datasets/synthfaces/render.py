"""Rendering one picture of one person, with its ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.camera import PIVOT, background, expose
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.illumination import illuminate
from bauta.datasets.synthfaces.landmarks import face_box, landmark_points
from bauta.datasets.synthfaces.materials import Sitting, paint
from bauta.datasets.synthfaces.mesh import Material, Scene
from bauta.datasets.synthfaces.raster import Fragments
from bauta.datasets.synthfaces.scene import (
    Model,
    Moment,
    assemble_scene,
    build_model,
    face_positions,
    sample_moment,
)
from bauta.datasets.synthfaces.shading import Surface
from bauta.datasets.synthfaces.visibility import SUPERSAMPLING, fine_shape, interpolate, visible_fragments


@dataclass(frozen=True)
class SynthImage:
    """A picture and its ground truth.

    Attributes:
        image: uint8 (H, W, 3) RGB, before JPEG.
        parsing: uint8 (H, W), index into `bauta.labels.PARSING_CLASSES`; `l_` is the left side of the image,
            and `eye_g` is the frame of the glasses without the lenses.
        points: float32 (68, 2), iBUG order, pixels.
        box: float32 (4,), x0, y0, x1, y1 of the face in pixels.
        expression: One of `bauta.labels.EXPRESSIONS`.
        intensity: 0 to 1.
        yaw: Degrees, positive turns the face to the right of the image.
        pitch: Degrees, positive lowers the chin.
        roll: Degrees, positive leans the head clockwise.
        jpeg_quality: Quality with which the file is to be written.
    """

    image: NDArray[np.uint8]
    parsing: NDArray[np.uint8]
    points: NDArray[np.float32]
    box: NDArray[np.float32]
    expression: str
    intensity: float
    yaw: float
    pitch: float
    roll: float
    jpeg_quality: int


def render_image(
    identity: Identity,
    seed: int,
    image_index: int,
    expression: str,
    intensity: float = 1.0,
    *,
    model: Model | None = None,
) -> SynthImage:
    """Render one picture.

    Args:
        identity: The person.
        seed: Seed of the dataset.
        image_index: Index of the person's picture, which determines pose, light, background and camera.
        expression: One of `bauta.labels.EXPRESSIONS`.
        intensity: 0 to 1; has no effect on neutral.
        model: `build_model(identity)`, to be reused for several pictures of a person.

    Returns:
        The picture and its ground truth; the same arguments give the same bytes.

    Raises:
        ConfigError: the expression is unknown or the intensity outside [0, 1].
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, identity.subject, 1 + image_index)))
    model = build_model(identity) if model is None else model
    moment = sample_moment(identity, expression, intensity, rng)
    photo, parsing, points = render_moment(model, moment, rng)
    view = moment.view
    return SynthImage(
        image=photo,
        parsing=parsing,
        points=points,
        box=face_box(points),
        expression=expression,
        intensity=intensity,
        yaw=view.yaw,
        pitch=view.pitch,
        roll=view.roll,
        jpeg_quality=int(rng.integers(72, 96)),
    )


def render_moment(
    model: Model, moment: Moment, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """Render a person in a given pose, light and expression.

    Args:
        model: The person.
        moment: Pose, light, garment and expression.
        rng: Source of the background and of the camera's exposure and noise.

    Returns:
        `image`, `parsing` and `points` as in `SynthImage`.
    """
    view = moment.view
    positions = face_positions(model, moment)
    scene = assemble_scene(model, moment, positions)
    fragments = visible_fragments(model, scene, view)
    eye = np.array([0.0, 0.0, view.distance + PIVOT[2]])
    radiance, label = _shade(scene, fragments, Sitting(model, moment, eye))
    image, parsing = _compose(fragments, radiance, label, background(rng, view.height, view.width))
    gain, blur, noise = rng.uniform((0.8, 0.0, 0.5), (1.2, 0.9, 5.0))
    photo = expose(image, gain=gain, blur=blur, noise=noise, rng=rng)
    return photo, parsing, landmark_points(model.identity, model.head, positions, view)


def _shade(
    scene: Scene, fragments: Fragments, sitting: Sitting
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    attributes = np.concatenate([scene.positions, scene.normals, scene.uv], axis=1).astype(np.float32)
    sampled = interpolate(attributes, scene.faces[fragments.face], fragments.weights)
    position, normal, uv = sampled[:, :3], sampled[:, 3:6], sampled[:, 6:]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    material = scene.face_material[fragments.face]
    moment = sitting.moment
    lit, ambient = illuminate(scene, fragments, position, moment.view, moment.light)
    radiance = np.zeros_like(position)
    label = np.zeros(len(material), np.uint8)
    for kind in Material:
        at = np.flatnonzero(material == kind)
        if len(at):
            surface = Surface(position[at], normal[at], uv[at], lit[at], ambient[at])
            radiance[at], label[at] = paint(kind, surface, sitting)
    return radiance, label


def _compose(
    fragments: Fragments,
    radiance: NDArray[np.float32],
    label: NDArray[np.uint8],
    backdrop: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    height, width = backdrop.shape[:2]
    fine_height, fine_width = fine_shape(height, width)
    canvas = cv2.resize(backdrop, (fine_width, fine_height), interpolation=cv2.INTER_LINEAR)
    canvas.reshape(-1, 3)[fragments.pixel] = np.minimum(radiance, 1.6)
    image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    parsing = np.zeros((fine_height, fine_width), np.uint8)
    parsing.ravel()[fragments.pixel] = label
    rows, columns = (((np.arange(n) + 0.5) * SUPERSAMPLING).astype(np.int64) for n in (height, width))
    return image, parsing[np.ix_(rows, columns)]
