"""Whether what is not there any more was erased, not lost: the ledger itself says so, or it doesn't hold."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any, Self

from edi_gateway.errors import Rejection, Unproven
from edi_gateway.model.query import Erasure, Hold
from edi_gateway.model.record import Entry, Remains
from edi_gateway.syntax import json
from edi_gateway.syntax.json import JsonValue
from edi_gateway.workflows.ports import Inspection

_HOLDING: Mapping[JsonValue, bool] = {"document.held": True, "document.released": False}


def check_erased(found: Remains, inspection: Inspection) -> None:
    """Raises Unproven unless a later entry of the same party says that this one was erased.

    That entry is looked at for what it says; whether it commits to that is checked when its own turn comes.
    """
    noted = inspection.erasure(found.index)
    erasing = inspection.entry(noted.erased_by) if noted else None
    if noted and isinstance(erasing, Entry) and erasing.index > found.index and erasing.party == found.party:
        said = _read(erasing.statement)
        if said.get("type") == "document.erased" and said.get("entry") == _entry(found, noted.id):
            return
    told = f"entry {noted.erased_by} doesn't say" if noted else "no entry says"
    raise Unproven(f"entry {found.index}: the statement is missing, and {told} that it was erased")


def check_erasing(entry: Entry, statement: Mapping[str, JsonValue], inspection: Inspection) -> None:
    """Raises Unproven where an entry says that another was erased, and its statement is there, or the archive
    doesn't say the same.
    """
    if statement["type"] != "document.erased":
        return
    named = _object(statement.get("entry")).get("index")
    index = named if type(named) is int and 0 <= named < entry.index else -1
    noted, found = inspection.erasure(index), inspection.entry(index)
    if isinstance(found, Entry):
        raise Unproven(f"entry {index} was erased by entry {entry.index}, but its statement is there")
    if noted is None or noted.erased_by != entry.index or found is None:
        raise Unproven(f"entry {entry.index} tells of an erasure that the archive does not have")


class Custody:
    """Erasures and holds as the statements tell of them, one after the other."""

    def __init__(self) -> None:
        self._erasures: list[Erasure] = []
        self._holds: list[Hold] = []

    def note(self, index: int, statement: Mapping[str, JsonValue]) -> None:
        """Take in the statement of an entry."""
        kind, named = statement["type"], _object(statement.get("entry"))
        if kind == "document.erased":
            erased = named.get("index")
            self._erasures.append(Erasure(str(named.get("id")), erased if type(erased) is int else -1, index))
        elif kind in _HOLDING:
            self._holds.append(Hold(index, str(named.get("id")), _HOLDING[kind]))

    def to_json(self) -> dict[str, Any]:
        """For `from_json`, after an interruption."""
        return {"erasures": list(map(astuple, self._erasures)), "holds": list(map(astuple, self._holds))}

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        custody = cls()
        custody._erasures = [Erasure(*one) for one in members["erasures"]]
        custody._holds = [Hold(*one) for one in members["holds"]]
        return custody

    def compare(self, erasures: Sequence[Erasure], holds: Sequence[Hold]) -> None:
        """Raises Unproven unless these are the erasures and holds, each in the order of their entries."""
        for kind, told, found in (("erasures", self._erasures, erasures), ("holds", self._holds, holds)):
            if told != list(found):
                raise Unproven(f"the {kind} are not as the ledger tells")


def _entry(found: Remains, id: str) -> dict[str, JsonValue]:
    return {"id": id, "index": found.index, "leafHash": b64encode(found.leaf_hash).decode("ascii")}


def _read(statement: bytes) -> Mapping[str, JsonValue]:
    try:
        return _object(json.parse(statement))
    except Rejection:
        return {}


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
