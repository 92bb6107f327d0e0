"""docs/settings.md as the settings' own descriptions give it: `python -m tests.house.settings_table > docs/settings.md`."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from edi_gateway.settings import CONFIG_FILE, Settings

_HEAD = f"""# Settings

Options of the command line come first, then environment variables, then `{CONFIG_FILE}` in the working directory, then the default. A name
that isn't in this list is refused at the start, and so is a value that makes no sense. Sizes are in bytes, durations in seconds.

In `{CONFIG_FILE}` a setting has its plain name:

```toml
data_dir = "/var/lib/edi-gateway"
tls_cert = "/etc/edi-gateway/server.pem"
tls_key = "/etc/edi-gateway/server.key"
```

| setting | environment variable | default | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole of docs/settings.md."""
    return _HEAD + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        yield f"| `{name}` | `{prefix}{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, "") or isinstance(value, SecretStr):
        return "–"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


if __name__ == "__main__":
    print(page(), end="")
