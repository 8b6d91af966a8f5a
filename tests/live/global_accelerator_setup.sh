#!/usr/bin/env bash
# An accelerator before the applications of some regions. The aws CLI alone; against a sandbox set AWS_ENDPOINT_URL.
# Usage: global_accelerator_setup.sh REGION...
set -euo pipefail
account=${ACCOUNT:-000000000000}
ga() { aws --region us-west-2 --output text globalaccelerator "$@"; }

read -r accelerator name <<<"$(ga create-accelerator --name shop --query 'Accelerator.[AcceleratorArn, DnsName]')"
listener=$(ga create-listener --accelerator-arn "$accelerator" --protocol TCP \
  --port-ranges FromPort=80,ToPort=80 FromPort=443,ToPort=443 --query Listener.ListenerArn)

for region in "$@"; do
  balancer="arn:aws:elasticloadbalancing:$region:$account:loadbalancer/app/app/0123456789abcdef"
  group=$(ga create-endpoint-group --listener-arn "$listener" --endpoint-group-region "$region" \
    --endpoint-configurations "EndpointId=$balancer,Weight=100" --traffic-dial-percentage 50 \
    --health-check-interval-seconds 10 --threshold-count 1 --query EndpointGroup.EndpointGroupArn)
done

until [ "$(ga describe-accelerator --accelerator-arn "$accelerator" --query Accelerator.Status)" = DEPLOYED ]; do
  sleep 1
done
echo "accelerator=$accelerator"
echo "name=$name"
echo "group=$group"
