"""Experiment templates as moto keeps them: moto makes, tags and deletes them, and has no way to read one."""

from __future__ import annotations

from typing import Any

from moto.fis.models import fis_backends


def templates_of(account: str, region: str) -> dict[str, dict[str, Any]]:
    """Every template of an account in a region, by id, as GetExperimentTemplate shows it."""
    backend = fis_backends[account][region]
    tags = backend.tagger.get_tag_dict_for_resource
    return {
        template.id: template.to_dict(tags=tags(template.arn))
        for template in list(backend.experiment_templates.values())
    }
