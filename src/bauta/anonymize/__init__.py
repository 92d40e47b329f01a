"""Anonymizers, one backend per module; nothing but the standard library is imported here."""

from bauta.registry import Registry

ANONYMIZERS = Registry(
    "anonymizer",
    "bauta.anonymizers",
    (
        "bauta.anonymize.classical.identity",
        "bauta.anonymize.classical.blackout",
        "bauta.anonymize.prototype.anonymizer",
        "bauta.anonymize.classical.blur",
        "bauta.anonymize.classical.pixelate",
        "bauta.anonymize.ksame.ksame",
        "bauta.anonymize.ksame.ksame_select",
        "bauta.anonymize.ksame_generated.anonymizer",
        "bauta.anonymize.avatar.anonymizer",
        "bauta.anonymize.avatar.free",
        "bauta.anonymize.ganonymization.anonymizer",
        "bauta.anonymize.ganonymization.trained",
        "bauta.anonymize.ciagan.anonymizer",
        "bauta.anonymize.deepprivacy.anonymizer",
        "bauta.anonymize.deepprivacy2.anonymizer",
        "bauta.anonymize.cgan.anonymizer",
        "bauta.anonymize.external.folder",
        "bauta.anonymize.external.command",
    ),
)
"""The backends, created by `bauta.anonymize.open`; the models of settings are in `settings.SETTINGS`."""

IDENTITY, BLACKOUT, PROTOTYPE = "identity", "blackout", "prototype"
CONTROLS = frozenset({IDENTITY, BLACKOUT, PROTOTYPE})
"""The controls that prove a run: one changes nothing, one leaves nothing, and one leaves a single teacher's
opinion and nothing else."""

TRAINED_ANONYMIZERS = frozenset({"cgan_trained", "ganonymization_trained"})
"""The backends that the workflow trains on people of the dataset who are not scored."""
