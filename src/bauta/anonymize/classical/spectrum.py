"""The power spectrum of photographs, which says how much of a frequency is signal and how much noise.

The power of natural images falls with a power of the frequency, usually about 2 (Field, Journal of the
Optical Society of America A 4(12), 1987).
"""

import numpy as np
from numpy.typing import NDArray

CONTRAST = 60.0
"""Standard deviation of a crop's pixels in grey levels that the prior expects."""


def noise_to_signal(shape: tuple[int, int], noise: float, rise: float) -> NDArray[np.float64]:
    """Ratio of the power of white noise to that of the signal at each frequency of a cosine transform.

    Args:
        shape: Height and width of the image.
        noise: Standard deviation of the noise in grey levels.
        rise: The power of the frequency with which the signal falls, and so the ratio rises.

    Returns:
        float64 (H, W), 0 at the zero frequency, whose power is not bounded. The powers of the others add up
        to that of an image with a standard deviation of `CONTRAST`.
    """
    across, down = (np.arange(side) / side for side in (shape[1], shape[0]))
    falling = np.hypot(down[:, None], across) ** rise
    power = np.divide(1.0, falling, out=np.zeros(shape), where=falling > 0)
    return noise**2 / (CONTRAST**2 * shape[0] * shape[1]) * power.sum() * falling
