"""Every operation is answered, or refused by name (section 1: 56 operations)."""

from __future__ import annotations

import re

from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class

from sandbox.aws.services.globalaccelerator.request_reading import SERVICE
from sandbox.aws.services.globalaccelerator.responses import GlobalAcceleratorResponse
from sandbox.aws.services.globalaccelerator.urls import url_bases, url_paths

REFUSED = re.compile(r"CustomRouting|CrossAccount|Byoip")


def test_all_operations_have_a_method_but_those_that_are_not_emulated() -> None:
    operations = get_service_model(SERVICE).operation_names
    methods = set(method_names_from_class(GlobalAcceleratorResponse))
    missing = {name for name in operations if camelcase_to_underscores(name) not in methods}
    assert len(operations) == 56
    assert missing == {name for name in operations if REFUSED.search(name)}


def test_both_hosts_are_ours() -> None:
    [base], [path] = url_bases, url_paths
    for host in ("globalaccelerator.us-west-2.amazonaws.com", "globalaccelerator.amazonaws.com"):
        assert re.fullmatch(path.format(base), f"https://{host}/")
    assert not re.match(base, "https://globalaccelerator.example.test")
