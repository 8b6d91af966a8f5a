"""Refusals of the handler reach callers as Route 53's own errors."""

from __future__ import annotations

import pytest
from moto.route53.exceptions import Route53ClientError

from sandbox.aws.services.route53.responses import Route53Response, refuse_in_route53
from sandbox.aws.services.route53.urls import url_paths


def test_a_check_that_cannot_be_made_is_a_client_error_of_route53() -> None:
    with pytest.raises(Route53ClientError) as refused:
        refuse_in_route53({"Type": "RECOVERY_CONTROL"})
    assert refused.value.code == "InvalidInput"


def test_every_address_of_motos_is_answered_by_ours() -> None:
    assert len(url_paths) > 20
    assert {handler.__self__ for handler in url_paths.values()} == {Route53Response}
