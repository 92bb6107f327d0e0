"""The JSON of partners' keys."""

from pydantic import Field, ValidationInfo, field_validator

from edi_gateway.api.scalars import Digits, Moment, Text
from edi_gateway.api.shapes import Asked, Told
from edi_gateway.model.partner import KeyState, Purpose


class KeyIn(Asked):
    """A key to trust, as a PEM certificate or a PEM public key, from `from` until `until`."""

    certificate: str | None = None
    public_key: str | None = Field(None, alias="publicKey", validate_default=True)
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = None
    purpose: Purpose = "document-signature"
    propose: bool = Field(False, description="Don't trust it until it is approved.")

    # Of the field, not of the whole: it is said beside whatever else is wrong.
    @field_validator("public_key")
    @classmethod
    def _one_key(cls, public_key: str | None, others: ValidationInfo) -> str | None:
        if "certificate" in others.data and (others.data["certificate"] is None) == (public_key is None):
            raise ValueError("give either a certificate or a publicKey, in PEM")
        return public_key

    @property
    def pem(self) -> bytes:
        return (self.certificate or self.public_key or "").encode()


class RenewalIn(Asked):
    """Another certificate of the same key, in PEM, or its bare public key, trusted from `from` until `until`."""

    certificate: str
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = None
    propose: bool = Field(False, description="Change nothing until it is approved.")


class ApprovalFilter(Asked):
    renewal: Digits | None = Field(None, ge=0, description="The entry that proposed a renewal; none for a new key.")


class KeyEventOut(Told):
    """`certificate` is the digest of the one that an enrolment or a renewal brings, `from` and `until` its window."""

    index: int
    type: str
    recorded_at: str
    by: str | None
    reason: str | None
    applies_from: str | None
    affected: int | None
    certificate: str | None
    since: str | None = Field(serialization_alias="from")
    until: str | None


class KeyOut(Told):
    """`state` is where the key stands now; a retired one still verifies what was received before."""

    fingerprint: str
    partner: str
    purpose: Purpose
    algorithm: str
    state: KeyState
    since: str | None = Field(serialization_alias="from")
    until: str | None
    public_key: str
    certificate: str | None
    events: list[KeyEventOut]


class KeyList(Told):
    keys: list[KeyOut]


class ExpiringFilter(Asked):
    days: Digits = Field(60, ge=1, le=36_500)


class AffectedFilter(Asked):
    since: Moment | None = Field(None, alias="from")


class AffectedDocument(Told):
    """A document that was accepted on the word of a key. Of one that was erased, by the entry `erasedBy`, nobody knows
    any more which of its partner's keys signed it."""

    id: str
    index: int
    received_at: str
    type: str | None
    number: str | None
    receiver: str | None
    erased_by: int | None


class AffectedList(Told):
    documents: list[AffectedDocument]


class RetirementIn(Asked):
    """Why a key is trusted no more: kept for good."""

    reason: Text | None = None


class RevocationIn(Asked):
    """From when somebody else may have had the key, and why that is thought: kept for good."""

    at: Moment
    reason: Text
