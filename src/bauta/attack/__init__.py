"""Attacks on identity: identification, verification and an attacker adapted to the anonymizer."""
