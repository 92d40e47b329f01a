"""How the books of `avatar` are learnt."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AvatarRecipe:
    """Settings of the learning.

    Attributes:
        states: The sizes K of the books; the smallest is the number of expressions.
        examined: Sizes whose drawings with every look are examined for the people in them.
        clear: Posterior from which a face shows an expression clearly.
        most: Most people who are averaged into an expression, where as many show it clearly.
        look: People who are averaged into a look.
        everybody: People who are averaged into the mean face.
        stress: Factors by which an expression may be stressed, as averaging softens it.
        read: Posterior with which the teacher must read a state's expression in its drawing.
        frontal: Standard deviations of the yaw within which a face is averaged.
        false_accept_rate: Rate of the recognizers' thresholds in the test of who is recognized in an average.
    """

    states: tuple[int, ...] = (7, 16, 64, 256, 1024)
    examined: tuple[int, ...] = (7, 64)
    clear: float = 0.75
    most: int = 100
    look: int = 50
    everybody: int = 200
    stress: tuple[float, ...] = (1.3, 1.6, 2.0)
    read: float = 0.75
    frontal: float = 1.0
    false_accept_rate: float = 0.001


SHIPPED = AvatarRecipe()
"""The recipe of the book that comes with bauta."""
