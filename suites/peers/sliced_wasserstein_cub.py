"""As sliced_wasserstein_torch.py, with the segmented sort of CUB instead of torch.sort."""
import functools

import sliced_wasserstein_torch
from cub import sorter, version  # noqa: F401

types = ["f32"]
devices = ["cuda"]

prepare = functools.partial(sliced_wasserstein_torch.prepare, sorter=sorter)
