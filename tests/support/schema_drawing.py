"""Documents with what their schema allows and no mutation would think of: optional elements drawn from the XSD.

`Drawing(file).enrich(root, chance)` puts some into a document, each where the schema has it, with all that is in them.
A document that keeps its schema keeps it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from lxml import etree

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_NUMBERS: Final = ("0", "0.00", "1", "007.50", "+25", "5.", ".5", "-12.34", "100.00", "3.333", "0.1000", "1000000.00")
_DATES: Final = ("2026-11-01", "2026-11-30", "2026-11-23Z", "2026-11-23-14:00", "2024-02-29", "12026-01-01")
_CODES: Final = (
    *("380", "381", "389", "130", "50", "916", "30", "58", "48", "1", "35", "3", "5", "72", "S", "AE", "K", "G", "O"),
    *("E", "Z", "L", "M", "B", "VAT", "vat", "GST", "EUR", "SEK", "DE", "IT", "EL", "AN", "SS", "QQ", "C62", "XBX"),
    *("95", "FC", "AAI", "BAT", "VATEX-EU-AE", "vatex-eu-o", "2.1"),
)
_TEXTS: Final = (
    "Acme",
    "",
    " ",
    "DE123456789",
    "EL1",
    "12345678901",
    "#AAI#Note",
    "#ZZZ#Note",
    "1.234",
    "130",
    "A" * 99,
)
_ATTRIBUTES: Final[Mapping[str, Sequence[str]]] = {
    "currencyID": ("EUR", "EUR", "EUR", "SEK", "eur", "QQQ"),
    "unitCode": ("C62", "HUR", "XBX", "QQQ"),
    "schemeID": ("0088", "9930", "EM", "SEPA", "VA", "FC", "ABT", "QQQQ"),
    "listID": ("STI", "ZZZ", "QQQQ"),
    "mimeCode": ("application/pdf", "text/csv", "image/gif"),
    "format": ("102", "203"),
    "languageID": ("en",),
}
_USUAL: Final = frozenset(("currencyID", "unitCode", "schemeID", "mimeCode", "filename", "format"))
_VALUES: Final[Mapping[str, Sequence[str]]] = {
    "decimal": _NUMBERS,
    "date": _DATES,
    "dateTime": ("2026-11-23T10:00:00",),
    "time": ("10:00:00",),
    "boolean": ("true", "false", "1", "0", " true "),
    "base64Binary": ("QUJD",),
    "anyURI": ("https://example.com/a",),
    "language": ("en",),
}
_DEEPEST: Final = 4
_DAYS: Final = ("20261101", "20261130", "2026-11-01")


class Particle(NamedTuple):
    """An element as a schema allows it below another one."""

    tag: str
    type: etree._Element | str
    least: int
    most: float


class Drawing:
    """Of one schema, with all that it imports."""

    def __init__(self, file: Path) -> None:
        self._elements: dict[str, etree._Element] = {}
        self._types: dict[str, etree._Element] = {}
        self._learnt: set[Path] = set()
        self._learn(file.resolve())
        self._particles = cache(self._read)

    def _learn(self, file: Path) -> None:
        if file in self._learnt:
            return
        self._learnt.add(file)
        schema = etree.parse(file).getroot()
        space = schema.get("targetNamespace")
        for each in schema.iterchildren(f"{_XSD}element"):
            self._elements[f"{{{space}}}{each.get('name')}"] = each
        for each in schema.iterchildren(f"{_XSD}complexType", f"{_XSD}simpleType"):
            self._types[f"{{{space}}}{each.get('name')}"] = each
        for each in schema.iterchildren(f"{_XSD}import", f"{_XSD}include"):
            self._learn((file.parent / each.get("schemaLocation", "")).resolve())

    def enrich(self, root: etree._Element, chance: Random, times: int) -> None:
        """Put that many optional elements into a document."""
        for _ in range(times):
            place, particles = chance.choice([*self._places(root, self._type_of(self._elements[root.tag]))])
            few = [each for each in particles if len(place.findall(each.tag)) < each.most]
            if few:
                self._insert(place, particles, chance.choice(few), chance)

    def _insert(self, place: etree._Element, particles: Sequence[Particle], new: Particle, chance: Random) -> None:
        before = {each.tag for each in particles[: particles.index(new) + 1]}
        position = sum(child.tag in before for child in place)
        place.insert(position, self._draw(new, chance, 0))

    def _places(
        self, element: etree._Element, type: etree._Element | str
    ) -> Iterator[tuple[etree._Element, Sequence[Particle]]]:
        if particles := self._particles(type):
            if not self._found(type, "choice"):
                yield element, particles
            types = {each.tag: each.type for each in particles}
            for child in element.iterchildren(*types):
                yield from self._places(child, types[str(child.tag)])

    def _draw(self, particle: Particle, chance: Random, depth: int) -> etree._Element:
        element = etree.Element(particle.tag)
        particles = self._particles(particle.type)
        if not particles:
            self._say(element, particle.type, chance)
        elif self._found(particle.type, "choice"):
            element.append(self._draw(particles[0], chance, depth + 1))
        else:
            for each in particles:
                likely = 0.15 if depth < _DEEPEST else 0
                times = each.least or int(chance.random() < likely)
                element.extend(self._draw(each, chance, depth + 1) for _ in range(times))
        return element

    def _say(self, element: etree._Element, type: etree._Element | str, chance: Random) -> None:
        attributes, base = self._said(type)
        local = etree.QName(element).localname
        values = _VALUES.get(base, _CODES if local.endswith(("Code", "ID")) else (*_TEXTS, *_CODES))
        element.text = chance.choice(_DAYS if local.endswith("String") else values)
        for each in attributes:
            name, kind = each.get("name", ""), each.get("type", "").partition(":")[2]
            if each.get("use") == "required" or chance.random() < (0.7 if name in _USUAL else 0.05):
                element.set(name, chance.choice(_ATTRIBUTES.get(name, _VALUES.get(kind, ("x",)))))

    def _said(self, type: etree._Element | str) -> tuple[list[etree._Element], str]:
        """The attributes of a type that has a value, and what kind of value that is."""
        attributes: dict[str, etree._Element] = {}
        while not isinstance(type, str) or type in self._types:
            found = self._types[type] if isinstance(type, str) else type
            if codes := [*found.iter(f"{_XSD}enumeration")]:
                return [*attributes.values()], codes[0].get("value", "")
            step = next(found.iter(f"{_XSD}extension", f"{_XSD}restriction"))
            for each in step.iterchildren(f"{_XSD}attribute"):
                attributes.setdefault(each.get("name", ""), each)
            type = _name(step.get("base", ""), step)
        return [*attributes.values()], type.removeprefix(_XSD)

    def _read(self, type: etree._Element | str) -> tuple[Particle, ...]:
        found = self._types.get(type) if isinstance(type, str) else type
        if found is None:
            return ()
        below = found.iterfind(f"{_XSD}sequence/{_XSD}element"), found.iterfind(f"{_XSD}choice/{_XSD}element")
        return tuple(made for each in below for one in each if (made := self._particle(one)) is not None)

    def _particle(self, one: etree._Element) -> Particle | None:
        space = one.getroottree().getroot().get("targetNamespace")
        tag = _name(one.get("ref", ""), one) if one.get("ref") else f"{{{space}}}{one.get('name')}"
        declared = self._elements.get(tag) if one.get("ref") else one
        if declared is None or tag.endswith("}UBLExtensions"):
            return None  # what is in there is of any kind
        most = one.get("maxOccurs", "1")
        return Particle(
            tag, self._type_of(declared), int(one.get("minOccurs", "1")), float("inf" if most == "unbounded" else most)
        )

    def _type_of(self, declared: etree._Element) -> etree._Element | str:
        inner = declared.find(f"{_XSD}complexType")
        return _name(declared.get("type", ""), declared) if inner is None else inner

    def _found(self, type: etree._Element | str, name: str) -> bool:
        found = self._types.get(type) if isinstance(type, str) else type
        return found is not None and found.find(f"{_XSD}{name}") is not None


def _name(written: str, by: etree._Element) -> str:
    prefix, _, local = written.rpartition(":")
    return f"{{{by.nsmap.get(prefix or None)}}}{local}"
