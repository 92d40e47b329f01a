"""The untrained network of a recipe."""

import torch
from torch import nn

from bauta.train.recipe import TeacherRecipe
from bauta.train.resnet import ResNet18
from bauta.train.vgg import Vgg


def new_network(recipe: TeacherRecipe, seed: int) -> nn.Module:
    """Create a recipe's network with random weights, in training mode, on the CPU.

    Args:
        recipe: Training settings.
        seed: Seed of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if recipe.architecture == "vgg":
            return Vgg(recipe.width, mirrored=recipe.mirrored)
        return ResNet18(recipe.width, stem=recipe.stem, mirrored=recipe.mirrored)
