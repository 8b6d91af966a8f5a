"""The demo's AWS steps as one bash script, for whoever wants to do them by hand. Pure.

In: the steps of all acts. Out: text of a script that runs against any sandbox with the aws CLI and sets up what the
demo sets up. What AWS has no API for (standing in a city, breaking things) stands beside it as comments.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.client.aws_steps import Step, cli_line

HEAD = """#!/usr/bin/env bash
# What `sandbox demo` tells AWS, for the aws CLI. Start a sandbox first: sandbox up -d --speed 10
# A second run meets what the first one made. Empty the sandbox before it: sandbox reset
set -euo pipefail
export AWS_ENDPOINT_URL="${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=""
unset AWS_SESSION_TOKEN AWS_PROFILE
RUN=$(date +%s)
"""


def script(acts: Sequence[tuple[str, Sequence[Step], Sequence[str]]]) -> str:
    """acts: title, steps, and lines to try afterwards."""
    parts = [HEAD]
    for title, steps, trials in acts:
        parts.append(f"\n# {title}\n" + "".join(map(_lines, steps)))
        if trials:
            parts.append("# Then try:\n" + "".join(f"#   {line}\n" for line in trials))
    parts.append('\necho "Done. Try: sandbox curl http://app.example.test/ --from paris"\n')
    return "".join(parts)


def _lines(step: Step) -> str:
    line = cli_line(step)
    if step.played:
        return f"# {step.says}\n{line}\n"
    return f"# {step.says}\n" + "".join(f"#   {part}\n" for part in line.removesuffix(" > /dev/null").split("\n"))
