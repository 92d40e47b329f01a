"""Coverage: how many faces were found, anonymized, and look like a face to a detector afterwards."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.detect.redetect import redetect_store
from bauta.measurement import Measurement, Value
from bauta.metrics.bounds import bound_of_all, bound_of_one
from bauta.metrics.intervals import Resampling, mean_value
from bauta.protocols import Detector
from bauta.store import Store
from bauta.store.deduplicate import output_digests


def measure_coverage(
    anonymized: Store,
    faces: FaceTable,
    detector: Detector,
    *,
    dataset: str,
    backend: str,
    setting: str,
    seed: int,
    replicates: int = 2000,
) -> Measurement:
    """Count the faces that the scores of one anonymized set rest on.

    Args:
        anonymized: Store with `images` and `status`.
        faces: The scored faces.
        detector: Detects faces in the anonymized crops.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `coverage`: `n_images` and `n_subjects` that are scored, and the shares `detected` (a
        face was found in the original), `anonymized` (of all faces), `coverage` (anonymized, of the probes)
        and `redetected` (of the anonymized crops, those in which the detector finds a face). Besides,
        `n_outputs`, the number of different pictures, and `bound_top1` and `bound_top1_pooled`, the top-1 of
        the best table from pictures to people, which no attack exceeds that knows of a probe, or of all
        probes of a person, the pictures alone; see `bounds`.

    Raises:
        StoreError: the store lacks a face.
    """
    ok = anonymized.take("status", anonymized.rows_of(faces.face_ids)) == Status.OK.code
    found = redetect_store(anonymized, detector, ids=faces.face_ids)
    detected = np.array([status == Status.OK for status in faces.statuses])
    probes = np.array([role == "probe" for role in faces.roles])
    units = [subject or face_id for subject, face_id in zip(faces.subjects, faces.face_ids, strict=True)]
    resampling = Resampling(replicates, seed)

    def share(hits: NDArray[np.bool_], among: NDArray[np.bool_], reason: str) -> Value:
        subjects: Sequence[str] = [units[row] for row in np.flatnonzero(among)]
        return mean_value(hits[among], subjects, resampling, proportion=True, reason=reason)

    everything = np.ones(len(faces), dtype=bool)
    outputs = output_digests(anonymized, anonymized.rows_of(faces.face_ids))
    images = len({face_id.rpartition("#")[0] or face_id for face_id in faces.face_ids})
    people = len({subject for subject in faces.subjects if subject is not None})
    return Measurement(
        kind="coverage",
        dataset=dataset,
        backend=backend,
        setting=setting,
        values={
            "n_images": Value(value=images),
            "n_subjects": Value(value=people) if people else Value.missing("no subject is known"),
            "detected": share(detected, everything, "no face is scored"),
            "anonymized": share(ok, everything, "no face is scored"),
            "coverage": share(ok, probes, "there are no probes"),
            "redetected": share(found, ok, "no face was anonymized"),
            "n_outputs": Value(value=len(set(outputs) - {None}), n=len(outputs)),
            "bound_top1": bound_of_one(outputs, faces),
            "bound_top1_pooled": bound_of_all(outputs, faces),
        },
        notes=list(anonymized.attributes.get("notes", [])),
        provenance={"seed": seed, "replicates": replicates, "outputs_sha256": outputs_hash(anonymized)},
    )


def outputs_hash(anonymized: Store) -> str:
    """SHA-256 over the hashes of the files of the anonymized images; equal outputs have equal hashes."""
    names = sorted(name for name in anonymized.files if name.startswith("images/"))
    return hashlib.sha256("\n".join(anonymized.files[name] for name in names).encode()).hexdigest()
