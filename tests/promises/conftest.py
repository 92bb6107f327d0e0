"""The gateways of the integration tests."""

from tests.integration.conftest import gateway, sqlite_gateway

__all__ = ["gateway", "sqlite_gateway"]
