"""Leases, fencing tokens and publish permits: who may try to publish. The chain of manifests decides who does."""

from arco.fencing._permits import HeldLock, NewestManifest, PermitIssuer, PublishPermit, redeem
from arco.fencing._tokens import FencingToken
from arco.fencing.breaking import force_break
from arco.fencing.lease import Lease
from arco.fencing.replica import NewestToken, Replica
from arco.fencing.terms import LeaseTerms
from arco.fencing.verified import LeaseClaim, VerifiedLease

__all__ = [
    "FencingToken",
    "HeldLock",
    "Lease",
    "LeaseClaim",
    "LeaseTerms",
    "NewestManifest",
    "NewestToken",
    "PermitIssuer",
    "PublishPermit",
    "Replica",
    "VerifiedLease",
    "force_break",
    "redeem",
]
