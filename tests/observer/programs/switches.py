# ruff: noqa
# fmt: off
"""What counts as a switch, and how often. Comments as in kinds.py."""

import asyncio
import types


@types.coroutine
def trap(times):
    for _ in range(times):
        yield


@types.coroutine
def plumbing(times):
    yield from trap(times)


class Awaitable:
    def __await__(self):
        yield
        return 1


class Iterator:
    def __await__(self):
        return iter([None])


async def many():
    await trap(5)  # await 3 of 3
    await trap(0)  # await 0 of 3
    await plumbing(2)  # await 3 of 3
    await Awaitable()  # await 3 of 3
    await Iterator()  # await 3 of 3


async def nested():
    await many()  # await 3 of 3


async def looping():
    for _ in range(3):
        await nested()  # await 3 of 3


async def cancelled():
    try:
        await asyncio.sleep(60)  # await 1 of 1
    except asyncio.CancelledError:
        await asyncio.sleep(0)  # await 1 of 1
        raise


async def waits_for_cancelled():
    await cancelled()  # await 1 of 1


async def cancelling():
    task = asyncio.ensure_future(waits_for_cancelled())
    await asyncio.sleep(0)  # await 1 of 1
    task.cancel()
    try:
        await task  # await 1 of 1
    except asyncio.CancelledError:
        await asyncio.sleep(0, await asyncio.sleep(0))  # await 1 of 1, await 1 of 1
    await task.get_loop().create_task(asyncio.sleep(0))  # await 1 of 1


async def not_awaitable():
    try:
        await 1  # await 0 of 1
    except TypeError:
        pass


async def thrown_at():
    try:
        await trap(1)  # await 1 of 1
    except ValueError:
        await trap(1)  # await 1 of 1


async def above():
    await thrown_at()  # await 1 of 1


async def recursive(depth):
    if depth:
        await recursive(depth - 1)  # await 12 of 12
    else:
        await trap(2)  # await 4 of 4


async def short_lived():
    await trap(1)  # await 50 of 50


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


def throw_into(coroutine):
    coroutine.send(None)
    coroutine.throw(ValueError)
    drive(coroutine)


drive(looping())
throw_into(above())
drive(not_awaitable())
together = [recursive(3) for _ in range(4)]
for each in together:
    each.send(None)
for each in together:
    drive(each)
for _ in range(50):
    each = short_lived()
    each.send(None)
    each.close()
asyncio.run(cancelling())
