"""Every error code, with the exit codes it is raised with: scripts compare with them."""

from __future__ import annotations

from collections import defaultdict

from tests.contract.arrangement import exit_codes, raised, told
from tests.contract.golden import check


def test_no_code_is_lost_or_gets_another_exit_code() -> None:
    numbers = exit_codes()
    exits: dict[str, set[int]] = defaultdict(set)
    for code, name in raised():
        exits[code].add(numbers[name])
    # "-" is for what is found by looking closer, and so has the exit code of what was found wrong at first.
    lines = [f"{code} {' '.join(map(str, sorted(exits[code]))) or '-'}" for code in sorted({*exits, *told()})]
    check("codes.txt", "\n".join(lines) + "\n")


def test_no_exit_code_changes() -> None:
    check("exit_codes.txt", "".join(f"{name} {number}\n" for name, number in exit_codes().items()))
