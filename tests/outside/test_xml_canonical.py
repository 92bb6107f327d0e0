"""Canonical octets of parts of random documents: ours against those of a program that we did not write."""

import pybergshamra as bergshamra
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.signatures.xmldsig_algorithms import Canonicalization, canonical
from edi_gateway.syntax.xml import parse

PREFIXES = ("", "a", "b", "c")
NAMESPACES = ("urn:1", "urn:2", "urn:3")


@st.composite
def _elements(draw: st.DrawFn, scope: dict[str, str], depth: int = 0) -> str:
    """An element that declares, shadows and undeclares namespaces, and uses those in scope."""
    declared = draw(st.dictionaries(st.sampled_from(PREFIXES), st.sampled_from(NAMESPACES), max_size=2))
    if draw(st.integers(0, 5)) == 0:
        declared[""] = ""
    scope = scope | declared
    usable = [prefix for prefix in scope if prefix]
    prefix = draw(st.sampled_from(["", *usable]))
    name = f"{prefix}:e" if prefix else "e"
    attributes = [f'xmlns{":" if p else ""}{p}="{uri}"' for p, uri in declared.items()]
    if usable and draw(st.booleans()):
        attributes.append(f'{draw(st.sampled_from(usable))}:x="1"')
    text = draw(st.sampled_from(["", " ", "t", "&#13;", "é", "&lt;"]))
    children = "".join(draw(st.lists(_elements(scope, depth + 1), max_size=2 if depth < 4 else 0)))
    mark = ' Id="part"' if depth == 1 else ""
    return f"<{name}{mark} {' '.join(attributes)}>{text}{children}{text}</{name}>"


DOCUMENTS = _elements({}).filter(lambda text: text.count('Id="part"') == 1)
PREFIX_LISTS = st.lists(st.sampled_from(["a", "b", "c", "nobody"]), max_size=3, unique=True)


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS, prefixes=PREFIX_LISTS)
def test_exclusive_canonical_xml_of_a_part_is_the_same_elsewhere(document: str, prefixes: list[str]) -> None:
    part = parse(document.encode()).find(".//*[@Id='part']")
    assert part is not None
    theirs = bergshamra.canonicalize_subtree(document, "part", bergshamra.C14nMode.Exclusive, prefixes or None)
    assert canonical(part, Canonicalization(exclusive=True, prefixes=tuple(prefixes))) == theirs


@settings(max_examples=60, deadline=None)
@given(document=DOCUMENTS)
def test_inclusive_canonical_xml_of_a_part_is_the_same_elsewhere(document: str) -> None:
    part = parse(document.encode()).find(".//*[@Id='part']")
    assert part is not None
    theirs = bergshamra.canonicalize_subtree(document, "part", bergshamra.C14nMode.Inclusive)
    assert canonical(part, Canonicalization(exclusive=False)) == theirs


@settings(max_examples=60, deadline=None)
@given(document=_elements({}), exclusive=st.booleans(), around=st.sampled_from(["", "<?p q?>\n"]))
def test_canonical_xml_of_a_whole_document_is_the_same_elsewhere(document: str, exclusive: bool, around: str) -> None:
    mode = bergshamra.C14nMode.Exclusive if exclusive else bergshamra.C14nMode.Inclusive
    text = around + document + around
    tree = parse(text.encode()).getroottree()
    assert canonical(tree, Canonicalization(exclusive)) == bergshamra.canonicalize(text, mode)
