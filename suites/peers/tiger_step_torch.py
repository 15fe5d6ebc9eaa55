"""Tiger's step as a PyTorch user writes it: the multi-tensor operations that torch.optim's foreach implementations are made of, in place."""
import torch

from optimizer import relative_rate, tensors_of

types = ["f32"]
devices = ["cpu", "cuda"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a, device):
    if p["guard"] != "off":
        raise NotImplementedError("guards skip tensors one by one, which its multi-tensor operations do not do")
    first, share, full = p["step"] % p["window"] == 0, 1 - p["beta"], p["passes"] == "full"
    alpha = p["alpha"] * relative_rate(p["schedule"], p["step"])
    tensors = list(tensors_of(p["tensors"], a, ["theta", "g", "m"], ["sum_sq", "new_sum_sq"]))
    letters = [letter for letter, *_ in tensors]
    host = [[torch.from_numpy(tensor[k]) for tensor in tensors] for k in range(1, 6)]
    theta, g, m, old, new = ([one.to(device) for one in each] for each in host)  # on the CPU the very arrays
    plain = [t for t, letter in enumerate(letters) if letter in "vg"]
    scaled = [t for t, letter in enumerate(letters) if letter not in "vg"]
    pick = lambda which, these: [these[t] for t in which]

    @torch.no_grad()
    def step():
        each = torch._foreach_div(g, p["window"])
        if first:
            torch._foreach_lerp_(m, each, share)
        else:
            torch._foreach_add_(m, each, alpha=share)
        signs = torch._foreach_sign(m)
        if plain:
            torch._foreach_add_(pick(plain, theta), pick(plain, signs), alpha=-alpha / 2)
        for t in scaled:
            squares = theta[t].square().sum(dim=1) if full else old[t]
            eta = alpha * torch.sqrt(squares / theta[t].shape[1])
            theta[t].sub_(signs[t].add_(theta[t], alpha=p["decay"]).mul_(eta[:, None]))
        for t in range(len(theta)):
            torch.sum(theta[t].square(), dim=1, out=new[t])

    def store():
        for k, moved in ((0, theta), (2, m), (4, new)):
            for to, one in zip(host[k], moved):
                to.copy_(one)
    return step, store
