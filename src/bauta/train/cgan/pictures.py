"""Loss curves and sample sheets."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import torch

from bauta.train.cgan.batches import FaceRows
from bauta.train.cgan.development import Draws

mpl.use("Agg")

from matplotlib import pyplot as plt

SAMPLES = 12

JUDGED = {
    "kappa": "κ of the teacher's predictions",
    "matched": "matched to the same person",
    "inverted": "named by the adversary",
}
"""What is judged on the development faces → its name in the picture."""


def draw_curves(curve: Sequence[dict[str, float]], out: Path) -> None:
    """Plot the parts of the loss, and privacy and utility on the development faces, against the steps."""
    steps = [point["step"] for point in curve]
    figure, (losses, judged) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    shown = [name for name in JUDGED if any(name in point for point in curve)]
    for name in sorted({name for point in curve for name in point} - {"step", *JUDGED}):
        # L_id is not computed at every step, so its mean over a few steps may be missing.
        taken = [(point["step"], point[name]) for point in curve if name in point]
        losses.plot(*zip(*taken, strict=True), label=name)
    for name in shown:
        judged.plot(steps, [point[name] for point in curve], label=JUDGED[name])
    losses.set_title("Mean loss")
    judged.set_title("Development faces")
    for axes in (losses, judged):
        axes.set_xlabel("step")
        axes.spines[["top", "right"]].set_visible(False)
    # The legend lies below, as the curves cross the whole of each panel.
    for axes, columns in ((losses, 3), (judged, 2)):
        axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=columns)
    figure.savefig(out, dpi=120)
    plt.close(figure)


@torch.no_grad()
def draw_samples(generator: Draws, rows_of: FaceRows, out: Path) -> None:
    """Draw development photographs in the upper row and their generated replacements in the lower row.

    Args:
        generator: Maps the inputs of a batch to images of the size of the photographs.
        rows_of: The development faces, on the CPU.
        out: The file to write.
    """
    count = rows_of.faces.photographs
    rows = torch.from_numpy(np.linspace(0, count - 1, min(SAMPLES, count)).astype(int))
    batch = rows_of.take(rows, torch.zeros(len(rows), dtype=torch.bool))
    sheet = torch.cat([torch.cat(list(images), 2) for images in (batch.images, generator(batch.given))], 1)
    pixels = ((sheet + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()
    cv2.imwrite(str(out), np.ascontiguousarray(pixels[:, :, ::-1]))
