"""The cache on disk does no harm, whatever happens to its files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from files.layouts import can_link
from switchpoint.analysis.files import SummaryCache

SERVER = Path(__file__).resolve().parents[2] / "server"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are of POSIX")


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "summaries").glob("*.summary"))


def test_what_is_put_is_got_by_another_process_too(tmp_path: Path) -> None:
    SummaryCache(tmp_path).put("key", b"data")
    cache = SummaryCache(tmp_path)
    assert cache.get("key") == b"data"
    assert cache.get("other") is None
    cache.put("key", b"")
    assert SummaryCache(tmp_path).get("key") == b""


def test_keys_may_be_any_text(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    for key in ("", "../../up", "a\0b", "\ud800", "x" * 10_000):
        cache.put(key, key.encode("utf-8", "replace"))
    assert cache.get("../../up") == b"../../up"
    assert len(entries(tmp_path)) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["summaries"]


def test_the_folder_is_chosen_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "chosen"))
    SummaryCache().put("key", b"data")
    assert len(entries(tmp_path / "chosen")) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: raw[:10],
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: b"X" + raw[1:],
        lambda raw: b"\0" * len(raw),
    ],
)
def test_a_damaged_entry_is_none_and_is_removed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    cache = SummaryCache(tmp_path)
    cache.put("key", b"some data")
    (entry,) = entries(tmp_path)
    entry.write_bytes(damage(entry.read_bytes()))
    assert cache.get("key") is None
    assert entries(tmp_path) == []
    cache.put("key", b"new")
    assert cache.get("key") == b"new"


def test_an_entry_in_anothers_place_is_none(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    cache.put("a", b"of a")
    (a,) = entries(tmp_path)
    cache.put("b", b"of b")
    (b,) = set(entries(tmp_path)) - {a}
    b.write_bytes(a.read_bytes())
    assert cache.get("b") is None
    assert cache.get("a") == b"of a"


def test_a_folder_that_goes_away_does_no_harm(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    cache.put("key", b"data")
    for path in (tmp_path / "summaries").iterdir():
        path.unlink()
    (tmp_path / "summaries").rmdir()
    assert cache.get("key") is None
    for _ in range(20):
        cache.put("key", b"data")
    assert cache.get("key") is None


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = SummaryCache(tmp_path / "file")
    cache.put("key", b"data")
    assert cache.get("key") is None
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are of POSIX")
def test_a_full_disk_leaves_the_old_entry(tmp_path: Path) -> None:
    SummaryCache(tmp_path).put("key", b"old")
    # A limit on the size of files fails a write in the middle, as a full disk does.
    program = (
        "import resource, signal, sys; from pathlib import Path; from switchpoint.analysis.files import SummaryCache\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "cache = SummaryCache(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "cache.put('key', b'x' * 100_000); cache.put('other', b'y' * 100_000)\n"
        "assert cache.get('key') == b'old' and cache.get('other') is None\n"
    )
    assert run(program, tmp_path).wait(30) == 0
    assert SummaryCache(tmp_path).get("key") == b"old"
    assert [path.suffix for path in sorted((tmp_path / "summaries").iterdir())] == [".summary", ""]


def test_two_processes_at_once_leave_a_whole_entry(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from switchpoint.analysis.files import SummaryCache\n"
        "cache = SummaryCache(Path(sys.argv[1])); data = sys.argv[2].encode() * 50_000\n"
        "for _ in range(60):\n"
        "    cache.put('key', data)\n"
        "    got = cache.get('key')\n"
        "    assert got is None or (len(got) == 50_000 and len(set(got)) == 1), 'torn'\n"
    )
    processes = [run(program, tmp_path, letter) for letter in "ab"]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert SummaryCache(tmp_path).get("key") in (b"a" * 50_000, b"b" * 50_000)
    assert len(entries(tmp_path)) == 1


def run(program: str, *arguments: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVER), *filter(None, sys.path)])}
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], env=environment)


def test_the_oldest_entries_go_when_it_is_too_large(tmp_path: Path) -> None:
    for count in range(10):
        SummaryCache(tmp_path).put(str(count), b"x" * 1_000)
    by_age = {path: SummaryCache(tmp_path).get(str(count)) for count, path in enumerate(entries(tmp_path))}
    for age, path in enumerate(by_age):
        os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
    partial = tmp_path / "summaries" / "0.partial"
    partial.write_bytes(b"left behind")
    os.utime(partial, (1, 1))
    (tmp_path / "summaries" / "trimmed").unlink()
    SummaryCache(tmp_path, total_limit=6_000).put("last", b"x")
    assert SummaryCache(tmp_path).get("last") == b"x"
    left = [path for path in by_age if path.exists()]
    assert left == list(by_age)[-len(left) :]
    assert 0 < sum(path.stat().st_size for path in entries(tmp_path)) <= 4_800
    assert not partial.exists()


def test_it_is_trimmed_seldom(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path, total_limit=100)
    for count in range(10):
        cache.put(str(count), b"x" * 1_000)
    assert len(entries(tmp_path)) == 9


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    cache.put("key", bytes(32 * 2**20 + 1))
    assert cache.get("key") is None


@POSIX
def test_files_are_the_users_alone(tmp_path: Path) -> None:
    SummaryCache(tmp_path / "new").put("key", b"data")
    folder = tmp_path / "new" / "summaries"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@POSIX
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    SummaryCache(tmp_path).put("key", b"data")
    (tmp_path / "summaries").chmod(0o777)
    cache = SummaryCache(tmp_path)
    assert cache.get("key") is None
    cache.put("other", b"data")
    assert len(entries(tmp_path)) == 1


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_another_user_is_refused(tmp_path: Path) -> None:
    SummaryCache(tmp_path).put("key", b"data")
    os.chown(entries(tmp_path)[0], 12_345, 12_345)
    assert SummaryCache(tmp_path).get("key") is None
    SummaryCache(tmp_path).put("key", b"data")
    os.chown(tmp_path / "summaries", 12_345, 12_345)
    assert SummaryCache(tmp_path).get("key") is None


def test_planted_links_are_not_followed(tmp_path: Path) -> None:
    if not can_link(tmp_path):
        pytest.skip("this system lets no link be made")
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    SummaryCache(tmp_path / "a").put("key", b"data")
    (entry,) = entries(tmp_path / "a")
    whole = tmp_path / "whole"
    entry.rename(whole)
    entry.symlink_to(whole)
    assert SummaryCache(tmp_path / "a").get("key") is None
    entry.unlink()
    entry.symlink_to(victim)
    SummaryCache(tmp_path / "a").put("key", b"new")
    assert SummaryCache(tmp_path / "a").get("key") == b"new"

    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "summaries").symlink_to(tmp_path / "a" / "summaries")
    assert SummaryCache(tmp_path / "b").get("key") is None
    assert victim.read_bytes() == b"precious"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_an_entrys_place_does_not_block(tmp_path: Path) -> None:
    SummaryCache(tmp_path).put("key", b"data")
    (entry,) = entries(tmp_path)
    entry.unlink()
    os.mkfifo(entry)
    assert SummaryCache(tmp_path).get("key") is None
