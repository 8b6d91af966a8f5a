"""moto's addresses of Route 53, answered by our handler."""

from moto.route53.urls import url_bases
from moto.route53.urls import url_paths as moto_paths

from sandbox.aws.services.route53.responses import Route53Response

__all__ = ["url_bases", "url_paths"]

url_paths = dict.fromkeys(moto_paths, Route53Response.dispatch)
