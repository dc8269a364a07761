"""The signers' own keys (WebAuthn Level 3): enrolled, given up, and asked to sign a pledge.

A key signs pledges and does nothing else; in particular it never logs anybody in
(docs/decisions/signing-keys.md). Nobody but its owner enrols or removes it, and every service
here checks that by itself.
"""

from .asserting import (
    GivenAssertion,
    ProvenAssertion,
    assertion_options,
    keep_assertion,
    prove_assertion,
    require_still_good,
)
from .enrolling import Enrolment, begin_enrolment, creation_options, enrol_key
from .relying import may_sign_at, signing_address
from .removing import recent_changes, remove_key

__all__ = [
    "Enrolment",
    "GivenAssertion",
    "ProvenAssertion",
    "assertion_options",
    "begin_enrolment",
    "creation_options",
    "enrol_key",
    "keep_assertion",
    "may_sign_at",
    "prove_assertion",
    "recent_changes",
    "remove_key",
    "require_still_good",
    "signing_address",
]
