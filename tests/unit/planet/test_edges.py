"""Claims about where anycast brings a place as edge locations fail and come back."""

from __future__ import annotations

from sandbox.geography.atlas import Atlas
from sandbox.planet.edges import Edges


def down(edge: str) -> dict[str, object]:
    return {"kind": "edge-down", "target": [edge], "parameters": {}}


def test_the_nearest_that_is_up_and_back_again() -> None:
    changes: list[int] = []
    edges = Edges(Atlas.load(), lambda: changes.append(1))
    assert edges.of("tokyo") == "edge:NRT"
    edges.put_fault("edge-down-1", down("edge:NRT"))
    edges.put_fault("edge-down-2", down("edge:KIX"))
    assert (edges.of("tokyo"), edges.of("paris"), edges.down()) == ("edge:ICN", "edge:CDG", ["edge:KIX", "edge:NRT"])
    edges.put_fault("edge-down-1", None)
    assert (edges.of("tokyo"), edges.name_server_of("tokyo")) == ("edge:NRT", "edge:NRT")
    edges.put_fault("isolate-3", {"kind": "isolate", "target": ["edge:NRT"], "parameters": {}})
    edges.put_fault("isolate-3", None)
    assert (edges.of("tokyo"), len(changes)) == ("edge:NRT", 3)


def test_with_none_left_there_is_no_way_in_and_names_are_asked_for_at_the_nearest() -> None:
    atlas = Atlas.load()
    edges = Edges(atlas, lambda: None)
    for number, edge in enumerate(atlas.edges):
        edges.put_fault(f"edge-down-{number}", down(edge))
    assert edges.of("paris") is None
    assert edges.name_server_of("paris") == "edge:CDG"
