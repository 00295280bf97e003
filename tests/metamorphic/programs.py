"""Generated async programs: modules whose `main()` ends, made of what people build asynchronous code from.

In: hypothesis's draws. Out: the text of a module. A definition mentions what stands before it, and statements at module
level and in functions rebind it afterwards. This module must not know what switches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

HEAD = """\
import asyncio
import contextlib
import functools

async def switching():
    await asyncio.sleep(0)

async def quiet():
    return None
"""


@st.composite
def programs(draw: st.DrawFn, most: int = 9) -> str:
    """The text of a module with a coroutine function `main`."""
    return Writer(draw).program(draw(st.integers(2, most)))


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> tuple[tuple[int, ...], ...]:
    """Which functions call which: each calls only such as stand before it."""
    made: list[tuple[int, ...]] = [()]
    for number in range(1, draw(st.integers(2, most))):
        made.append(tuple(draw(st.lists(st.integers(0, number - 1), max_size=3))))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Names:
    """What a piece of code can mention. Each is a list of expressions or of names."""

    callables: tuple[str, ...] = ("switching", "quiet")
    takers: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    awaitables: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    dicts: tuple[str, ...] = ()
    setters: tuple[str, ...] = ()

    def plus(self, **more: str) -> Names:
        return replace(self, **{kind: (*getattr(self, kind), name) for kind, name in more.items()})


@dataclass(slots=True)
class Writer:
    """Draws a program piece by piece. Depth of expressions and statements is bounded."""

    draw: st.DrawFn
    names: Names = field(default_factory=Names)
    count: int = 0

    def program(self, definitions: int) -> str:
        parts = [HEAD]
        for _ in range(definitions):
            parts.append("\n".join(self.definition()))
        parts.append("\n".join(["async def main():", *indented(self.final())]))
        if self.maybe():
            parts.append("\n".join(self.rebinding(self.names)))
        return "\n\n".join(part for part in parts if part) + "\n"

    def final(self) -> list[str]:
        lines = [line for _ in range(self.number(1, 4)) for line in self.guarded(self.names)]
        return lines or ["pass"]

    def guarded(self, names: Names) -> list[str]:
        """One failure must not hide what comes after it."""
        return [
            "try:",
            *indented(self.statement(names, 2, "")),
            "except (ValueError, AssertionError, StopAsyncIteration):",
            "    pass",
        ]

    # draws

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def pick(self, options: Sequence[str]) -> str:
        return self.draw(st.sampled_from(options))

    def one(self, *options: Callable[[], list[str]]) -> list[str]:
        return self.draw(st.sampled_from(options))()

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    # module level

    def definition(self) -> list[str]:
        return self.one(
            self.function, self.function, self.taker, self.taker, self.maker, self.decorator, self.variable,
            self.container, self.generator, self.manager, self.context, self.store, self.subclass, self.awaitable,
            self.stepper, self.flag, self.setter, self.top_rebinding,
        )  # fmt: skip

    def function(self) -> list[str]:
        name = self.fresh("f")
        lines = [*self.decorated(), f"async def {name}():", *self.body(self.names)]
        self.names = self.names.plus(callables=name)
        return lines

    def decorated(self) -> list[str]:
        return [f"@{self.pick(self.names.makers)}"] if self.names.makers and self.maybe() else []

    def taker(self) -> list[str]:
        name = self.fresh("t")
        form = self.pick(["cb", "cb", f"cb={self.called(self.names)}", "*cbs", "**kw"])
        inner = self.names.plus(callables={"*cbs": "cbs[0]", "**kw": 'kw["cb"]'}.get(form, "cb"))
        lines = [f"async def {name}({form}):", *self.body(inner)]
        if form == "*cbs":
            lines[1:1] = ["    for each in cbs:", "        await each()"] if self.maybe() else []
        self.names = self.names.plus(
            **({"callables": f"(lambda: {name}(cb=switching))"} if "**" in form else {"takers": name})
        )
        return lines

    def maker(self) -> list[str]:
        """A plain function that takes a callable and returns another."""
        name = self.fresh("make")
        inner = self.names.plus(callables="cb")
        lines = [f"def {name}(cb):", "    async def made():", *indented(self.body(inner))]
        if self.maybe():
            lines.append(f"    cb = {self.called(inner)}")
        lines.append(f"    return {self.pick(['made', 'made', 'cb', 'lambda: made()', 'functools.partial(made)'])}")
        self.names = self.names.plus(makers=name)
        return lines

    def decorator(self) -> list[str]:
        name = self.fresh("wrap")
        inner = self.names.plus(callables="fn")
        lines = [f"def {name}(fn):", "    @functools.wraps(fn)", "    async def wrapper(*args, **kwargs):"]
        lines += indented(self.body(inner))
        lines += ["        return await fn(*args, **kwargs)", "    return wrapper"]
        self.names = self.names.plus(makers=name)
        return lines

    def variable(self) -> list[str]:
        name = self.fresh("v")
        lines = [f"{name} = {self.called(self.names)}"]
        self.names = self.names.plus(callables=name)
        return lines

    def container(self) -> list[str]:
        items = [self.called(self.names) for _ in range(self.number(1, 2))]
        if self.maybe():
            name = self.fresh("items")
            self.names = self.names.plus(lists=name)
            return [f"{name} = [{', '.join(items)}]"]
        name = self.fresh("table")
        self.names = self.names.plus(dicts=name)
        return [f'{name} = {{"a": {items[0]}, "b": {items[-1]}}}']

    def generator(self) -> list[str]:
        name = self.fresh("g")
        before, after = (self.body(self.names, loops=False) if self.maybe() else [] for _ in range(2))
        middle = ["    yield 1"]
        if self.maybe():
            middle = ["    try:", "        yield 1", "    finally:", *indented(self.body(self.names))]
        self.names = self.names.plus(generators=f"{name}()")
        return [f"async def {name}():", *before, *middle, *after]

    def manager(self) -> list[str]:
        name = self.fresh("m")
        inner = self.names.plus(callables="cb")
        lines = ["@contextlib.asynccontextmanager", f"async def {name}(cb=quiet):", *self.body(inner, loops=False)]
        lines += ["    try:", "        yield cb", "    finally:", *indented(self.body(inner))]
        self.names = self.names.plus(managers=f"{name}({self.called(self.names) if self.maybe() else ''})")
        return lines

    def context(self) -> list[str]:
        name = self.fresh("Context")
        enter, leave = self.body(self.names), self.body(self.names)
        lines = [f"class {name}:", "    async def __aenter__(self):", *indented(enter)]
        lines += ["    async def __aexit__(self, *error):", *indented(leave)]
        self.names = self.names.plus(managers=f"{name}()")
        return lines

    def store(self) -> list[str]:
        """A class that keeps a callable which its constructor was given."""
        name = self.fresh("Store")
        inner = self.names.plus(callables="self.cb", flags="self.on")
        lines = [f"class {name}:", "    on = False", "    def __init__(self, cb):", "        self.cb = cb"]
        if self.maybe():
            lines.append(f"        self.on = {self.pick(['True', 'False', 'not self.on'])}")
        lines += ["    async def run(self):", *indented(self.body(inner)), "    async def hook(self):"]
        lines += indented(self.body(inner))
        lines += ["    async def both(self):", "        await self.hook()", "        await self.run()"]
        if self.maybe():
            lines += ["    async def __call__(self):", "        await self.cb()"]
            self.names = self.names.plus(callables=f"{name}({self.called(self.names)})")
        self.names = self.names.plus(stores=name)
        return lines

    def subclass(self) -> list[str]:
        if not self.names.stores:
            return self.store()
        base, name = self.pick(self.names.stores), self.fresh("Store")
        inner = self.names.plus(callables="self.cb", flags="self.on")
        lines = [f"class {name}({base}):", f"    async def {self.pick(['hook', 'run', 'both'])}(self):"]
        lines += indented(self.body(inner))
        if self.maybe():
            lines.append(f"        await super().{self.pick(['hook', 'run'])}()")
        if self.maybe():
            lines += [
                "    def __init__(self, cb):",
                f"        super().__init__({self.called(inner.plus(callables='cb'))})",
            ]
        self.names = self.names.plus(stores=name)
        return lines

    def awaitable(self) -> list[str]:
        name = self.fresh("Awaitable")
        inner = self.called(self.names)
        form = self.pick(
            [
                f"return {inner}().__await__()",
                f"yield from {inner}().__await__()",
                "yield",
                "return iter(())",
                "yield from ()",
            ]
        )
        self.names = self.names.plus(awaitables=f"{name}()")
        return [f"class {name}:", "    def __await__(self):", f"        {form}"]

    def stepper(self) -> list[str]:
        name = self.fresh("Steps")
        lines = [f"class {name}:", "    def __init__(self):", "        self.left = 2", "    def __aiter__(self):"]
        lines += ["        return self", "    async def __anext__(self):", "        self.left -= 1"]
        lines += ["        if self.left < 0:", "            raise StopAsyncIteration"]
        lines += indented(self.body(self.names.plus(flags="self.left")))
        self.names = self.names.plus(generators=f"{name}()")
        return lines

    def flag(self) -> list[str]:
        name = self.fresh("flag")
        self.names = self.names.plus(flags=name)
        return [f"{name} = {self.pick(['True', 'False', 'None', '0'])}"]

    def setter(self) -> list[str]:
        """A function that rebinds something of the module when it is called."""
        name = self.fresh("set")
        changes = self.rebinding(self.names)
        bound = sorted({line.split(" ")[0] for line in changes if line.split(" ")[0].isidentifier() and " = " in line})
        declared = [f"    global {', '.join(bound)}"] if bound else []
        self.names = self.names.plus(setters=name)
        return [f"def {name}():", *declared, *indented(changes)]

    def top_rebinding(self) -> list[str]:
        return self.rebinding(self.names)

    def rebinding(self, names: Names) -> list[str]:
        made = self.called(names)
        plain = [name for name in names.callables if name.isidentifier() and name not in ("switching", "quiet", "cb")]
        options = [f"{name} = {made}" for name in plain]
        options += [f"{flag} = {self.pick(['True', 'False', '1'])}" for flag in names.flags if flag.isidentifier()]
        for store in names.stores:
            options += [f"{store}.hook = lambda self: {made}()", f"{store}.on = True"]
            options += [f'setattr({store}, "run", lambda self: {made}())']
        options += [f"{items}[0] = {made}" for items in names.lists] + [
            f"{items}.append({made})" for items in names.lists
        ]
        options += [f'{table}["a"] = {made}' for table in names.dicts]
        options += [f"{table}.update(b={made})" for table in names.dicts]
        return [self.pick(options)] if options else ["pass"]

    # expressions

    def called(self, names: Names, depth: int = 2) -> str:
        """An expression of something that is called without arguments and whose result is awaited."""
        options = list(names.callables)
        options += [f"{items}[{self.number(0, 1)} - 1]" for items in names.lists]
        options += [f'{table}["{self.pick("ab")}"]' for table in names.dicts]
        if depth and self.maybe():
            inner = self.called(names, depth - 1)
            options = [f"(lambda: {inner}())", f"({inner} if {self.condition(names)} else {self.called(names, 0)})"]
            options += [f"functools.partial({taker}, {inner})" for taker in names.takers]
            options += [f"{maker}({inner})" for maker in names.makers]
            options += [f"{store}({inner}).{self.pick(['run', 'hook', 'both'])}" for store in names.stores]
        return self.pick(options)

    def awaited(self, names: Names) -> str:
        made = self.called(names)
        options = [f"{made}()", f"{made}()", *names.awaitables]
        options += [f"{taker}({made})" for taker in names.takers]
        options += [f"anext({each})" for each in names.generators]
        options += [f"{store}({made}).{self.pick(['run', 'hook', 'both'])}()" for store in names.stores]
        options += [f"asyncio.wait_for({made}(), {self.pick(['None', '5'])})"]
        return self.pick(options)

    def condition(self, names: Names) -> str:
        options = [*names.flags, "True", "False", "1 == 2", *(f"len({items}) > 1" for items in names.lists)]
        chosen = self.pick(options)
        return f"not {chosen}" if self.maybe() else chosen

    # statements

    def body(self, names: Names, loops: bool = True) -> list[str]:
        lines: list[str] = []
        for _ in range(self.number(0, 2)):
            lines += self.statement(names, 2 if loops else 1, "return")
            if loops and self.maybe() and not self.names.callables[-1].startswith("("):
                name = self.fresh("x")
                lines.append(f"{name} = {self.called(names)}")
                names = names.plus(callables=name)
        return indented(lines or ["pass"])

    def statement(self, names: Names, depth: int, leave: str) -> list[str]:
        simple = [lambda: [f"await {self.awaited(names)}"], lambda: self.small(names)]
        if depth == 0:
            return self.one(*simple)

        def block(more: Names = names, leaving: str = leave) -> list[str]:
            lines = self.statement(more, depth - 1, leaving)
            return indented([*lines, leaving] if leaving and depth == 1 and self.number(0, 4) == 4 else lines)

        return self.one(*simple, *simple, lambda: self.branching(names, block), lambda: self.trying(names, block),
                        lambda: self.looping(names, block), lambda: self.managing(names, block),
                        lambda: self.nesting(names))  # fmt: skip

    def small(self, names: Names) -> list[str]:
        options = [f"[await {self.awaited(names)} for _ in range({self.number(0, 2)})]", "pass", "raise ValueError"]
        options += [f"[None async for _ in {each}]" for each in names.generators]
        options += [f"{setter}()" for setter in names.setters]
        options += [f"assert {self.condition(names)}, await {self.awaited(names)}"]
        options += [f"({self.condition(names)}) and await {self.awaited(names)}"]
        return [self.pick(options)]

    def branching(self, names: Names, block: Callable[..., list[str]]) -> list[str]:
        lines = [f"if {self.condition(names)}:", *block()]
        return [*lines, "else:", *block()] if self.maybe() else lines

    def trying(self, names: Names, block: Callable[..., list[str]]) -> list[str]:
        form = self.number(0, 2)
        if form == 0:
            return ["try:", *block(), "finally:", *block(leaving="")]
        if form == 1:
            return ["try:", *block(), "except (ValueError, AssertionError):", *block(), "else:", *block()]
        return ["with contextlib.suppress(ValueError, AssertionError):", *block()]

    def looping(self, names: Names, block: Callable[..., list[str]]) -> list[str]:
        leave = self.pick(["", "break", "continue"])
        form = self.number(0, 3)
        if form == 0 and names.generators:
            return [f"async for _ in {self.pick(names.generators)}:", *block(leaving=leave)]
        if form == 1 and names.lists:
            item = self.fresh("item")
            return [f"for {item} in list({self.pick(names.lists)}):", *block(names.plus(callables=item), leave)]
        if form == 2:
            return ["while True:", *block(leaving=""), "    break"]
        lines = [f"for _ in range({self.number(0, 2)}):", *block(leaving=leave)]
        return [*lines, "else:", *block(leaving="")] if self.maybe() else lines

    def managing(self, names: Names, block: Callable[..., list[str]]) -> list[str]:
        if not names.managers:
            return ["async with contextlib.AsyncExitStack() as stack:",
                    f"    stack.push_async_callback({self.called(names)})", *block()]  # fmt: skip
        manager = self.pick(names.managers)
        if manager.startswith("m"):
            bound = self.fresh("bound")
            return [f"async with {manager} as {bound}:", *block(names.plus(callables=bound))]
        return [f"async with {manager}:", *block()]

    def nesting(self, names: Names) -> list[str]:
        name = self.fresh("inner")
        lines = [f"async def {name}():", f"    await {self.awaited(names)}"]
        return [*lines, f"await {self.awaited(names.plus(callables=name))}"]


def indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
