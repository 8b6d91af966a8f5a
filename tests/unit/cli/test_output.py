"""Exit codes, and what a pipe gets."""

import pytest

from sandbox.cli.output import clock_time, complain, exit_code, milliseconds, show_table, style_of
from sandbox.kernel.errors import Refusal, bad_setting, unavailable, unknown


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (unknown("place", "pariss", ["paris"], see="sandbox places"), 2),
        (bad_setting("--speed", "no"), 2),
        (Refusal("BadFault", "no"), 2),
        (unavailable("planet", "it is not running"), 1),
        (Refusal("NotRunning", "no"), 1),
    ],
)
def test_what_is_written_wrong_is_2_and_what_goes_wrong_is_1(refusal, code):
    assert exit_code(refusal) == code


def test_a_table_in_a_pipe_has_no_colour_no_frame_and_no_broken_line(capsys):
    long = "word " * 60 + "end"
    show_table(("name", "n"), [("running", "1"), (long, "12")], right=("n",))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "\x1b" not in "".join(lines)
    assert all(line == line.rstrip() for line in lines)
    assert lines[2].startswith(long)


def test_markup_in_a_cell_is_text(capsys):
    show_table(("name",), [("[red]198.18.1.10[/red]",)])
    assert "[red]198.18.1.10[/red]" in capsys.readouterr().out


def test_a_complaint_is_one_line(capsys):
    complain("two\nlines")
    assert capsys.readouterr().err == "sandbox: two lines\n"


def test_small_renderings():
    assert milliseconds(None) == "-"
    assert milliseconds(1.25) == "1.2 ms"
    assert clock_time(1_767_225_600.5).endswith(":00.500")
    assert style_of("failed")
    assert style_of("anything") == ""
