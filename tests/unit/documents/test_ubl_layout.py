"""How elements of UBL are looked for."""

import pytest

from edi_gateway.documents.ubl.layout import finder, path, steps


def test_a_path_is_written_as_it_was_read() -> None:
    assert steps(path("cac:OrderReference/cbc:ID")) == "cac:OrderReference/cbc:ID"


def test_no_union_of_paths_is_ever_asked_for() -> None:
    """Its nodes are sorted in the square of their number: 16 MB of identifiers would keep a worker for minutes."""
    with pytest.raises(ValueError, match="union"):
        finder("cbc:EndpointID | cac:PartyIdentification/cbc:ID")
