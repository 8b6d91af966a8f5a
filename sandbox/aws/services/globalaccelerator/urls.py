"""Global Accelerator's addresses: one path, JSON 1.1."""

from sandbox.aws.services.globalaccelerator.responses import GlobalAcceleratorResponse

url_bases = [r"https?://globalaccelerator\.(.+\.)?amazonaws\.com"]

url_paths = {"{0}/$": GlobalAcceleratorResponse.dispatch}
