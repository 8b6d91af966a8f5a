"""Claims about the metrics page: it is Prometheus text, and the figures are those of the traffic."""

from prometheus_client.parser import text_string_to_metric_families

from sandbox.console.metrics import metrics_text
from sandbox.console.picture import Picture
from sandbox.console.traffic import Traffic

SERVED = {"event": "served", "at_s": 1.0, "place": "paris", "owner": "eu-west-1", "took_ms": 80.0, "status": 200}
REFUSED = {"event": "refused", "at_s": 1.0, "place": "paris", "address": "", "error": "timeout"}


def test_a_scrape_reads_back_what_was_counted():
    traffic, picture = Traffic(lambda address: None), Picture(["eu-west-1"])
    for record in (SERVED, SERVED, REFUSED):
        traffic.add(record)
    picture.put_programs([{"name": "planet", "state": "running", "restarts": 2}])
    picture.put("fault/1", {"id": "1", "kind": "isolate", "target": ["eu-west-1"], "since": 1.0})
    text = metrics_text(traffic, picture).decode()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["sandbox_requests_total", "eu-west-1", "paris"] == 2
    assert samples["sandbox_requests_failed_total", "", "paris", "timeout"] == 1
    assert samples["sandbox_request_duration_seconds_count", "eu-west-1", "paris"] == 2
    assert samples["sandbox_program_up", "planet"] == 1
    assert samples["sandbox_program_restarts_total", "planet"] == 2
    assert samples["sandbox_faults", "isolate"] == 1
    bucket = "sandbox_request_duration_seconds_bucket"
    assert samples[bucket, "0.075", "eu-west-1", "paris"] == 0
    assert samples[bucket, "0.1", "eu-west-1", "paris"] == 2
