"""What is counted of publications and witnesses, and that neither makes the gateway unready."""

from datetime import timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from edi_gateway.model.moment import timestamp
from tests.integration.api.test_levels import post, serve_with
from tests.support.client import Client
from tests.support.gateway import order_response, pem
from tests.support.neighbours import neighbours, witnessed

MINUTE = timedelta(minutes=1)


def samples(client: Client) -> dict[tuple[str, str], float]:
    """By name, without what all have in front, and witness."""
    answer = client.get("/metrics", client.token("operator"))
    assert answer.status_code == 200
    return {
        (sample.name.removeprefix("edi_gateway_"), sample.labels.get("witness", "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_is_not_published_yet_is_told(client: Client) -> None:
    found = samples(client)
    assert (found["published_size", ""], found["published_lag", ""], found["published_age_seconds", ""]) == (0, 4, 0)
    client.gateway.publisher.publish()
    post(client)
    client.clock.now += MINUTE
    found = samples(client)
    assert (found["published_size", ""], found["published_lag", ""]) == (4, 1)
    assert 60 <= found["published_age_seconds", ""] < 61


def test_a_witness_that_owes_a_cosignature_is_told_and_harms_nothing(client: Client, tmp_path: Path) -> None:
    one, two = members = neighbours(tmp_path, client.gateway, "one", "two")
    serve_with(client, witnessed=witnessed(client.gateway, "all", *members))
    client.gateway.publisher.publish()
    assert one.submitter(client.gateway).submit()
    assert two.submitter(client.gateway).submit()
    post(client)
    client.gateway.publisher.publish()
    assert one.submitter(client.gateway).submit()
    client.clock.now += MINUTE
    found = samples(client)
    assert (found["witness_size", "one"], found["witness_size", "two"]) == (5, 4)
    assert found["witness_overdue_seconds", "one"] == 0
    assert 60 <= found["witness_overdue_seconds", "two"] < 61
    assert client.get("/readyz").status_code == 200


def test_partners_keys_that_end_are_told(client: Client) -> None:
    ends = {"until": timestamp(client.clock.now + timedelta(days=10))}
    body = {"publicKey": pem("acme's next").decode(), **ends}
    assert client.post_json("/v1/partners/acme/keys", body, client.token("operator")).status_code == 201
    told = client.get("/metrics", client.token("operator")).text
    labels = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }
    assert 863_990 < labels["edi_gateway_key_end_seconds", "acme"] <= 864_000
    assert [labels["edi_gateway_keys_ending", days] for days in ("60", "14", "7")] == [1, 1, 0]
    assert "edi_gateway_keys_still_used{" not in told
    assert client.post_signed(order_response(), "acme").status_code == 201
    assert 'edi_gateway_keys_still_used{partner="acme"} 1.0' in client.get("/metrics", client.token("operator")).text
