"""Trains with PyTorch, eager: `nn.Sequential`, `backward`, `torch.optim.SGD`."""

import torch
from program import Params, Train, run_program
from torch import nn
from workload import Workload

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


def network(workload: Workload) -> nn.Sequential:
    """Return the network at its first parameters."""
    modules: list[nn.Module] = []
    for W, b in workload.layers:
        linear = nn.Linear(*W.shape)
        linear.weight = nn.Parameter(torch.from_numpy(W.T.copy()))
        linear.bias = nn.Parameter(torch.from_numpy(b.copy()))
        modules += [linear, ACTIVATIONS[workload.activation]()]
    return nn.Sequential(*modules[:-1])


def linear(workload: Workload) -> nn.Linear:
    """Return the linear map X w at its first parameters."""
    module = nn.Linear(len(workload.initial[0]), 1, bias=False)
    module.weight = nn.Parameter(torch.from_numpy(workload.initial[0][None, :].copy()))
    return module


def build(workload: Workload) -> Train:
    """Return the training."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    X, t = torch.from_numpy(workload.features), torch.from_numpy(workload.target)[:, None]
    rows = None if workload.rows is None else torch.from_numpy(workload.rows)

    def train(steps: int) -> Params:
        model = network(workload) if workload.is_network else linear(workload)
        # torch's buffer is a sum of gradients, autograd's velocity that sum times -(1 - mass): with a
        # step size (1 - mass) times as large, the parameters are the same from the first step on.
        optimizer = torch.optim.SGD(
            model.parameters(), lr=workload.step_size * (1 - workload.mass), momentum=workload.mass
        )
        loss_function = nn.MSELoss()
        for step in range(steps):
            inputs, targets = (X, t) if rows is None else (X[rows[step]], t[rows[step]])
            optimizer.zero_grad()
            loss = loss_function(model(inputs), targets) / 2
            loss.backward()
            optimizer.step()
        arrays = [p.detach().numpy() for p in model.parameters()]
        return [array.T for array in arrays] if workload.is_network else [arrays[0][0]]

    return train


if __name__ == "__main__":
    run_program(build)
