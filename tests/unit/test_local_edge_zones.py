"""What the edge's DNS answers from the records of hosted zones."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from local.edge.front_doors import read_front_doors
from local.edge.kept import Kept
from local.edge.zones import Record, read_records, respond

TARGET = "d1.cloudfront.net"
RECORDS = {
    ("acinaces.localhost", "A"): Record(ttl=60, alias=TARGET),
    ("acinaces.localhost", "AAAA"): Record(ttl=60, alias=TARGET),
    ("acinaces.localhost", "TXT"): Record(ttl=5, values=('"one"', '"two"')),
    ("api.acinaces.localhost", "A"): Record(ttl=60, alias="gone.execute-api.eu-central-1.amazonaws.com"),
    ("www.acinaces.localhost", "CNAME"): Record(ttl=9, values=("acinaces.localhost.",)),
    ("round.acinaces.localhost", "CNAME"): Record(ttl=9, values=("round.acinaces.localhost.",)),
    ("a.deep.acinaces.localhost", "A"): Record(ttl=7, values=("192.0.2.1",)),
}


def ask(name: str, kind: str) -> tuple[str, list[str]]:
    """The response code and all values of the answer."""
    query = dns.message.from_wire(dns.message.make_query(name, kind).to_wire())
    response = dns.message.from_wire(respond(query, RECORDS, {TARGET}).to_wire())
    assert response.id == query.id
    # The values of one record come in any order.
    values = [value for rrset in response.answer for value in sorted(str(value) for value in rrset)]
    assert response.flags & dns.flags.QR
    return dns.rcode.to_text(response.rcode()), values


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("acinaces.localhost", "A", ("NOERROR", ["127.0.0.1"])),
        ("ACINACES.Localhost", "AAAA", ("NOERROR", ["::1"])),
        ("acinaces.localhost", "TXT", ("NOERROR", ['"one"', '"two"'])),
        ("acinaces.localhost", "MX", ("NOERROR", [])),
        ("api.acinaces.localhost", "A", ("NOERROR", [])),
        ("api.acinaces.localhost", "AAAA", ("NOERROR", [])),
        ("www.acinaces.localhost", "A", ("NOERROR", ["acinaces.localhost.", "127.0.0.1"])),
        ("www.acinaces.localhost", "CNAME", ("NOERROR", ["acinaces.localhost."])),
        ("a.deep.acinaces.localhost", "A", ("NOERROR", ["192.0.2.1"])),
        ("deep.acinaces.localhost", "A", ("NOERROR", [])),
        ("nope.acinaces.localhost", "A", ("NXDOMAIN", [])),
        ("example.com", "A", ("NXDOMAIN", [])),
    ],
)
def test_answers(name: str, kind: str, expected: tuple[str, list[str]]) -> None:
    assert ask(name, kind) == expected


def test_a_name_that_points_to_itself_ends() -> None:
    code, values = ask("round.acinaces.localhost", "A")

    assert code == "NOERROR"
    assert set(values) == {"round.acinaces.localhost."}


class Pages:
    """A paginator, or what a call of it gives."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages = pages

    def paginate(self, **_: str) -> Any:
        return self

    def search(self, _expression: str) -> list[Any]:
        return [item for page in self._pages for item in page["items"]]

    def __iter__(self) -> Any:
        return iter(self._pages)


class Client:
    """A client of each service that the edge reads."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, pages: dict[str, Pages], certificates: dict[str, dict[str, Any]]) -> None:
        self._pages = pages
        self._certificates = certificates

    def get_paginator(self, operation: str) -> Pages:
        return self._pages[operation]

    def describe_certificate(self, *, CertificateArn: str) -> dict[str, Any]:
        if CertificateArn not in self._certificates:
            raise self.exceptions.ResourceNotFoundException
        return {"Certificate": self._certificates[CertificateArn]}


def test_private_zones_are_not_answered_from() -> None:
    zones = {
        "HostedZones": [
            {"Id": "/hostedzone/Z1", "Name": "example.", "Config": {"PrivateZone": True}},
            {"Id": "/hostedzone/Z2", "Name": "example."},
        ]
    }
    records = {
        "ResourceRecordSets": [{"Name": "X.example.", "Type": "A", "TTL": 3, "ResourceRecords": [{"Value": "v"}]}]
    }
    client = Client({"list_hosted_zones": Pages(zones), "list_resource_record_sets": Pages(records)}, {})

    found = read_records(lambda _service, _region: client)

    assert found == {("x.example", "A"): Record(ttl=3, values=("v",))}


SERVERS = ("ns-1.awsdns.example.", "ns-2.awsdns.example.")


def read(parent: dict[str, list[str]]) -> Any:
    """What DNS reaches where `test.example` is hosted, and its parent has these NS records."""
    contents = {
        "parent": {"example.": list(SERVERS), **parent},
        "child": {"test.example.": list(SERVERS)},
    }

    class Zones:
        def get_paginator(self, _operation: str) -> Any:
            return self

        def paginate(self, *, HostedZoneId: str = "") -> Any:
            if not HostedZoneId:
                yield {"HostedZones": [{"Id": "child", "Name": "test.example."}, {"Id": "parent", "Name": "example."}]}
                return
            sets: list[dict[str, Any]] = [
                {"Name": name, "Type": "NS", "TTL": 9, "ResourceRecords": [{"Value": value} for value in values]}
                for name, values in contents[HostedZoneId].items()
            ]
            if HostedZoneId == "child":
                sets.append({"Name": "test.example.", "Type": "A", "TTL": 9, "ResourceRecords": [{"Value": "v"}]})
            yield {"ResourceRecordSets": sets}

    return read_records(lambda _service, _region: Zones())


def test_a_zone_is_reached_when_its_hosted_parent_delegates_to_it() -> None:
    assert ("test.example", "A") in read({"test.example.": list(reversed(SERVERS))})


def test_a_zone_that_its_hosted_parent_does_not_delegate_to_is_not_there() -> None:
    assert {name for name, _kind in read({})} == {"example"}


def test_a_delegation_to_other_servers_is_what_a_resolver_sees() -> None:
    found = read({"test.example.": ["ns-9.elsewhere.example."]})

    assert found["test.example", "NS"].values == ("ns-9.elsewhere.example.",)
    assert ("test.example", "A") not in found


def arn(number: int) -> str:
    return f"arn:aws:acm:us-east-1:000000000000:certificate/{number}"


def distribution(
    host: str, certificate: int, *, enabled: bool = True, policy: str = "redirect-to-https"
) -> dict[str, Any]:
    return {
        "DomainName": f"{host}.cloudfront.net",
        "Enabled": enabled,
        "Aliases": {"Items": [host]},
        "ViewerCertificate": {"ACMCertificateArn": arn(certificate)},
        "DefaultCacheBehavior": {"ViewerProtocolPolicy": policy},
    }


def test_only_what_has_an_issued_certificate_and_is_enabled_has_a_door() -> None:
    regions: list[str | None] = []
    certificates: dict[str, dict[str, Any]] = {
        arn(1): {"Status": "ISSUED", "DomainName": "site", "SubjectAlternativeNames": ["site", "*.site"]},
        arn(2): {"Status": "PENDING_VALIDATION", "DomainName": "pending"},
    }
    distributions = {
        "DistributionList": {
            "Items": [
                distribution("Site", 1),
                distribution("open", 1, policy="allow-all"),
                distribution("off", 1, enabled=False),
                distribution("pending", 2),
                distribution("gone", 3),
            ]
        }
    }
    domains = {"items": [{"domainName": "api", "regionalDomainName": "R.example", "regionalCertificateArn": arn(1)}]}
    client = Client({"list_distributions": Pages(distributions), "get_domain_names": Pages(domains)}, certificates)

    def clients(service: str, region: str | None) -> Client:
        if service == "acm":
            regions.append(region)
        return client

    doors = read_front_doors(clients)

    assert {host: door.plain_http for host, door in doors.by_host.items()} == {
        "site": "redirect",
        "open": "serve",
        "api": "closed",
    }
    assert doors.by_host["site"].certificate_names == ("site", "*.site")
    assert {"site.cloudfront.net", "off.cloudfront.net", "r.example"} <= doors.targets
    assert set(regions) == {"us-east-1"}


def test_a_value_is_kept_for_a_moment_and_a_failure_is_not() -> None:
    answers: list[Any] = [1, OSError("down"), 3]

    def read() -> int:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return int(answer)

    kept = Kept(read, keep_s=60)
    assert [kept.value(), kept.value()] == [1, 1]
    fresh = Kept(read, keep_s=-1)
    with pytest.raises(OSError, match="down"):
        fresh.value()
    assert fresh.value() == 3
