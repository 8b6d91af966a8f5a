"""The same addresses as moto's: only the backend is ours."""

from moto.iam.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
