"""What a deployment of an environment consists of (MISSION M15), from its templates; where it is known, what serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ops.documents.assembly import Assembly, Resource
from ops.documents.markdown import bullets, code, page, table
from ops.manifest import Manifest

_AT_DEPLOYMENT = "(known when deployed)"
_OWN_NAME = "(its own name)"


def deployment_page(assembly: Assembly, *, live: Manifest | None = None, as_of: str = "") -> str:
    """The page; `live` is the manifest of what serves, read at `as_of` (ISO 8601)."""
    environment = assembly.environment
    return page(
        f"# Deployment of {environment.name}",
        f"{environment.description}. What the templates say; generated, not written.",
        *(_live(live, as_of) if live else ()),
        "## Place",
        bullets(_place(assembly)),
        table(("stack", "region", "what"), _stacks(assembly)),
        "## Endpoints",
        table(("what", "address"), _endpoints(assembly)),
        "## Functions",
        table(("function", "path", "memory", "time limit"), _functions(assembly)),
        "## Variables",
        "Of every function:",
        table(("variable", "value"), _common(assembly).items()),
        "And of some:",
        table(("function", "variable", "value"), _own(assembly)),
        "## State",
        table(("what", "name"), _state(assembly)),
        "## Secrets",
        "Values stay in Secrets Manager; the functions named read them.",
        table(("secret", "comes from", "read by"), _secrets(assembly)),
        "## Watched",
        table(("schedule", "what", "how often", ""), _schedules(assembly)),
        bullets(_recipients(assembly)),
        "## Manual steps",
        "Everything else is done by `make deploy`.",
        _numbered(_steps(assembly)),
    )


def _live(live: Manifest, as_of: str) -> Iterator[str]:
    yield "## What serves"
    yield table(
        ("", ""),
        [
            ("read at", as_of),
            ("release", code(live.release_id)),
            ("commit", code(live.git_commit)),
            (
                "verdict of its gate",
                live.verification_summary if live.verification_summary.startswith(live.verdict) else live.verdict,
            ),
            ("report", code(live.report)),
            ("API, by its own name", live.api_gateway_stage_invoke_url),
            ("site, by CloudFront's name", f"https://{live.cloudfront_domain_name}"),
            ("distribution", code(live.cloudfront_distribution_id)),
            ("Redis", code(live.redis_endpoint)),
            ("VPC", code(live.vpc_id)),
            ("private subnets", ", ".join(map(code, live.private_subnet_ids))),
            ("public subnets", ", ".join(map(code, live.public_subnet_ids))),
        ],
    )


def _place(assembly: Assembly) -> Iterator[str]:
    environment = assembly.environment
    yield f"account {code(environment.aws.account)}, region {code(environment.aws.region)}"
    yield f"availability zones {', '.join(map(code, environment.availability_zones))}"
    yield "protected from deletion" if environment.protected else "may be deleted at any time"
    if environment.require_manual_approval:
        yield "a person approves each release"
    trading = environment.trading
    real = trading.allow_real_trades and trading.live_trading and not trading.paper_trading_mode
    yield "**real orders leave the platform**" if real else "orders are simulated (paper trading)"


def _stacks(assembly: Assembly) -> Iterator[tuple[str, str, str]]:
    for part, template in assembly.templates.items():
        what = str(template.get("Description", "")).partition(": ")[2]
        yield code(f"Acinaces-{assembly.environment.name}-{part}"), assembly.regions[part], what


def _endpoints(assembly: Assembly) -> Iterator[tuple[str, str]]:
    environment = assembly.environment
    yield "site", environment.site_url
    yield "API", environment.api_url
    yield "health, without a key", f"{environment.api_url}/health"


def _handlers(assembly: Assembly) -> list[tuple[str, Resource]]:
    """The platform's functions, by handler; a handler's description is `name: path`."""
    prefix = assembly.environment.resource_name("")
    return [
        (found.name.removeprefix(prefix), found)
        for found in assembly.resources("AWS::Lambda::Function")
        if found.name and str(found.properties.get("Handler", "")).startswith("lambda_src.handlers.")
    ]


def _functions(assembly: Assembly) -> Iterator[tuple[str, str, str, str]]:
    for name, found in _handlers(assembly):
        path = str(found.properties.get("Description", "")).partition(": ")[2]
        properties = found.properties
        yield code(name), code(path), f"{properties['MemorySize']} MB", f"{properties['Timeout']} s"


def _variables(assembly: Assembly, found: Resource) -> dict[str, str]:
    variables: Mapping[str, object] = found.properties.get("Environment", {}).get("Variables", {})
    own_name = found.name.removeprefix(assembly.environment.resource_name(""))
    return {
        name: _OWN_NAME if value == own_name else code(assembly.text(found.part, value)) or _AT_DEPLOYMENT
        for name, value in sorted(variables.items())
    }


def _common(assembly: Assembly) -> dict[str, str]:
    every = [_variables(assembly, found) for _, found in _handlers(assembly)]
    first, *others = every or [{}]
    return {code(name): value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _own(assembly: Assembly) -> Iterator[tuple[str, str, str]]:
    common = _common(assembly)
    for name, found in _handlers(assembly):
        for variable, value in _variables(assembly, found).items():
            if code(variable) not in common:
                yield code(name), code(variable), value


def _state(assembly: Assembly) -> Iterator[tuple[str, str]]:
    for table_ in assembly.resources("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        yield "table", code(table_.name)
    for vault in assembly.resources("AWS::Backup::BackupVault"):
        yield "backups", code(vault.name)
    for queue in assembly.resources("AWS::SQS::Queue"):
        yield "queue", code(queue.name)


def _secrets(assembly: Assembly) -> Iterator[tuple[str, str, str]]:
    readers: dict[str, list[str]] = {}
    for name, found in _handlers(assembly):
        for value in found.properties.get("Environment", {}).get("Variables", {}).values():
            target = assembly.target(found.part, value)
            if target and target.type == "AWS::SecretsManager::Secret":
                readers.setdefault(target.name, []).append(name)
    for secret in assembly.resources("AWS::SecretsManager::Secret"):
        source = "people" if is_placeholder(secret) else "generated"
        yield code(secret.name), source, ", ".join(map(code, readers.get(secret.name, [])))


def is_placeholder(secret: Resource) -> bool:
    """Whether people fill the secret in."""
    return "PLACEHOLDER" in str(secret.properties.get("GenerateSecretString", {}).get("SecretStringTemplate", ""))


def _schedules(assembly: Assembly) -> Iterator[tuple[str, str, str, str]]:
    for schedule in assembly.resources("AWS::Scheduler::Schedule"):
        properties = schedule.properties
        state = "" if properties.get("State") == "ENABLED" else "off"
        yield code(schedule.name), str(properties.get("Description", "")), properties["ScheduleExpression"], state


def recipients(assembly: Assembly) -> dict[str, list[str]]:
    """Who hears of alarms: endpoints of people, by topic."""
    found: dict[str, list[str]] = {}
    for subscription in assembly.resources("AWS::SNS::Subscription"):
        endpoint = assembly.text(subscription.part, subscription.properties.get("Endpoint"))
        if endpoint.startswith("{{resolve:secretsmanager:"):
            endpoint = f"the address in the secret {endpoint.split(':')[2]}"
        topic = assembly.text(subscription.part, subscription.properties.get("TopicArn"))
        if endpoint and subscription.properties.get("Protocol") not in ("sqs", "lambda"):
            name = topic.removeprefix(assembly.environment.resource_name("")).removeprefix("alerts-")
            found.setdefault(name, []).append(endpoint)
    for channel in assembly.resources("AWS::Chatbot::SlackChannelConfiguration"):
        for endpoints in found.values():
            endpoints.append(f"Slack channel {channel.properties['SlackChannelId']}")
    return {topic: sorted(endpoints) for topic, endpoints in sorted(found.items())}


def _recipients(assembly: Assembly) -> Iterator[str]:
    for topic, endpoints in recipients(assembly).items():
        yield f"*{topic}* alarms are told to {', '.join(map(code, endpoints))}"


def _steps(assembly: Assembly) -> Iterator[str]:
    environment = assembly.environment
    name = environment.name
    if environment.gate.allow_loopback:
        yield "None: `make local` starts the cloud and deploys to it."
        return
    yield f"Once: sign in to account {code(environment.aws.account)} and {code(f'make bootstrap ENV={name}')}."
    if environment.domain.zone_id is None:
        zone = environment.domain.zone
        yield (
            f"Once, before the first deployment: create the hosted zone {code(zone)}, delegate to it, and put its id "
            f"into {code('domain.zone_id')}; {code(f'acinaces doctor --env {name}')} prints the records."
        )
    for address in sorted({address for some in recipients(assembly).values() for address in some if "@" in address}):
        yield f"Once: confirm AWS's mail to {code(address)}, for each topic; without that no alarm reaches it."
    secrets = [secret.name for secret in assembly.resources("AWS::SecretsManager::Secret") if is_placeholder(secret)]
    if secrets:
        yield (
            f"{code(f'acinaces secrets populate --env {name}')}: {', '.join(map(code, secrets))}. An exchange that is "
            "not used may stay empty, except where production's checks are on."
        )
    if environment.require_manual_approval:
        yield f"Each release: read and sign [its checklist](readiness.md), {code(f'acinaces docs --env {name}')}."


def _numbered(lines: Iterator[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
