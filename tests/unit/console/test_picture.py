"""Claims about the present state: topics and answers in, one value out, and a version that tells of changes."""

from sandbox.console.picture import Picture, target_of

ISOLATED = {
    "id": "isolate-1",
    "kind": "isolate",
    "target": ["eu-west-1"],
    "parameters": {},
    "since": 1.0,
    "until": None,
}
CHECK = {"id": "c1", "version": 1, "config": {"Type": "HTTP", "IPAddress": "198.18.2.10", "Port": 80}}
SEEN = {
    "healthy": False,
    "why": "0 of 16 checkers say healthy",
    "observations": [
        {"Region": "sa-east-1", "IPAddress": "100.64.9.16", "StatusReport": {"Status": "Failure", "CheckedTime": "now"}}
    ],
}


def test_a_region_is_what_its_process_and_its_faults_are():
    picture = Picture(["us-east-1", "eu-west-1"])
    picture.put("region/eu-west-1", {"front_door": 1, "app_running": True})
    picture.put("fault/isolate-1", ISOLATED)
    picture.put_programs([{"name": "region:us-east-1", "state": "stopped by fault"}])
    assert picture.regions() == [
        {"code": "us-east-1", "state": "stopped by fault", "app_running": False, "faults": []},
        {"code": "eu-west-1", "state": "running", "app_running": True, "faults": ["isolate-1"]},
    ]


def test_only_changes_are_news():
    picture = Picture(["eu-west-1"])
    picture.put("fault/isolate-1", ISOLATED)
    version = picture.version
    picture.put("fault/isolate-1", dict(ISOLATED))
    picture.put_replication({"answers": {}, "silent": {}})
    assert picture.version == version
    picture.put("fault/isolate-1", None)
    assert picture.version > version
    assert picture.faults == []


def test_a_check_has_its_verdict_and_what_each_checker_saw():
    picture = Picture([])
    picture.put("health-check/c1", CHECK)
    assert picture.checks()[0]["healthy"] is None
    picture.put("health/c1", SEEN)
    check = picture.checks()[0]
    assert (check["target"], check["healthy"], check["why"]) == ("http://198.18.2.10:80", False, SEEN["why"])
    assert check["observations"][0]["region"] == "sa-east-1"


def test_a_check_without_a_target_says_its_kind():
    assert target_of({"Type": "CLOUDWATCH_METRIC"}) == "cloudwatch metric"
    assert target_of({"Type": "TCP", "FullyQualifiedDomainName": "db.example.test", "Port": 5432}) == (
        "tcp://db.example.test:5432"
    )


def test_replication_is_one_line_a_direction():
    peer = {
        "region": "eu-west-1",
        "backlog": 3,
        "syncing": True,
        "oldest_unsent_s": 1.0,
        "lag_p50_ms": 40.0,
        "lag_p99_ms": 90.0,
        "acknowledged": 7,
        "paused": False,
        "away_s": None,
    }
    view = {"table": "stock", "account": "000000000000", "region": "us-east-1", "members": {}, "peers": [peer]}
    picture = Picture(["us-east-1"])
    picture.put_replication({"answers": {"us-east-1": [view]}, "silent": {}})
    (stream,) = picture.replication
    assert (stream["from"], stream["to"], stream["backlog"], stream["lag_p50_ms"]) == (
        "us-east-1",
        "eu-west-1",
        4,
        40.0,
    )
