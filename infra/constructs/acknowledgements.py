"""Exceptions from the cdk-nag rules, each with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one rule's finding on one construct; the reason ends in the validation report."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
