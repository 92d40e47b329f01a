"""The frozen networks' views of a generated image as matrix products, differentiable and deterministic.

A view is an upright rectangle, so enlarging the image to a crop, smoothing and resampling each separate into
rows and columns. The matrices are computed by the same OpenCV functions as the views of crops.
"""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bauta.contract import CropContract
from bauta.express.view import TeacherView
from bauta.inference.face_view import FaceView

GREY = (0.299, 0.587, 0.114)
"""Luma weights of ITU-R BT.601, as in `cv2.cvtColor`."""


class SeparableView(nn.Module):
    """Resamples images (N, C, S, S) to (N, C, h, w).

    Args:
        rows: (h, S) matrix that is applied to the rows.
        columns: (w, S) matrix that is applied to the columns.
    """

    rows: torch.Tensor
    columns: torch.Tensor

    def __init__(self, rows: NDArray[np.floating], columns: NDArray[np.floating]) -> None:
        super().__init__()
        self.register_buffer("rows", torch.from_numpy(rows.astype(np.float32)))
        self.register_buffer("columns", torch.from_numpy(columns.astype(np.float32)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The views, float (N, C, h, w), in the images' range."""
        return self.rows @ images @ self.columns.T


def enlargement(size: int, out: int) -> NDArray[np.float32]:
    """Matrix (out, size) of the bilinear enlargement from a generated image to a crop."""
    identity = np.eye(size, dtype=np.float32)
    return np.asarray(cv2.resize(identity, (size, out), interpolation=cv2.INTER_LINEAR))


def recognizer_view(view: FaceView, contract: CropContract, size: int) -> SeparableView:
    """A recognizer's view of generated images of the given side, as `inference.face_view.FaceView.colour`."""
    matrix = view.matrix(contract)
    enlarged = enlargement(size, contract.size)
    axes = ((1, view.height), (0, view.width))
    rows, columns = (
        _warp(contract.size, length, matrix[axis, axis], matrix[axis, 2]) @ enlarged for axis, length in axes
    )
    return SeparableView(rows, columns)


def teacher_view(view: TeacherView, contract: CropContract, size: int) -> SeparableView:
    """The teacher's view of generated images of the given side, as `TeacherView.render` but in colour."""
    matrix = contract.view_matrix(view.size, view.margin, view.centre)
    smooth = np.eye(contract.size, dtype=np.float32)
    sigma = (1.0 / matrix[0, 0] - 1.0) / 2.0
    if sigma > 0:
        # The kernel width that OpenCV chooses for 8-bit images.
        kernel = cv2.getGaussianKernel(round(sigma * 6 + 1) | 1, sigma)
        blurred = cv2.sepFilter2D(smooth, -1, np.ones(1), kernel, borderType=cv2.BORDER_REPLICATE)
        smooth = np.asarray(blurred, dtype=np.float32)
    enlarged = smooth @ enlargement(size, contract.size)
    rows, columns = (
        _sample(contract.size, view.size, matrix[axis, axis], matrix[axis, 2], cv2.BORDER_REPLICATE)
        @ enlarged
        for axis in (1, 0)
    )
    return SeparableView(rows, columns)


def _sample(size: int, out: int, ratio: float, offset: float, border: int) -> NDArray[np.float32]:
    """Matrix (out, size) of bilinear samples along one axis."""
    affine = np.array([[1.0, 0.0, 0.0], [0.0, ratio, offset]])
    identity = np.eye(size, dtype=np.float32)
    return np.asarray(
        cv2.warpAffine(identity, affine, (size, out), flags=cv2.INTER_LINEAR, borderMode=border)
    )


def _warp(size: int, out: int, ratio: float, offset: float) -> NDArray[np.float32]:
    """Matrix (out, size) of `crop.warp_crop` along one axis: means of bilinear samples, black outside."""
    samples = max(1, math.ceil(1.0 / ratio - 1e-6))
    fine = _sample(
        size, out * samples, ratio * samples, offset * samples + (samples - 1) / 2, cv2.BORDER_CONSTANT
    )
    return np.asarray(fine.reshape(out, samples, size).mean(1))


def grey(images: torch.Tensor) -> torch.Tensor:
    """Convert RGB images to grey ones, (N, 1, H, W)."""
    weights = torch.tensor(GREY, device=images.device, dtype=images.dtype)
    return (images * weights[None, :, None, None]).sum(1, keepdim=True)
