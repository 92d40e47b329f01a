"""Identity attackers: fixed recognizers, and attackers that are trained on anonymized faces."""

from bauta.registry import Registry

ATTACKS = Registry("attack", "bauta.attacks", ("bauta.attack.candidates",))
"""The candidates of the adaptive attacker, of which the best in cross-validation attacks."""

FUSION = "fusion"
"""The candidate that averages what both discriminants say; it is fitted with them."""
