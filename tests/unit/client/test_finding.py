"""Claims about which sandbox is meant. With real containers: tests/containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.client.finding import cache_of, find_card, name_of, required_card
from sandbox.kernel.errors import Refusal

NO_DOCKER = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def test_a_named_folder_means_processes(tmp_path: Path) -> None:
    """Somebody who names a folder does not mean containers, whatever else runs on this machine."""
    assert find_card(tmp_path) is None
    with pytest.raises(Refusal, match=f"No sandbox runs in {tmp_path}. Start one: sandbox up -d"):
        required_card(tmp_path)


def test_an_engine_that_does_not_answer_is_no_news_to_who_did_not_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", NO_DOCKER["DOCKER_HOST"])
    assert find_card(Path(".sandbox"), NO_DOCKER) is None


def test_who_names_a_stack_hears_why_it_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_DOCKER["DOCKER_HOST"])
    with pytest.raises(Refusal, match="The Docker engine does not answer"):
        find_card(tmp_path, {**NO_DOCKER, "SANDBOX_COMPOSE_PROJECT": "sandbox"})


def test_files_of_stacks_go_where_caches_go() -> None:
    assert cache_of({"XDG_CACHE_HOME": "/c"}) == Path("/c/multi-region-sandbox")
    assert cache_of({"HOME": "/h"}) == Path("/h/.cache/multi-region-sandbox")


def test_sentences_call_a_stack_by_its_project() -> None:
    assert name_of({"stack": "workshop"}, Path("x")) == "the containers of workshop"
    assert name_of({}, Path("x")) == "x"
