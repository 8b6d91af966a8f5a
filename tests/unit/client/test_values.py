"""Values made from the planet's answers."""

from sandbox.client.values import lookup_from


def test_an_answer_of_the_planet_becomes_a_lookup():
    record = {
        "status": "NOERROR",
        "answers": [
            {"name": "app.example.test.", "type": "CNAME", "ttl_s": 60, "data": "www.example.test."},
            {"name": "www.example.test.", "type": "A", "ttl_s": 6, "data": "198.18.1.10"},
        ],
        "from_cache": True,
        "took_ms": 1.5,
        "why": "weighted",
        "trace": ["a", "b"],
    }
    lookup = lookup_from(record)
    assert lookup.addresses == ["198.18.1.10"]
    assert lookup.trace == ("a", "b")


def test_what_an_answer_leaves_out_is_empty():
    lookup = lookup_from({"status": "NXDOMAIN"})
    assert (lookup.addresses, lookup.why, lookup.from_cache) == ([], "", False)
