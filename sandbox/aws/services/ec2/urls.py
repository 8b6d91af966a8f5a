"""moto's addresses of EC2, answered by our handler."""

from moto.ec2.urls import url_bases

from sandbox.aws.services.ec2.responses import SandboxEC2Response

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/": SandboxEC2Response.dispatch}
