"""Findings as SVRL, the report language of Schematron (ISO/IEC 19757-3, annex D), for tools that read that."""

from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from edi_gateway.model.document import Finding, Location, Reading

NAMESPACE: Final = "http://purl.oclc.org/dsdl/svrl"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII: Final = "urn:un:unece:uncefact:data:standard:"
_PREFIXES: Final = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ext": f"{_UBL}CommonExtensionComponents-2",
    "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_CII}UnqualifiedDataType:100",
    "qdt": f"{_CII}QualifiedDataType:100",
}
_ORDER_X: Final = f"{_CII.removesuffix('standard:')}SCRDMCCBDACIOMessageStructure:100"
_OF_ORDER_X: Final = {
    "ram": f"{_CII}ReusableAggregateBusinessInformationEntity:128",
    "udt": f"{_CII}UnqualifiedDataType:128",
    "qdt": f"{_CII}QualifiedDataType:128",
}
"""Findings give the same prefixes to the later namespaces of an Order-X document (UN/CEFACT D.20B)."""
_ROOT: Final = "doc"
"""The prefix of the root element's namespace, which findings leave out."""

_svrl = ElementMaker(namespace=NAMESPACE, nsmap={"svrl": NAMESPACE})


def svrl(reading: Reading, root: etree._Element | None) -> bytes:
    """One `failed-assert` for each place of each finding. `test` names the rule: ours are not written in XPath."""
    names = ", ".join(f"{each.name} {each.version}" for each in reading.ruleset)
    output = _svrl("schematron-output", title=names or "edi-gateway")
    own = etree.QName(root).namespace if root is not None else None
    for prefix, uri in (_PREFIXES | (_OF_ORDER_X if own == _ORDER_X else {}) | ({_ROOT: own} if own else {})).items():
        output.append(_svrl("ns-prefix-in-attribute-values", prefix=prefix, uri=uri))
    for rules in reading.ruleset:
        output.append(_svrl("active-pattern", name=f"{rules.name} {rules.version}"))
    for finding in reading.findings:
        output.append(_svrl("fired-rule", context=_path(finding.locations[0] if finding.locations else Location())))
        for location in finding.locations or (Location(),):
            output.append(_failed(finding, location))
    etree.indent(output)
    return etree.tostring(output, encoding="UTF-8", xml_declaration=True)


def _failed(finding: Finding, location: Location) -> etree._Element:
    said = [finding.message]
    said += [f"Expected: {finding.expected}."] if finding.expected is not None else []
    said += [f"Found: {finding.actual}."] if finding.actual is not None else []
    text = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(said))
    return _svrl(
        "failed-assert",
        _svrl("text", text),
        id=finding.rule,
        flag=finding.severity,
        location=_path(location),
        test=finding.rule,
    )


def _path(location: Location) -> str:
    if location.xpath is None:
        return location.pointer or "/"
    first, *rest = location.xpath.removeprefix("/").split("/")
    return "/".join(["", f"{_ROOT}:{first}" if ":" not in first else first, *map(_step, rest)])


def _step(step: str) -> str:
    return step if ":" in step or step.startswith("*") else f"{_ROOT}:{step}"
