"""Everything that an operator can set: from flags, then `EDI_GATEWAY_*` variables, then `gateway.toml`.

One frozen object, read once. What is missing or doubtful is refused at the start, not met at 2 a.m.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from edi_gateway.errors import Misuse
from edi_gateway.settings.tables import RevocationList, TimestampAuthority, Webhook

CONFIG_FILE = "gateway.toml"

# Whoever can change the keys on their way can be anybody.
_CONFIDENTIAL = re.compile(r"https://[^\s/?#]|http://(127\.0\.0\.1|localhost|\[::1\])[:/]")

_HOST = re.compile(r"([a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")


class Settings(BaseSettings):
    """The gateway's settings. Sizes in bytes, durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="EDI_GATEWAY_", frozen=True, extra="forbid", toml_file=CONFIG_FILE)

    data_dir: Path = Field(Path("data"), description="Directory of the embedded database and the gateway's own keys.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the data directory.", repr=False)
    origin: str = Field(
        "localhost/ledger",
        description="The ledger's name, a URL without scheme; fixed by `init`, and written into every receipt.",
        pattern=r"^[^\s\x00-\x1f+/][^\s\x00-\x1f+]*[^\s\x00-\x1f+/]$",
        max_length=200,
    )
    anchor_file: Path | None = Field(
        None,
        description="File, apart from the database, that tells whether the ledger is all there; "
        "without it, beside the data directory, with `.anchor` at the end of its name.",
    )
    anchor_seconds: float = Field(5.0, gt=0, description="How often the anchor is brought up to date.")
    scrub_rate: int = Field(
        100, ge=0, description="Entries per second that are audited anew all the time, everything about them; 0: none."
    )
    passphrase: SecretStr | None = Field(None, description="Encrypts the gateway's private keys at rest.")
    encrypt_payloads: bool = Field(
        False, description="Whether what partners send is stored encrypted; it takes `payload-key create` first."
    )
    pkcs11_module: Path | None = Field(None, description="Library of the token that holds a key of the ledger.")
    pkcs11_pin: SecretStr | None = Field(None, description="PIN of that token.")
    pkcs11_pin_file: Path | None = Field(None, description="File with the PIN, readable by its owner only.")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8443, ge=0, le=65535, description="Port that the server listens on.")
    workers: int = Field(1, ge=1, le=64, description="Server processes; about one for each core.")
    tls_cert: Path | None = Field(None, description="PEM certificate chain; without it, put the server behind a proxy.")
    tls_key: Path | None = Field(None, description="PEM private key of the TLS certificate.")
    tls_client_ca: Path | None = Field(
        None,
        description="PEM certificates that verify the client certificates which partners may show then.",
    )
    client_cert_proxies: tuple[str, ...] = Field(
        (), description="Networks (CIDR) of proxies in front whose Client-Cert header (RFC 9440) is believed."
    )
    public_hosts: tuple[str, ...] = Field(
        (),
        description="Hosts at which the gateway is reached, such as `gw.example.com`, with a port unless it is the "
        "scheme's own: requests that are signed for others are refused; where none is set, for any but this machine.",
    )
    max_body_bytes: int = Field(16 * 2**20, ge=1024, description="Largest transmission that is read.")
    body_timeout: float = Field(60.0, gt=0, description="Longest that a sender may take to transmit a body.")
    max_waiting: int = Field(2048, ge=1, description="Documents that may wait to be recorded before 503 is answered.")
    publish_seconds: float = Field(
        5.0, ge=0.1, le=3600, description="Pause between two published checkpoints, while the ledger grows."
    )
    witness_policy: Path | None = Field(
        None,
        description="File that names the witnesses to submit checkpoints to, and how many it takes "
        "(c2sp.org/tlog-policy).",
    )
    rsa_refused_bits: int = Field(2048, ge=2048, description="RSA keys shorter than this are refused.")
    rsa_advised_bits: int = Field(3072, ge=2048, description="RSA keys shorter than this earn a warning.")

    oidc_issuer: str = Field("", description="OpenID Connect issuer whose tokens people may show; empty: none.")
    oidc_audience: str = Field("", description="What these tokens have to be for.", max_length=200)
    oidc_keys_url: str = Field("", description="Where the issuer's keys are, if not where its own description says.")
    oidc_name_claim: str = Field("sub", description="The claim that names a person.", min_length=1)
    oidc_role_claim: str = Field(
        "roles",
        description="The claim that says what somebody may do, with dots where it is inside others.",
        min_length=1,
    )
    oidc_roles: dict[str, Literal["officer", "operator"]] = Field(
        {}, description='Which value of that claim is which role, such as `edi-officers = "officer"`.'
    )
    reads_per_minute: int = Field(
        1200, ge=0, description="Requests that one credential may make in a minute, of each worker; 0: any number."
    )
    address_reads_per_minute: int = Field(
        6000, ge=0, description="Likewise one address, of all but posting documents and health; 0: any number."
    )
    session_minutes: int = Field(60, ge=5, le=1440, description="How long a session lasts that somebody has begun.")
    four_eyes: bool = Field(
        False, description="Whether a partner's key that somebody adds is trusted only once somebody else approves it."
    )
    partner_renewals: Literal["refused", "proposed", "active"] = Field(
        "proposed",
        description="What becomes of a key that a partner brings itself, in a request signed with its old one.",
    )
    webhooks: tuple[Webhook, ...] = Field(
        (),
        description="Whom to tell of keys: tables of `name`, `url`, `secret` (`whsec_` and base64) and, for fewer than "
        "all, `events`.",
    )
    webhook_timeout: float = Field(10.0, gt=0, description="Longest that a webhook may take to answer.")
    timestamp_authorities: tuple[TimestampAuthority, ...] = Field(
        (), description="Whom to ask for RFC 3161 timestamps: tables of `name`, `url` and `roots`, a PEM file."
    )
    timestamp_seconds: float = Field(3600.0, gt=0, description="Time between two timestamps of one authority.")
    timestamp_timeout: float = Field(10.0, gt=0, description="Longest that an authority may take to answer.")
    timestamp_renewal_days: int = Field(
        30, ge=1, le=3650, description="Days before an authority's certificate ends at which its tokens are renewed."
    )
    revocation_lists: tuple[RevocationList, ...] = Field(
        (),
        description="Where CRLs and OCSP responses are fetched, and nowhere else: tables of `url` and, where its "
        "issuer is no root, `issuer`, a PEM file.",
    )
    revocation_seconds: float = Field(3600.0, ge=60, description="Time between two fetches of the revocation lists.")
    retention: dict[str, str] = Field(
        {},
        description='How long documents of a type are kept, such as `invoice = "10y"` (`y`, `m`, `d`) in the table '
        "`[retention]`; afterwards `document due` lists them. Types that are not named are never due.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together")
        if self.tls_client_ca and not self.tls_cert:
            raise ValueError(
                "tls_client_ca needs tls_cert and tls_key: otherwise it is a proxy that client certificates reach"
            )
        return self

    @field_validator("client_cert_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for each in proxies:
            ip_network(each)
        return proxies

    @field_validator("public_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [each for each in hosts if not _HOST.fullmatch(each)]:
            raise ValueError(
                f"a host, and a port if need be, is needed, without scheme or path, not {wrong[0][:200]!r}"
            )
        return tuple(each.lower().removesuffix(":443").removesuffix(":80") for each in hosts)

    @model_validator(mode="after")
    def _somebody_approves(self) -> Self:
        if self.four_eyes and self.partner_renewals == "active":
            raise ValueError("four_eyes and partner_renewals = active contradict each other")
        return self

    @model_validator(mode="after")
    def _webhooks_differ(self) -> Self:
        if len({one.name for one in self.webhooks}) != len(self.webhooks):
            raise ValueError("two webhooks have one name")
        return self

    @model_validator(mode="after")
    def _authorities_differ(self) -> Self:
        names = [authority.name for authority in self.timestamp_authorities]
        if len(set(names)) != len(names):
            raise ValueError("two timestamp_authorities have one name")
        return self

    @model_validator(mode="after")
    def _issuer_is_whole(self) -> Self:
        if not self.oidc_issuer:
            return self
        for url in filter(None, (self.oidc_issuer, self.oidc_keys_url)):
            if not _CONFIDENTIAL.match(url):
                raise ValueError("oidc_issuer and oidc_keys_url begin with https://, or are on this machine")
        if not (self.oidc_audience and self.oidc_roles):
            raise ValueError("oidc_issuer takes oidc_audience and oidc_roles")
        return self

    @model_validator(mode="after")
    def _pin_is_one(self) -> Self:
        if self.pkcs11_pin and self.pkcs11_pin_file:
            raise ValueError("pkcs11_pin and pkcs11_pin_file exclude each other")
        return self

    @property
    def database(self) -> str:
        """The URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'gateway.db'}"

    @property
    def anchor(self) -> Path:
        """The anchor's file in force: not in the data directory, which backups take and bring back as a whole."""
        folder = self.data_dir.resolve()
        return self.anchor_file or folder.with_name(f"{folder.name}.anchor")

    @property
    def keys_dir(self) -> Path:
        """Where the ledger's private keys are, as far as they are in files."""
        return self.data_dir / "keys"

    @property
    def verifier_key_file(self) -> Path:
        """The ledger's first verifier key, under the origin that `init` gave it."""
        return self.keys_dir / "ledger.vkey"


def load(**flags: object) -> Settings:
    """Read the settings; flags that are None count as not given. Raises Misuse, naming every doubtful field."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type] # pydantic checks
    except SettingsError as error:
        raise Misuse(f"The settings are not usable: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors()]
        raise Misuse("The settings are not usable: " + "; ".join(lines)) from error
