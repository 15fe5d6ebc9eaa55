"""Score of a mixture as a PyTorch user writes it: MixtureSameFamily, and autograd of its log-density."""
import numpy as np
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal

types = ["f32"]
version = "PyTorch " + torch.__version__
torch.set_num_threads(1)


def prepare(p, a):
    if p["divergence"]:
        raise NotImplementedError("the divergence takes a second derivative for each dimension")
    if not p["points"]:
        raise NotImplementedError("no point")
    weight, mean = torch.from_numpy(a["weight"]), torch.from_numpy(a["mean"])
    total = float(np.log(a["weight"].astype(float).sum()))  # Categorical normalises
    if p["covariance"] == "cholesky":
        lower = np.where(np.tri(p["dim"], dtype=bool), a["factor"], np.float32(0))
        parts = MultivariateNormal(mean, scale_tril=torch.from_numpy(lower), validate_args=False)
    else:
        sigma = torch.from_numpy(a["factor"]).reshape(p["components"], -1).expand(-1, p["dim"])
        parts = Independent(Normal(mean, sigma, validate_args=False), 1, validate_args=False)
    law = MixtureSameFamily(Categorical(weight, validate_args=False), parts, validate_args=False)
    x, s = torch.from_numpy(a["x"]).clone().requires_grad_(), torch.from_numpy(a["s"])
    density = torch.from_numpy(a["log_density"]).view(-1)

    def work():
        log_density = law.log_prob(x)
        s.copy_(torch.autograd.grad(log_density.sum(), x)[0])
        if p["log_density"]:
            torch.add(log_density.detach(), total, out=density)
    return work
