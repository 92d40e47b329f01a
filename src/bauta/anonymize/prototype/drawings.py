"""The seven faces of the control `prototype`: one rendered person who shows each expression."""

import numpy as np

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import build_model, render_image
from bauta.labels import EXPRESSIONS
from bauta.landmarks.ibug import five_points
from bauta.protocols import Images

SEED, PERSON, PICTURE = 20_130_001, 2, 2
"""Who is rendered, and with which pose and light; no dataset has this seed by default."""


def draw_prototypes(contract: CropContract) -> Images:
    """Render the faces.

    Args:
        contract: Geometry of the crops.

    Returns:
        uint8 (7, size, size, 3) RGB crops in the order of `labels.EXPRESSIONS`, which differ in the
        expression alone.
    """
    identity = sample_identity(SEED, PERSON)
    model = build_model(identity)
    crops = []
    for expression in EXPRESSIONS:
        drawn = render_image(identity, SEED, PICTURE, expression, model=model)
        matrix = fit_similarity(five_points(drawn.points), contract.template())
        crops.append(warp_crop(drawn.image, matrix, contract.size))
    return np.stack(crops)
