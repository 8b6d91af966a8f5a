"""The screen: plain where there is no terminal, silent where figures are wanted."""

from __future__ import annotations

import pytest

from sandbox.demo.screen import Screen
from sandbox.demo.values import Claim


def show_everything(screen):
    screen.title("Act 1")
    screen.say("[bold]not markup[/bold] and :x: no emoji")
    screen.step("a zone", "aws route53 " + "x" * 200)
    screen.table("visits", ("city", "total ms"), [("paris", "28")])
    screen.row([("  1 s ", ""), ("xx", "bold red")])
    screen.claims([Claim(act=1, says="served", measured="6", held=False)])
    with screen.waiting("a cache"):
        screen.line("done")
    screen.pause()


def test_without_a_terminal_it_is_plain_text(capsys):
    show_everything(Screen(may_pause=True))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[bold]not markup[/bold] and :x: no emoji" in shown
    assert "did not hold" in shown
    assert "waiting for a cache" in shown


def test_a_command_is_never_broken_over_two_lines(capsys):
    show_everything(Screen())
    assert "$ aws route53 " + "x" * 200 + "\n" in capsys.readouterr().out


def test_with_json_stdout_belongs_to_the_figures(capsys):
    show_everything(Screen(as_json=True))
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_numbers_are_right_aligned(capsys):
    Screen().table("", ("city", "total ms"), [("paris", "28"), ("sydney", "513")])
    rows = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "28" in line or "513" in line]
    assert len({len(row) for row in rows}) == 1


def test_an_error_inside_a_wait_comes_through(capsys):
    with pytest.raises(KeyError), Screen().waiting("nothing"):
        raise KeyError
