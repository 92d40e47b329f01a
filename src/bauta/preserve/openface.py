"""Intensities of action units by OpenFace 2, a program that a user has built; it cannot be shipped."""

import csv
import logging
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError, ModelError
from bauta.inference.face_view import check_crops
from bauta.models.convert import without_network
from bauta.models.store import ModelStore
from bauta.preserve.quantities import ACTION_UNITS, pack
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARD = Card(
    name="openface",
    kind="estimator",
    implementation="bauta.preserve.openface:OpenFace",
    about="Intensities of 17 action units, by the program FaceLandmarkImg of OpenFace 2 on PATH.",
    source="Baltrušaitis et al., FG 2018",
    terms="academic or non-profit organization noncommercial research use only",
)

PROGRAM = "FaceLandmarkImg"
SECONDS_PER_FACE, SECONDS_TO_START = 10, 120
"""Limits of one call."""

COLUMNS = tuple(f"AU{unit:02d}_r" for unit in ACTION_UNITS)
"""The columns of the program's tables with the intensities, from 0 to 5."""

log = logging.getLogger(__name__)


class OpenFace:
    """OpenFace's program for single images; its own detector finds the face in each crop.

    Args:
        contract: Geometry of the crops.
        models: Not used: the program loads its own files.

    Raises:
        ConfigError: the program is not on PATH.
    """

    quantities = ("action_units",)

    def __init__(self, contract: CropContract, models: ModelStore) -> None:
        del models
        self._contract = contract
        found = shutil.which(PROGRAM)
        if found is None:
            raise ConfigError(
                f"preservation: the estimator 'openface' expects OpenFace 2's program {PROGRAM} on PATH, and "
                "there is none: build OpenFace 2 and add its folder bin to PATH, or leave openface out"
            )
        self._program = str(Path(found).resolve())

    def estimate(self, crops: Images) -> Floats:
        """Estimate them in uint8 (N, size, size, 3) RGB crops: float32 (N, 17), NaN if no face.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8, or the program wrote a
                table without the columns of OpenFace 2.
            ModelError: the program fails or takes too long.
        """
        check_crops(crops, self._contract)
        units = np.full((len(crops), len(ACTION_UNITS)), np.nan)
        if len(crops):
            with TemporaryDirectory(prefix="bauta-") as name:
                pictures, tables = Path(name, "pictures"), Path(name, "tables")
                for folder in (pictures, tables):
                    folder.mkdir()
                for row, crop in enumerate(crops):
                    cv2.imwrite(str(pictures / f"{row:06d}.png"), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
                self._run(pictures, tables, SECONDS_TO_START + SECONDS_PER_FACE * len(crops))
                for row in range(len(crops)):
                    table = tables / f"{row:06d}.csv"
                    if table.is_file():
                        units[row] = read_intensities(table)
        return pack(self.quantities, {"action_units": units})

    def _run(self, pictures: Path, tables: Path, seconds: float) -> None:
        command = [self._program, "-fdir", str(pictures), "-out_dir", str(tables), "-aus"]
        try:
            done = subprocess.run(  # noqa: S603
                [*without_network(), *command],
                # The program looks for its models beside itself.
                cwd=Path(self._program).parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"{PROGRAM} did not end within {seconds:g} s; try it on one picture") from None
        except OSError as error:
            raise ModelError(f"{PROGRAM} cannot be started: {error.strerror}; try it by hand") from None
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        for line in lines[-50:]:
            log.debug("%s: %s", PROGRAM, line)
        if done.returncode != 0:
            last = lines[-1][:300] if lines else "no output"
            raise ModelError(f"{PROGRAM} failed with exit status {done.returncode}: {last}; try it by hand")


def read_intensities(table: Path) -> list[float]:
    """Read the intensities of `ACTION_UNITS` of the most certain face of a picture; NaN if it has no face.

    Args:
        table: A table that OpenFace 2 wrote, with a row for each face.

    Raises:
        DataError: a column is missing, or a value is no number.
    """
    with table.open(newline="", encoding="utf-8") as file:
        # Before version 2.2 the names in the header begin with a space.
        rows = [{str(name).strip(): value for name, value in row.items()} for row in csv.DictReader(file)]
    if not rows:
        return [float("nan")] * len(ACTION_UNITS)
    if missing := [name for name in ("confidence", *COLUMNS) if name not in rows[0]]:
        raise DataError(
            f"{PROGRAM} wrote a table without the column {missing[0]}: expected those of OpenFace 2"
        )
    try:
        best = max(rows, key=lambda row: float(row["confidence"]))
        return [float(best[name]) for name in COLUMNS]
    except (TypeError, ValueError) as error:
        raise DataError(f"{PROGRAM} wrote a value that is no number ({error}); update it") from None
