"""What watches a platform, in memory behind `FakeAws`: alarms, topics, a queue, traces, logs."""

from __future__ import annotations

import json
from typing import Any

from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.building.monitoring import (
    AlertTest,
    CountedLog,
    WatchedAlarm,
    WatchedFunction,
    WatchedTopic,
    monitoring_checks,
)
from lambda_src.verification.plan import AnyCheck
from tests.faults.support.fake_aws import FakeAws

PREFIX = "local-crypto-trading-"
TOPIC = f"arn:aws:sns:eu-central-1:000000000000:{PREFIX}alerts-critical"
ALERT_TEST = AlertTest(
    alarm=f"{PREFIX}verification-test-alert",
    topic=TOPIC.replace("critical", "test"),
    queue_url=f"http://sqs/000000000000/{PREFIX}alerts-test",
)
HEALTH = WatchedFunction(
    name="health", function=f"{PREFIX}health", log_group="/aws/lambda/health", path="/health", public=True
)
ACCESS_LOG = "/aws/apigateway/api"
ERRORS = f"{PREFIX}health-errors"
ADDRESS = "oncall@acinaces.com"


def subscription(endpoint: str = ADDRESS, *, confirmed: bool = True, protocol: str = "email") -> dict[str, str]:
    """One subscription as SNS lists it."""
    arn = f"{TOPIC}:{endpoint}" if confirmed else "PendingConfirmation"
    return {"SubscriptionArn": arn, "Protocol": protocol, "Endpoint": endpoint, "TopicArn": TOPIC}


def alarm(name: str = ERRORS, state: str = "OK", **changes: Any) -> dict[str, Any]:
    """One alarm as CloudWatch describes it."""
    described = {"AlarmName": name, "StateValue": state, "StateReason": "by the test", "ActionsEnabled": True}
    return {**described, "AlarmActions": [TOPIC], **changes}


class FakeMonitoring:
    """A healthy environment; a test changes what is public here before the run."""

    def __init__(self, aws: FakeAws) -> None:
        self.alarms = {ERRORS: alarm()}
        self.subscriptions = [subscription()]
        # Subscriptions' filter policies by endpoint; topics' attributes that differ from the others'.
        self.filters: dict[str, str] = {}
        self.topic_changes: dict[str, dict[str, str]] = {}
        self.dashboards = {f"{PREFIX}platform": json.dumps({"widgets": [{}]})}
        self.messages: list[str] = []
        self.test_alarm = "OK"
        # False: the topic's messages do not reach the queue.
        self.delivers = True
        self.tracing = "Active"
        self.traces = [{"Id": "1-00000000-000000000000000000000000"}]
        self.log_groups: dict[str, list[dict[str, Any]]] = {
            group: [{"logStreamName": "s", "message": "m"}] for group in (HEALTH.log_group, ACCESS_LOG)
        }
        self.counted = ["FailedLogins", "BlockedRequests"]
        aws.answers |= {
            "cloudwatch.describe_alarms": self._describe_alarms,
            "cloudwatch.get_dashboard": self._get_dashboard,
            "sns.list_subscriptions_by_topic": lambda **_: {"Subscriptions": self.subscriptions},
            "sns.get_subscription_attributes": self._subscription_attributes,
            "sns.get_topic_attributes": self._topic_attributes,
            "cloudwatch.set_alarm_state": self._set_alarm_state,
            "sqs.receive_message": self._receive,
            "sqs.delete_message": self._delete,
            "lambda.get_function_configuration": lambda **_: {"TracingConfig": {"Mode": self.tracing}},
            "xray.get_trace_summaries": lambda **_: {"TraceSummaries": self.traces},
            "logs.filter_log_events": lambda logGroupName, **_: {"events": self.log_groups[logGroupName]},
            "logs.describe_metric_filters": self._filters,
        }

    def checks(
        self, *, alarms: tuple[str, ...] = (ERRORS,), production: bool = False, only: str = ""
    ) -> tuple[AnyCheck, ...]:
        """The checks of this environment as the release builds them; those whose name contains `only`."""
        built = monitoring_checks(
            prefix=PREFIX,
            production=production,
            functions=[HEALTH],
            alarms=[WatchedAlarm(alarm=name, function="health") for name in alarms],
            topics=[WatchedTopic(name="critical", arn=TOPIC, recipients=(ADDRESS,))],
            alert_test=ALERT_TEST,
            dashboards=[f"{PREFIX}platform"],
            access_log=ACCESS_LOG,
            counted=CountedLog(log_group=ACCESS_LOG, namespace="Acinaces/local", metrics=tuple(self.counted)),
            ignored_alarm_prefixes=[f"{PREFIX}verification"],
        )
        return tuple(check for check in built if only in check.name)

    def _describe_alarms(self, AlarmNamePrefix: str, AlarmTypes: list[str], **page: Any) -> dict[str, Any]:
        """Two pages of metric alarms; no composite ones."""
        if AlarmTypes != ["MetricAlarm"]:
            return {"CompositeAlarms": []}
        found = [one for name, one in sorted(self.alarms.items()) if name.startswith(AlarmNamePrefix)]
        if page.get("NextToken"):
            return {"MetricAlarms": found[1:]}
        return {"MetricAlarms": found[:1], **({"NextToken": "more"} if len(found) > 1 else {})}

    def _get_dashboard(self, DashboardName: str) -> dict[str, Any]:
        if DashboardName not in self.dashboards:
            raise AwsProblem(f"cloudwatch get_dashboard on {DashboardName}: not there", code="ResourceNotFound")
        return {"DashboardBody": self.dashboards[DashboardName]}

    def _subscription_attributes(self, SubscriptionArn: str) -> dict[str, Any]:
        policy = self.filters.get(SubscriptionArn.rpartition(":")[2])
        return {"Attributes": {"FilterPolicy": policy} if policy else {}}

    def _topic_attributes(self, TopicArn: str) -> dict[str, Any]:
        statement = {"Sid": TopicArn, "Action": "sns:Publish", "Resource": TopicArn}
        attributes = {"Policy": json.dumps({"Statement": [statement]}), "KmsMasterKeyId": "key"}
        return {"Attributes": attributes | self.topic_changes.get(TopicArn, {})}

    def _set_alarm_state(self, AlarmName: str, StateValue: str, StateReason: str) -> dict[str, Any]:
        """As CloudWatch: an action follows a change only."""
        assert AlarmName == ALERT_TEST.alarm
        if self.delivers and StateValue == "ALARM" != self.test_alarm:
            self.messages.append(json.dumps({"AlarmName": AlarmName, "NewStateReason": StateReason}))
        self.test_alarm = StateValue
        return {}

    def _receive(self, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:
        assert VisibilityTimeout == 0, "other runs would not see their alerts"
        return {"Messages": [{"Body": body, "ReceiptHandle": body} for body in self.messages]}

    def _delete(self, ReceiptHandle: str, **_: Any) -> dict[str, Any]:
        self.messages.remove(ReceiptHandle)
        return {}

    def _filters(self, **_: Any) -> dict[str, Any]:
        changes = [{"metricNamespace": "Acinaces/local", "metricName": name} for name in self.counted]
        return {"metricFilters": [{"metricTransformations": [change]} for change in changes]}
