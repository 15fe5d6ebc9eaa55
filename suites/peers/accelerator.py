"""For peers on a CUDA device, through PyTorch: arrays there and back, and the clock, events around one call as for our variants."""
import numpy as np
import torch


def since(release):
    """ImportError where PyTorch is older than (major, minor)."""
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < release:
        raise ImportError(f"PyTorch {torch.__version__} is too old, {'.'.join(map(str, release))} has what this peer is made of")


def moved(array, device):
    """The same numbers as a tensor on the device; bf16 comes as its bits."""
    if array.dtype == np.uint16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).to(device)
    return torch.from_numpy(array).to(device)


def put(array, tensor):
    """The tensor's numbers into an array of its shape, to the bit."""
    tensor = tensor.detach().cpu()
    array[:] = tensor.view(torch.int16).numpy().view(np.uint16) if tensor.dtype == torch.bfloat16 else tensor.numpy()


def clock():
    if not torch.cuda.is_available():
        raise NotImplementedError(f"PyTorch {torch.__version__} sees no CUDA device")
    cache = torch.cuda.get_device_properties(0).L2_cache_size
    swept = torch.zeros(2 * cache // 4, device="cuda")
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)

    def seconds(work):
        swept.sum()
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) / 1000
    return seconds
