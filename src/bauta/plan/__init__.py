"""From a configuration to the artifacts of a run: their keys, their paths and their inputs.

Rules get their paths, inputs and `params` here; nothing heavy is imported, because Snakemake parses the
Snakefile for every job on a cluster.
"""

from bauta.plan.dataset import DatasetPlan
from bauta.plan.run import Plan
from bauta.plan.sets import MESH, AnonymizedSet

__all__ = ["MESH", "AnonymizedSet", "DatasetPlan", "Plan"]
