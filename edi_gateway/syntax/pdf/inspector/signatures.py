"""The signatures in a PDF's fields, and what was changed after each."""

from collections.abc import Iterator
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import is_field_visible
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from edi_gateway.syntax.pdf.inspector.limits import MAX_TEXT

_CHANGES: Final = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "archival",
    ModificationLevel.FORM_FILLING: "signatures",
}
# pyHanko's own policy without filling in forms: signatures, timestamps, and what proves them later.
_POLICY: Final = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        DocInfoRule().as_qualified(ModificationLevel.LTA_UPDATES),
        XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
        MetadataUpdateRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)


def signatures(reader: PdfFileReader) -> Iterator[dict[str, Any]]:
    visible = set(_visible(reader))
    for signature in reader.embedded_signatures:
        signature.compute_integrity_info(diff_policy=_POLICY)
        result = signature.diff_result
        allowed = isinstance(result, DiffResult) and bool(signature.summarise_integrity_info()["docmdp_ok"])
        then = reader.get_historical_resolver(signature.signed_revision)
        yield {
            "field": str(signature.fq_name)[:MAX_TEXT],
            "timestamp": signature.sig_object_type == "/DocTimeStamp",
            "byteRange": [int(each) for each in signature.byte_range],
            "holds": _holds(signature),
            "changes": _CHANGES.get(result.modification_level, "other") if allowed else "other",
            "reason": "" if isinstance(result, DiffResult) else " ".join(str(result).split())[:MAX_TEXT],
            "covered": sorted(visible - set(_visible(then))),
        }


def _visible(handler: PdfHandler) -> Iterator[str]:
    for name, _, reference in enumerate_sig_fields(handler):
        if is_field_visible(reference.get_object()):
            yield str(name)[:MAX_TEXT]


def _holds(signature: EmbeddedPdfSignature) -> bool:
    """Whether it is over these bytes, and for an ordinary one, whether its own certificate verifies it."""
    digest = signature.compute_digest()
    if signature.sig_object_type == "/DocTimeStamp":
        imprint = signature.signed_data["encap_content_info"]["content"].parsed["message_imprint"]
        return bool(imprint["hashed_message"].native == digest)
    try:
        intact, valid = validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", digest)
    except (ValueError, LookupError, NotImplementedError, UnsupportedAlgorithm):
        return False
    return intact and valid
