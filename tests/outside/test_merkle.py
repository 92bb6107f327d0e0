"""RFC 6962 proofs, good and bad, that transparency-dev published for every implementation to agree on."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger.proof import verify_consistency, verify_inclusion

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "merkle"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="needs the vectors of transparency-dev/merkle beside the repository"
)


def _cases(kind):
    return sorted((CORPUS / kind).rglob("*.json"))


def _name(path):
    return f"{path.parent.name}/{path.stem}"


def _hashes(case):
    return [b64decode(each) for each in case["proof"] or ()]


def _expect(case, check):
    if case["wantErr"]:
        with pytest.raises(Unproven):
            check()
    else:
        check()


def test_the_corpus_is_whole():
    assert (len(_cases("inclusion")), len(_cases("consistency"))) == (98, 98)


@pytest.mark.parametrize("path", _cases("inclusion"), ids=_name)
def test_an_inclusion_proof_is_judged_as_published(path):
    case = json.loads(path.read_bytes())
    leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
    _expect(case, lambda: verify_inclusion(leaf, case["leafIdx"], case["treeSize"], _hashes(case), root))


@pytest.mark.parametrize("path", _cases("consistency"), ids=_name)
def test_a_consistency_proof_is_judged_as_published(path):
    case = json.loads(path.read_bytes())
    roots = b64decode(case["root1"]), b64decode(case["root2"])
    _expect(case, lambda: verify_consistency(case["size1"], case["size2"], *roots, _hashes(case)))
