# ruff: noqa
# fmt: off
"""Every kind of site. A comment says, in source order, how often each site of its line switched, and ran."""

import asyncio


class Quiet:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return True


class Loud:
    async def __aenter__(self):
        await asyncio.sleep(0)  # await 2 of 2

    async def __aexit__(self, *error):
        await asyncio.sleep(0)  # await 2 of 2


async def plain(value):
    return value


async def deep(value):
    return await plain(value)  # await 0 of 6


async def numbers(count):
    for number in range(count):
        yield number


async def slow(count):
    for number in range(count):
        await asyncio.sleep(0)  # await 8 of 8
        yield number


async def awaits():
    for number in range(6):
        await deep(number)  # await 0 of 6
    for flag in (True, False, True):
        await (asyncio.sleep(0) if flag else plain(1))  # await 2 of 3
    await plain(await plain(await asyncio.sleep(0, 1)))  # await 0 of 1, await 0 of 1, await 1 of 1
    await asyncio.gather(plain(1), plain(2))  # await 1 of 1
    return await (asyncio  # await 1 of 1
        .sleep(0)
    )


async def blocks():
    async with Quiet() as one, Loud():  # enter 0 of 1, enter 1 of 1, exit 0 of 1, exit 1 of 1
        await plain(one)  # await 0 of 1
    async with (
        Quiet(),  # enter 0 of 1, exit 0 of 1
        Loud(),  # enter 1 of 1, exit 1 of 1
    ):
        raise ValueError


async def leaving(count):
    try:
        raise ValueError
    except ValueError:
        for number in range(count):
            async with Quiet(), Quiet() if number else Quiet():  # enter 0 of 3, enter 0 of 3, exit 0 of 3, exit 0 of 3
                if number == 1:
                    continue
                if number == 2:
                    return await plain(number)  # await 0 of 1
    finally:
        async with Quiet(), Quiet():  # enter 0 of 1, enter 0 of 1, exit 0 of 1, exit 0 of 1
            await plain(1)  # await 0 of 1


async def failing():
    try:
        raise KeyError
    finally:
        async with Quiet():  # enter 0 of 1, exit 0 of 1
            async with Quiet(), Quiet():  # enter 0 of 1, enter 0 of 1, exit 0 of 1, exit 0 of 1
                raise ValueError


async def loops():
    async for _ in numbers(3):  # next 0 of 4
        pass
    async for _ in slow(3):  # next 3 of 4
        pass
    async for number in numbers(9):  # next 0 of 2
        if number:
            break


async def comprehensions():
    one = [x async for x in slow(2)]  # next 2 of 3
    two = {await plain(x) for x in range(2)}  # await 0 of 2
    three = [[y async for y in numbers(1)] async for x in numbers(2)]  # next 0 of 3, next 0 of 4
    four = (await plain(x) async for x in slow(2))  # next 2 of 3, await 0 of 2
    return one, two, three, [x async for x in four]  # next 2 of 3


async def by_hand():
    generator = slow(1)
    await generator.__anext__()  # await 1 of 1
    await generator.aclose()  # await 0 of 1


async def main():
    await awaits()  # await 1 of 1
    await blocks()  # await 1 of 1
    await leaving(3)  # await 0 of 1
    try:
        await failing()  # await 0 of 1
    except KeyError:
        pass
    await loops()  # await 1 of 1
    await comprehensions()  # await 1 of 1
    await by_hand()  # await 1 of 1


asyncio.run(main())
