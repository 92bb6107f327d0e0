"""Codes that change every half minute (RFC 6238), as a second thing that somebody needs to begin a session."""

import hmac
from datetime import datetime

import pyotp

from edi_gateway.errors import Fault
from edi_gateway.model.account import CodeSecret
from edi_gateway.storage.key_wrapping import WrongPassphrase, unwrap, wrap

STEP = 30
"""Seconds."""

AROUND = (0, -1, 1)
"""Steps by which a clock may be off (RFC 6238 §5.2)."""


def new_secret(name: str, issuer: str, passphrase: str | None) -> tuple[CodeSecret, str]:
    """160 random bits as they are kept, and the `otpauth` URI that an app reads: to be shown once.

    They are kept under the passphrase as a private key is, or as they are where there is none.
    """
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=name, issuer_name=issuer)
    kept = wrap(secret.encode(), passphrase) if passphrase else secret.encode()
    return CodeSecret(kept, wrapped=bool(passphrase)), uri


def step_of(kept: CodeSecret, passphrase: str | None, code: str, now: datetime) -> int | None:
    """The step that a code is of; None where it is of none about now, or not newer than the last one that was used.

    Raises Fault where the secret can't be opened.
    """
    codes = pyotp.TOTP(_opened(kept, passphrase), interval=STEP)
    here = int(now.timestamp()) // STEP
    fitting = [here + off for off in AROUND if hmac.compare_digest(codes.generate_otp(here + off), _digits(code))]
    return next((step for step in fitting if kept.step is None or step > kept.step), None)


def _digits(code: str) -> str:
    code = code.replace(" ", "")
    return code if code.isascii() else ""


def _opened(kept: CodeSecret, passphrase: str | None) -> str:
    if not kept.wrapped:
        return kept.content.decode()
    if not passphrase:
        raise Fault("the secrets of codes are under a passphrase: set EDI_GATEWAY_PASSPHRASE")
    try:
        opened = unwrap(kept.content, passphrase)
    except WrongPassphrase as error:
        raise Fault("a secret of codes can't be opened with this passphrase") from error
    if opened is None:
        raise Fault("a secret of codes is not wrapped as they are")
    return opened.decode()
