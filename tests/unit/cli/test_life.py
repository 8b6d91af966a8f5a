"""up, down, reset: what is refused before anything starts, and orderly ends."""

from sandbox.cli.life import addresses


def test_a_misspelt_region_names_the_flag_and_near_matches(run):
    result = run("up", "-d", "--regions", "us-east-1,eu-wset-1")
    assert result.exit_code == 2
    assert result.stderr.startswith("sandbox: --regions: no AWS region is called 'eu-wset-1'. Did you mean eu-west-1")


def test_a_broken_file_names_the_file_and_the_line(run, tmp_path):
    (tmp_path / "here" / "sandbox.yaml").write_text("speed: 2\nregoins: [us-east-1]\n")
    result = run("up", "-d")
    assert result.exit_code == 2
    assert "sandbox.yaml, line 2: unknown key 'regoins'. Did you mean regions" in result.stderr


def test_a_settings_file_that_is_not_there_is_refused(run):
    result = run("up", "--config", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.stderr


def test_a_second_up_says_that_one_runs(run, fake_sandbox):
    result = run("up", "-d", home=fake_sandbox.home)
    assert result.exit_code == 1
    assert f"already runs in {fake_sandbox.home} (pid {fake_sandbox.program.pid})" in result.stderr


def test_fresh_does_not_empty_a_folder_that_is_no_sandbox(run, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    result = run("up", "-d", "--fresh", home=precious)
    assert result.exit_code == 1
    assert (precious / "thesis.txt").exists()


def test_down_with_nothing_up_is_one_line_and_1(run, tmp_path):
    result = run("down", home=tmp_path)
    assert result.exit_code == 1
    assert result.stderr == f"sandbox: No sandbox runs in {tmp_path}. Start one: sandbox up -d\n"


def test_down_returns_when_the_process_has_ended(run, fake_sandbox):
    result = run("down", home=fake_sandbox.home)
    assert result.exit_code == 0
    assert fake_sandbox.program.poll() is not None
    assert f"pid {fake_sandbox.program.pid}" in result.stdout


def test_reset_asks_the_hub(run, fake_sandbox):
    assert run("reset", home=fake_sandbox.home).exit_code == 0
    assert ("reset", {}) in fake_sandbox.calls


def test_up_tells_every_address(fake_sandbox):
    text = "\n".join(addresses(fake_sandbox.card))
    for port in ("4566", "8053", "4601", "4602", "paris:x@"):
        assert port in text
