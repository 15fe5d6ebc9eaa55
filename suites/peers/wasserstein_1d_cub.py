"""As wasserstein_1d_torch.py, with the radix sort of CUB instead of torch.sort."""
import functools

import wasserstein_1d_torch
from cub import sorter, version  # noqa: F401

types = ["f32"]
devices = ["cuda"]

prepare = functools.partial(wasserstein_1d_torch.prepare, sorter=sorter)
