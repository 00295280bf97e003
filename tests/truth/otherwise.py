"""The same code with other arguments: a program that passes awaitables that switch to what suites pass plain ones to.

Run under the observer like a suite. A site that never switched in a suite and does here depends on what is passed: that
it may switch is right. Only arguments are chosen: nothing is replaced, and what is called is made to be given them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from test import test_asyncgen
from test.test_unittest.testmock import testasync


async def pause(*_: object) -> None:
    await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def slow() -> AsyncIterator[None]:
    """Switches when it is entered and when it is left, with an exception too."""
    await pause()
    try:
        yield
    finally:
        await pause()


async def numbers() -> AsyncIterator[int]:
    try:
        yield 1
    finally:
        await pause()


class Slow:
    """An async iterator of 1 and 2 that switches before each, as the helpers of `test_asyncgen` want it."""

    def __init__(self) -> None:
        self.left = [1, 2]

    def __aiter__(self) -> Slow:
        return self

    async def __anext__(self) -> int:
        await pause()
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop(0)


async def blocks() -> None:
    """What `contextlib` drives for its callers."""
    await slow()(pause)()
    with contextlib.suppress(ZeroDivisionError):
        async with slow():
            raise ZeroDivisionError
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(slow())
        stack.push_async_callback(pause)
        stack.push_async_exit(pause)
    async with contextlib.aclosing(numbers()) as each:
        await anext(each)


def iterators() -> None:
    """What is asked of iterators by the tests of `anext`. The last thing that they do is to send to one that must not
    wait; there this one fails them, after all that is of interest."""
    case = test_asyncgen.AsyncGenAsyncioTest()
    case.setUp()
    try:
        with contextlib.suppress(AssertionError):
            case.check_async_iterator_anext(Slow)
    finally:
        case.tearDown()


if __name__ == "__main__":
    asyncio.run(blocks())
    iterators()
    asyncio.run(testasync.AsyncMockAssert()._await_coroutine(pause()))
