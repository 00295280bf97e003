"""A parent awaits a child: where can another task run?"""

import asyncio


async def child():
    print("child start")
    await asyncio.sleep(0)
    print("child end")


async def parent():
    print("parent before")
    await child()
    print("parent after")


if __name__ == "__main__":
    asyncio.run(parent())
