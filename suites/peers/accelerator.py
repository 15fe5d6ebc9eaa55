"""The clock of peers on a CUDA device, for those that work through PyTorch: events around one call, as for our variants."""
import torch


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
