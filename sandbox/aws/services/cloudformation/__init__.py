"""CloudFormation: moto's, with a refusal where it would leave a resource out without a word."""
