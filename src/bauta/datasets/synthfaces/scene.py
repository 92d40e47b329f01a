"""A person before the camera: the constant parts, the parts drawn for each picture, and their meshes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.datasets.synthfaces.camera import MAX_PITCH, MAX_ROLL, MAX_YAW, View
from bauta.datasets.synthfaces.expression import Activation, activate
from bauta.datasets.synthfaces.glasses import build_glasses
from bauta.datasets.synthfaces.hair import build_hair, covers_ears, fringe_map, strand_texture
from bauta.datasets.synthfaces.head import HeadGrid, build_head, hug_eyes, surface_normals
from bauta.datasets.synthfaces.identity import Identity
from bauta.datasets.synthfaces.light import Light, sample_light
from bauta.datasets.synthfaces.mesh import Material, Mesh, Scene, assemble, grid_faces
from bauta.datasets.synthfaces.muscles import displace, jaw_motion
from bauta.datasets.synthfaces.parts import ears, eyeballs, mouth_interior, neck_and_shoulders
from bauta.datasets.synthfaces.texture import SkinTexture, linear, paint_skin

_LIPS_APART = 0.8
_HAIR_BENDS = (90.0, 190.0)
_NECK_BENDS = (70.0, 165.0)


@dataclass(frozen=True)
class Model:
    """The parts of a person that are built once and used in all pictures.

    Attributes:
        identity: The person.
        head: The relaxed head.
        texture: Its painted skin.
        hair: The hair before the head is turned.
        strands: float32, brightness of the hair; see `hair.strand_texture`.
        fringe: float32, coverage of the hair; see `hair.fringe_map`.
    """

    identity: Identity
    head: HeadGrid
    texture: SkinTexture
    hair: Mesh
    strands: NDArray[np.float32]
    fringe: NDArray[np.float32]


@dataclass(frozen=True)
class Moment:
    """The parts that are drawn anew for each picture.

    Attributes:
        activation: Contraction of the action units.
        view: Camera and pose of the head.
        body: The same camera with the pose of the shoulders.
        light: The light.
        gaze: float64 (2,), position of the pupils, mm from the middle of the eyes.
        cloth: float32 (3,), linear colour of the garment.
        neckline: Height of the collar at the side of the neck, mm.
    """

    activation: Activation
    view: View
    body: View
    light: Light
    gaze: NDArray[np.float64]
    cloth: NDArray[np.float32]
    neckline: float


def build_model(identity: Identity) -> Model:
    """Build the parts of a person that are the same in all pictures."""
    strands = strand_texture(identity)
    return Model(
        identity=identity,
        head=build_head(identity),
        texture=paint_skin(identity),
        hair=build_hair(identity),
        strands=strands,
        fringe=fringe_map(identity, strands),
    )


def sample_moment(identity: Identity, expression: str, intensity: float, rng: np.random.Generator) -> Moment:
    """Draw pose, light, garment and the jitter of an expression.

    Args:
        identity: The person.
        expression: One of `bauta.labels.EXPRESSIONS`.
        intensity: 0 to 1.
        rng: Source; pose and light do not depend on expression and intensity.

    Returns:
        The moment.

    Raises:
        ConfigError: the expression is unknown or the intensity outside [0, 1].
    """
    activation = activate(expression, intensity, rng)
    height, width = (2 * int(half) for half in rng.integers(160, 201, 2))

    def pose(spread: float, limit: float) -> float:
        return float(np.clip(rng.normal(0, spread), -limit, limit))

    yaw, pitch, roll = pose(7.5, MAX_YAW), pose(4.5, MAX_PITCH), pose(5, MAX_ROLL)
    scale = float(rng.uniform(104, 162)) / (identity.chin_y - identity.brow_y)
    reach = np.array((88 * scale, 110 * scale))
    room = np.maximum(np.array((width, height)) / 2 - reach, 4)
    shift = rng.uniform(-0.8, 0.8, 2) * room
    middle = np.array((width / 2, height / 2 - 12 * scale)) + shift
    view = View(yaw, pitch, roll, height, width, scale, float(rng.uniform(900, 1800)), (middle[0], middle[1]))
    body = View(0.3 * yaw + pose(4, 10), 0.0, 0.15 * roll, height, width, scale, view.distance, view.centre)
    return Moment(
        activation=activation,
        view=view,
        body=body,
        light=sample_light(rng),
        gaze=np.clip(rng.normal(0, (1.0, 0.5)) - 6 * np.sin(np.radians((yaw, pitch))) * (1, 0.5), -3.5, 3.5),
        cloth=linear(np.clip(rng.uniform(0.05, 0.8) + rng.normal(0, 0.16, 3), 0.03, 0.92)),
        neckline=float(rng.uniform(138, 162)),
    )


def face_positions(model: Model, moment: Moment) -> NDArray[np.float64]:
    """Positions of the grid of the head in the camera's frame, float64 (R, C, 3), mm."""
    moved = displace(model.identity, model.head, moment.activation)
    return moment.view.turn(hug_eyes(model.identity, moved))


def assemble_scene(model: Model, moment: Moment, positions: NDArray[np.float64]) -> Scene:
    """Assemble all meshes of a picture; the head comes first, vertex by vertex as in its grid.

    Args:
        model: The person.
        moment: The picture.
        positions: float64 (R, C, 3), from `face_positions`.

    Returns:
        The scene in the camera's frame.
    """
    identity, head = model.identity, model.head
    view = moment.view
    skin = Mesh(
        positions.reshape(-1, 3),
        surface_normals(head, positions).reshape(-1, 3),
        head.plane.reshape(-1, 2),
        _skin_faces(head, positions),
        Material.SKIN,
    )
    lip_z = float(head.positions[head.seam, len(head.angles) // 2, 2])
    turned = [*eyeballs(identity), *mouth_interior(identity, jaw_motion(moment.activation), lip_z)]
    if not covers_ears(identity):
        turned += ears(identity)
    if identity.glasses is not None:
        turned += build_glasses(identity, identity.glasses)
    rotation = view.rotation()
    meshes = [skin]
    meshes += [
        Mesh(view.turn(m.positions), m.normals @ rotation.T, m.uv, m.faces, m.material) for m in turned
    ]
    meshes += [_follow(model.hair, moment, *_HAIR_BENDS)]
    meshes += [_follow(m, moment, *_NECK_BENDS) for m in neck_and_shoulders(identity, moment.neckline)]
    return assemble(meshes)


def _skin_faces(head: HeadGrid, positions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Faces of the head without the strip between the lips where they are apart."""
    rows, columns = positions.shape[:2]
    faces = grid_faces(rows, columns).reshape(rows - 1, columns - 1, 2, 3)
    gap = positions[head.seam + 1, :, 1] - positions[head.seam, :, 1]
    apart = np.maximum(gap[:-1], gap[1:]) > _LIPS_APART
    keep = np.ones(faces.shape[:2], bool)
    keep[head.seam] = ~apart
    return faces[keep].reshape(-1, 3)


def _follow(mesh: Mesh, moment: Moment, top: float, bottom: float) -> Mesh:
    """Turn vertices above `top` with the head and those below `bottom` with the body; blend in between."""
    t = np.clip((mesh.positions[:, 1:2] - top) / (bottom - top), 0, 1)
    weight = t * t * (3 - 2 * t)
    positions = (1 - weight) * moment.view.turn(mesh.positions) + weight * moment.body.turn(mesh.positions)
    normals = mesh.normals @ moment.view.rotation().T * (1 - weight) + weight * (
        mesh.normals @ moment.body.rotation().T
    )
    return Mesh(positions, normals, mesh.uv, mesh.faces, mesh.material)
