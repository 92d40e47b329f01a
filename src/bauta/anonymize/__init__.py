"""Anonymizers: one backend a module; nothing but pydantic and the standard library is imported here."""

from bauta.registry import Registry

ANONYMIZERS = Registry(
    "anonymizer",
    {
        "identity": "bauta.anonymize.identity:Identity",
        "blackout": "bauta.anonymize.blackout:Blackout",
        "blur": "bauta.anonymize.blur:Blur",
        "pixelate": "bauta.anonymize.pixelate:Pixelate",
        "ksame": "bauta.anonymize.ksame:KSame",
        "ksame_select": "bauta.anonymize.ksame_select:KSameSelect",
        "ganonymization": "bauta.anonymize.ganonymization:ganonymization",
        "ciagan": "bauta.anonymize.ciagan:ciagan",
        "deepprivacy": "bauta.anonymize.deepprivacy:deepprivacy",
        "deepprivacy2": "bauta.anonymize.deepprivacy2:deepprivacy2",
        "cgan": "bauta.anonymize.cgan:cgan",
        "cgan_trained": "bauta.anonymize.cgan:cgan_trained",
    },
)
"""Name → what `bauta.anonymize.open` makes the backend with; its settings are in `settings.SETTINGS`."""

CONTROLS = frozenset({"identity", "blackout"})
"""The backends that prove a run: one changes nothing, one leaves nothing."""

TRAINED_ANONYMIZERS = frozenset({"cgan_trained"})
"""The backends that the workflow trains on people of the dataset who are not scored."""
