"""A verdict on the gradient of configs/mlp.yaml, against `torch.autograd.gradcheck` on the same loss."""

import json
import tempfile

from comparison import Comparison
from places import CONFIGS, PEERS, PYTHON, REGRESS
from settings import Settings
from timing import interleave
from workloads import prepare_workload

ROUNDS = 7
# The networks 1-4-4-1 of configs/mlp.yaml and configs/mlp-tanh.yaml, at their first parameters.
WORKLOADS = ("mlp-relu", "mlp-tanh")


def measure(settings: Settings) -> list[Comparison]:
    """Time one check of all 33 parameters, warm, in turn; a right gradient not found right is an error."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for workload in WORKLOADS:
            path = prepare_workload(workload, folder)
            commands = {
                "ours": [PYTHON, str(PEERS / "gradcheck_regress.py"), path],
                "torch": [str(settings.peers_python), str(PEERS / "gradcheck_torch.py"), path],
            }
            samples = interleave(commands, settings.rounds, warm_up=False)
            ours, torch = (
                [json.loads(sample.stdout)["milliseconds"] for sample in rounds]
                for rounds in samples.values()
            )
            title = f"a verdict on the gradient of {workload} / torch's gradcheck"
            figures.append(Comparison("gradcheck", title, "ms", ours, torch, most=3.0))
        figures.append(_whole_processes(settings, prepare_workload(WORKLOADS[0], folder)))
    return figures


def _whole_processes(settings: Settings, path: str) -> Comparison:
    """Time the command, which looks at four points, against a script that looks at one."""
    commands = {
        "ours": [REGRESS, "gradcheck", "--quiet", str(CONFIGS / "mlp.yaml")],
        "torch": [str(settings.peers_python), str(PEERS / "gradcheck_torch.py"), path, "--process"],
    }
    samples = interleave(commands, settings.rounds)
    ours, torch = ([sample.seconds for sample in rounds] for rounds in samples.values())
    title = "`regress gradcheck configs/mlp.yaml`, 4 points / a script with torch's, 1 point"
    return Comparison("gradcheck", title, "s", ours, torch, most=3.0)
