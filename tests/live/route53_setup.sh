#!/usr/bin/env bash
# A zone, two HTTPS health checks with tags, and a traffic policy with weighted endpoints at work in the zone.
# The aws CLI alone; against a sandbox set AWS_ENDPOINT_URL.
set -euo pipefail

zone=$(aws route53 create-hosted-zone --name example.test --caller-reference "setup-zone" \
  --query HostedZone.Id --output text)

for n in 1 2; do
  check[n]=$(aws route53 create-health-check --caller-reference "setup-check-$n" --health-check-config "{
      \"Type\": \"HTTPS\", \"IPAddress\": \"198.18.$n.10\", \"Port\": 443, \"ResourcePath\": \"/\",
      \"FullyQualifiedDomainName\": \"app.example.test\", \"RequestInterval\": 10, \"FailureThreshold\": 2
    }" --query HealthCheck.Id --output text)
  aws route53 change-tags-for-resource --resource-type healthcheck --resource-id "${check[n]}" \
    --add-tags "Key=Name,Value=region-$n"
done

policy=$(aws route53 create-traffic-policy --name weighted-endpoints --comment "3 to 1" --document "{
    \"AWSPolicyFormatVersion\": \"2015-10-01\",
    \"RecordType\": \"A\",
    \"StartRule\": \"share\",
    \"Endpoints\": {
      \"first\":  {\"Type\": \"value\", \"Value\": \"198.18.1.10\"},
      \"second\": {\"Type\": \"value\", \"Value\": \"198.18.2.10\"}
    },
    \"Rules\": {
      \"share\": {\"RuleType\": \"weighted\", \"Items\": [
        {\"EndpointReference\": \"first\",  \"Weight\": \"3\", \"HealthCheck\": \"${check[1]}\"},
        {\"EndpointReference\": \"second\", \"Weight\": \"1\", \"HealthCheck\": \"${check[2]}\"}
      ]}
    }
  }" --query TrafficPolicy.Id --output text)

instance=$(aws route53 create-traffic-policy-instance --hosted-zone-id "$zone" --name app.example.test --ttl 60 \
  --traffic-policy-id "$policy" --traffic-policy-version 1 --query TrafficPolicyInstance.Id --output text)

state=Creating
while [ "$state" = Creating ]; do
  state=$(aws route53 get-traffic-policy-instance --id "$instance" --query TrafficPolicyInstance.State --output text)
done

printf 'ZONE=%s\nCHECK1=%s\nCHECK2=%s\nPOLICY=%s\nINSTANCE=%s\nSTATE=%s\n' \
  "$zone" "${check[1]}" "${check[2]}" "$policy" "$instance" "$state"
