"""FlashSinkhorn as it comes: products in TF32, which rounds coordinates to 2^-11. Otherwise as sinkhorn_flash.py."""
import functools

import sinkhorn_flash

types = ["f32"]
devices = ["cuda"]
version = sinkhorn_flash.version

prepare = functools.partial(sinkhorn_flash.prepare, tf32=True)
