"""AWS for `doctor`'s items: answers by service and operation, pages included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from environments import Environment, load_environment
from ops.doctor.surroundings import Surroundings

Answer = Callable[..., Any]


class FakeSurroundings(Surroundings):
    """`answers` maps `service.operation` to what it returns, called with the region and the parameters."""

    def __init__(self, environment: Environment | str = "staging", **answers: Answer) -> None:
        super().__init__(environment if isinstance(environment, Environment) else load_environment(environment))
        self.answers = {name.replace("__", "."): answer for name, answer in answers.items()}

    def client(self, service: str, *, region: str | None = None) -> Any:
        return _Client(self.answers, service, region or self.environment.aws.region)

    def has_credentials(self) -> bool:
        return True


class _Client:
    def __init__(self, answers: dict[str, Answer], service: str, region: str) -> None:
        self._answers, self._service, self._region = answers, service, region

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            return self._answers[f"{self._service}.{operation}"](region=self._region, **parameters)

        return call

    def get_paginator(self, operation: str) -> Any:
        """One page."""
        call = getattr(self, operation)

        class Paginator:
            def paginate(self, **parameters: Any) -> Iterator[Any]:
                yield call(**parameters)

        return Paginator()


def refusing(code: str = "AccessDenied", operation: str = "Operation") -> Answer:
    """An answer that is an error of AWS."""

    def answer(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "refused by the test"}}, operation)

    return answer
