"""The calls of AWS FIS: what is answered here, what is checked before moto keeps it, and what the sandbox has not.

In: a request, its account and region. Out: a Response; None when moto may answer; a Refusal.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from sandbox.aws.services.fis.experiments import Experiment
from sandbox.aws.services.fis.runner import Runner
from sandbox.aws.services.fis.templates import ACTIONS, check_template, current, invalid, not_found
from sandbox.kernel.clock import Clock
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.protocols.http1 import Headers, Request, Response

MOST_EXPERIMENTS = 1000  # that are remembered; the oldest that is over goes first
PATH = re.compile(r"/(experimentTemplates|experiments|actions)(?:/([^/]+))?/?")
TAGS = re.compile(r"/tags/.+")

Templates = Callable[[str, str], Awaitable[Mapping[str, Mapping[str, Any]]]]  # account, region -> by id


class Fis:
    """FIS of all accounts and regions. templates: those that moto keeps."""

    def __init__(self, runner: Runner, templates: Templates, clock: Clock) -> None:
        self.experiments: dict[tuple[str, str], dict[str, Experiment]] = {}  # (account, region) -> by id
        self._tokens: dict[tuple[str, str, str], str] = {}  # account, region, client token -> experiment
        self._runner = runner
        self._templates = templates
        self._clock = clock

    async def answer(self, request: Request, account: str, region: str) -> Response | None:
        """The answer, if it is not moto's to give."""
        if TAGS.fullmatch(request.path):
            return None
        match = PATH.fullmatch(request.path)
        found = None if match is None else CALLS.get((request.method, match[1], match[2] is not None))
        if match is None or found is None:
            raise not_emulated(f"{request.method} {request.path} of FIS")
        shown = await found(self, request, (account, region), unquote(match[2] or ""))
        return None if shown is None else response(shown)

    def reset(self) -> None:
        """Forget every experiment, and stop those that run."""
        for experiments in self.experiments.values():
            for experiment in experiments.values():
                if not experiment.is_over and experiment.status != "stopping":
                    self._runner.stop(experiment)
        self.experiments.clear()
        self._tokens.clear()

    async def create_template(self, request: Request, where: tuple[str, str], name: str) -> None:
        """Checked here, kept by moto."""
        check_template(body_of(request))

    async def delete_template(self, request: Request, where: tuple[str, str], name: str) -> None:
        """moto's."""

    async def get_template(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """GetExperimentTemplate."""
        return {"experimentTemplate": await self._template(where, name)}

    async def list_templates(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """ListExperimentTemplates."""
        shown = ("id", "arn", "description", "creationTime", "lastUpdateTime", "tags")
        found = (await self._templates(*where)).values()
        return {"experimentTemplates": [{key: each[key] for key in shown} for each in found]}

    async def start(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """StartExperiment; a client token starts one only."""
        body = body_of(request)
        account, region = where
        experiments = self.experiments.setdefault(where, {})
        token = (account, region, str(body.get("clientToken")))
        if self._tokens.get(token) in experiments:
            return {"experiment": experiments[self._tokens[token]].image()}
        template = await self._template(where, str(body.get("experimentTemplateId")))
        refuse_what_cannot_run(template)
        experiment_id = f"EXP{fresh_token()[:15]}"
        experiment = Experiment(
            id=experiment_id,
            arn=f"arn:aws:fis:{region}:{account}:experiment/{experiment_id}",
            template=template,
            created_s=self._clock.wall_s(),
            tags=body.get("tags") or {},
        )
        self._tokens[token] = experiment_id
        experiments[experiment_id] = experiment
        self._forget_some(experiments)
        shown = {"experiment": experiment.image()}  # as it is before anything has happened
        self._runner.start(experiment, account, region)
        return shown

    async def stop(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """StopExperiment."""
        experiment = self._experiment(where, name)
        if experiment.is_over:
            raise invalid(f"Experiment {name} cannot be stopped: it is {experiment.status}.")
        if experiment.status != "stopping":
            self._runner.stop(experiment)
        return {"experiment": experiment.image()}

    async def get(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """GetExperiment."""
        return {"experiment": self._experiment(where, name).image()}

    async def list(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """ListExperiments, perhaps those of one template."""
        wanted = parse_qs(request.query).get("experimentTemplateId", [None])[0]
        found = self.experiments.get(where, {}).values()
        return {
            "experiments": [each.summary() for each in found if wanted is None or each.template["id"] == wanted],
        }

    async def get_action(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """GetAction."""
        if name not in ACTIONS:
            raise not_found("Action", name)
        parameters = {"duration": {"description": "How long it lasts, in ISO 8601.", "required": True}}
        return {"action": {**action_image(name, where), "parameters": parameters}}

    async def list_actions(self, request: Request, where: tuple[str, str], name: str) -> dict[str, Any]:
        """ListActions: those that run here."""
        return {"actions": [action_image(action_id, where) for action_id in ACTIONS]}

    async def _template(self, where: tuple[str, str], name: str) -> Mapping[str, Any]:
        template = (await self._templates(*where)).get(name)
        if template is None:
            raise not_found("Experiment template", name)
        return template

    def _experiment(self, where: tuple[str, str], name: str) -> Experiment:
        experiment = self.experiments.get(where, {}).get(name)
        if experiment is None:
            raise not_found("Experiment", name)
        return experiment

    def _forget_some(self, experiments: dict[str, Experiment]) -> None:
        if len(experiments) <= MOST_EXPERIMENTS:
            return
        oldest = next((each.id for each in experiments.values() if each.is_over), None)
        if oldest is None:
            raise Refusal("ServiceQuotaExceededException", f"{MOST_EXPERIMENTS} experiments are running.", status=402)
        del experiments[oldest]
        self._tokens = {token: known for token, known in self._tokens.items() if known != oldest}


Call = Callable[[Fis, Request, tuple[str, str], str], Awaitable[dict[str, Any] | None]]

# Method, what the path names, whether it names one of them:
CALLS: Mapping[tuple[str, str, bool], Call] = {
    ("POST", "experimentTemplates", False): Fis.create_template,
    ("GET", "experimentTemplates", False): Fis.list_templates,
    ("GET", "experimentTemplates", True): Fis.get_template,
    ("DELETE", "experimentTemplates", True): Fis.delete_template,
    ("POST", "experiments", False): Fis.start,
    ("GET", "experiments", False): Fis.list,
    ("GET", "experiments", True): Fis.get,
    ("DELETE", "experiments", True): Fis.stop,
    ("GET", "actions", False): Fis.list_actions,
    ("GET", "actions", True): Fis.get_action,
}


def refuse_what_cannot_run(template: Mapping[str, Any]) -> None:
    """A Refusal that names what this sandbox has not; never an experiment that only seems to run."""
    for action in template["actions"].values():
        if current(action["actionId"]) not in ACTIONS:
            instead = f"FIS actions that run here: {', '.join(ACTIONS)}. See `sandbox fault --help` for other faults."
            raise not_emulated(f"the FIS action {action['actionId']}", instead=instead)
    for condition in template["stopConditions"]:
        if condition["source"] != "none":
            raise not_emulated(f"the stop condition {condition['source']}", instead="Call StopExperiment.")


def action_image(action_id: str, where: tuple[str, str]) -> dict[str, Any]:
    """An action as ListActions shows it."""
    account, region = where
    kind = ACTIONS[action_id]
    targets = {key: {"resourceType": resource} for key, resource in kind.targets.items()}
    arn = f"arn:aws:fis:{region}:{account}:action/{action_id}"
    return {"id": action_id, "arn": arn, "description": kind.description, "targets": targets, "tags": {}}


def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object."""
    try:
        body = orjson.loads(request.body or b"{}")
    except ValueError as error:
        raise invalid("The request's body is not JSON") from error
    if not isinstance(body, dict):
        raise invalid("The request's body is not an object")
    return body


def response(shown: object) -> Response:
    """An answer."""
    headers = Headers([("Content-Type", "application/json"), ("x-amzn-RequestId", fresh_token())])
    return Response(status=200, headers=headers, body=orjson.dumps(shown))
