import os
import sys
from pathlib import Path

from tests.support import programs


def test_the_demonstration_tells_its_story_and_leaves_when_told_to(tmp_path: Path) -> None:
    surroundings = {"TMPDIR": str(tmp_path), "EDI_GATEWAY_ORIGIN": "other.example/ledger", "EDI_GATEWAY_PORT": "1"}
    command = [sys.executable, "-m", "edi_gateway", "demo", "--exit"]
    done = programs.run(command, env=os.environ | surroundings, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("served over HTTPS", "JWS", "XMLDSig", "CMS", "S/MIME", "byte for byte", "all 6 receipts hold"):
        assert said in done.stdout
    (folder,) = tmp_path.iterdir()
    assert len(list((folder / "receipts").iterdir())) == 6
    assert "gateway serves until" not in done.stdout
