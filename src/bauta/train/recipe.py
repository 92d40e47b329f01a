"""Training settings of the expression teachers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bauta.express.card import Architecture
from bauta.train.augment import Augmentation
from bauta.train.resnet import Stem


@dataclass(frozen=True)
class TeacherRecipe:
    """Settings of a training; the defaults suit a few hundred images on two CPU cores.

    Attributes:
        architecture: Name of the network.
        networks: Number of networks that are trained, each from its own seed; the teacher is their mean.
        epochs: Passes over the training faces. Their number is fixed and the learning rate ends at zero, so
            that nothing is chosen on the development faces, which are too few for that.
        batch_size: Faces per step.
        learning_rate: Peak of the one-cycle schedule.
        restart_epochs: Epochs of a second one-cycle schedule that starts from the weights of the first, with
            a new optimizer and views of the full size (warm restarts; Loshchilov and Hutter, ICLR 2017);
            0 for none.
        restart_rate: Peak of the second schedule.
        bfloat16: Whether the network's matrix products are computed in bfloat16, which halves the time, where
            the processor has instructions for it.
        weight_decay: Weight decay of AdamW.
        label_smoothing: Share of the target that is spread over all classes.
        balance: Exponent of the inverse class frequency that weights the loss; 0 weights all faces equally.
        width: Channels of the network's first stage.
        stem: How a ResNet reduces the view before its first stage.
        mirrored: Whether the network returns the mean over the view and its mirror image.
        view_size: Side of the grey view in pixels.
        view_margin: Margin of the view around the ArcFace template.
        view_centre: Centre of the view, in pixels of the ArcFace crop.
        small_size: Side to which the views of the first epochs are shrunk to save time (Howard, DAWNBench,
            2018); `view_size` disables this.
        small_share: Share of the epochs with shrunk views.
        augmentation: Strength of the augmentation.
    """

    architecture: Architecture = "resnet18"
    networks: int = 1
    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 3e-3
    restart_epochs: int = 0
    restart_rate: float = 1e-3
    bfloat16: bool = False
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    balance: float = 1.0
    width: int = 16
    stem: Stem = "paper"
    mirrored: bool = False
    view_size: int = 112
    view_margin: float = 0.1
    view_centre: tuple[float, float] = (55.5, 55.5)
    small_size: int = 112
    small_share: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def all_epochs(self) -> int:
        """Number of epochs of both schedules."""
        return self.epochs + self.restart_epochs


RECIPES: Mapping[str, TeacherRecipe] = {
    "resnet18": TeacherRecipe(),
    "resnet18_fer2013": TeacherRecipe(
        epochs=30,
        batch_size=128,
        learning_rate=4e-3,
        restart_epochs=30,
        restart_rate=2e-3,
        bfloat16=True,
        weight_decay=0.05,
        label_smoothing=0.1,
        balance=0.3,
        width=32,
        stem="small",
        mirrored=True,
        view_size=48,
        view_margin=-0.11,
        view_centre=(55.5, 63.4),
        small_size=40,
        small_share=0.6,
        augmentation=Augmentation(
            rotation=0.2, scale=0.12, shift=0.06, gamma=0.3, light=0.2, soften=0.5, noise=0.02, erase=0.25
        ),
    ),
    "vgg_fer2013": TeacherRecipe(
        architecture="vgg",
        networks=2,
        epochs=30,
        batch_size=96,
        learning_rate=3e-3,
        weight_decay=0.05,
        label_smoothing=0.1,
        balance=0.3,
        width=24,
        mirrored=True,
        view_size=44,
        view_margin=-0.185,
        view_centre=(55.5, 63.4),
        small_size=32,
        small_share=0.5,
        augmentation=Augmentation(
            rotation=0.25, scale=0.15, shift=0.08, gamma=0.2, light=0.1, soften=0.3, noise=0.03, erase=0.2
        ),
    ),
}
"""Recipes by teacher. The view of `resnet18_fer2013` is FER-2013's frame as in `detect.box_points`; that of
`vgg_fer2013` is the middle of the frame at the same scale, 44 of 48 pixels."""
