"""What several checks ask for at the same moment is asked once; nobody is hurt by another's end."""

from __future__ import annotations

import asyncio

import pytest

from lambda_src.verification.shared import SharedAnswers


class Source:
    """Counts how often it was asked; answers when told, or at once."""

    def __init__(self, *problems: Exception) -> None:
        self.asked = 0
        self.problems = list(problems)
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self) -> int:
        self.asked += 1
        await self.gate.wait()
        if self.problems:
            raise self.problems.pop(0)
        return self.asked


def test_those_who_ask_at_once_share_one_answer() -> None:
    async def scenario() -> None:
        shared, source = SharedAnswers(), Source()
        assert await asyncio.gather(*(shared.get("a", source.ask) for _ in range(9))) == [1] * 9
        assert await shared.get("a", source.ask) == 1
        assert await shared.get("b", source.ask) == 2

    asyncio.run(scenario())


def test_an_old_answer_is_asked_for_again() -> None:
    async def scenario() -> None:
        shared, source = SharedAnswers(), Source()
        await shared.get("a", source.ask)
        assert await shared.get("a", source.ask, fresh_s=-1) == 2

    asyncio.run(scenario())


def test_a_problem_is_everybodys_and_is_not_remembered() -> None:
    async def scenario() -> None:
        shared, source = SharedAnswers(), Source(ValueError("no"))
        outcomes = await asyncio.gather(*(shared.get("a", source.ask) for _ in range(3)), return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["no"] * 3
        assert await shared.get("a", source.ask) == 2

    asyncio.run(scenario())


def test_whoever_asked_first_may_go_without_taking_the_answer_along() -> None:
    async def scenario() -> None:
        shared, source = SharedAnswers(), Source()
        source.gate.clear()
        first, second = (asyncio.ensure_future(shared.get("a", source.ask)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        source.gate.set()
        assert await second == 1
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(scenario())
