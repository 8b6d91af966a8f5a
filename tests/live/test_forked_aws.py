"""The `aws` of tests that call it often answers as the program does: same words on the same streams, same exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

TABLE = "dynamodb create-table --table-name t --billing-mode PAY_PER_REQUEST --key-schema file://keys.json"
LINES = {
    "its output": ("aws --version", 0),
    "a usage error": ("aws dynamodb fly", 2),
    "an endpoint of the variables, where nobody listens": ("aws dynamodb list-tables", 255),
    "a file of the folder where one stands": (f"aws {TABLE} --attribute-definitions file://no.json", 255),
    "its input, in a pipe": ("echo keys.json | xargs -I{} aws s3 cp - s3://b/{} < keys.json 2>&1 | sort", 0),
    "words with blanks and line ends": ('aws sqs create-queue --queue-name "a b\nc" --generate-cli-skeleton output', 0),
    "its output, in a file": ("aws --version > version && cat version", 0),
}


@pytest.mark.parametrize("what", LINES)
def test_it_answers_as_the_program_does(forked_aws: Path, tmp_path: Path, what: str) -> None:
    """Each line once with each program; the exit code shows that the line is the one that is meant."""
    line, code = LINES[what]
    (tmp_path / "keys.json").write_text('[{"AttributeName": "id", "KeyType": "HASH"}]')

    def said(programs: Path) -> tuple[int, str, str]:
        variables = {
            "HOME": str(tmp_path),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_MAX_ATTEMPTS": "1",
        }
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=variables, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    forked = said(forked_aws)
    assert forked == said(Path(sys.executable).parent)
    assert forked[0] == code
    assert forked[1] + forked[2]


def test_no_call_leaves_anything_to_the_next(forked_aws: Path) -> None:
    """The first has a variable that awscli reads; the second has none, and so no region."""

    def region(**variables: str) -> str:
        line = [str(forked_aws / "aws"), "configure", "list"]
        said = subprocess.run(line, env=variables, capture_output=True, text=True, check=True).stdout
        return next(line.split()[1] for line in said.splitlines() if line.split()[0] == "region")

    assert region(AWS_DEFAULT_REGION="eu-west-1", HOME="/nowhere") == "eu-west-1"
    assert region(HOME="/nowhere") == "<not"
