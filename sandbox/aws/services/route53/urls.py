"""moto's addresses of Route 53 and the others of its API, all answered by our handler, which knows the operations."""

from moto.route53.urls import url_bases

from sandbox.aws.services.route53.responses import Route53Response

__all__ = ["url_bases", "url_paths"]

url_paths = {r"{0}/(?P<api_version>[\d_-]+)/(?P<rest>.+)$": Route53Response.dispatch}
