"""Compares cyclograd-mpi with cyclograd on many networks and numbers of processes, and tries its failures.

    python3 compare.py CYCLOGRAD CYCLOGRAD_MPI [--quick]

Needs mpirun and nothing besides the standard library. Values of parameters must be equal bit by bit, as they are
drawn by their numbers; outputs, states and derivatives must agree to 1e-9 at the tolerance 1e-12.
"""

import csv
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import networks

ROOT = Path(__file__).resolve().parents[2]
QUICK = "--quick" in sys.argv
COMMAND, DISTRIBUTED = [str(Path(name).resolve()) for name in sys.argv[1:3]]
RANKS = [1, 3] if QUICK else [1, 2, 3, 4]
QUICK_NETWORKS = ["in-degree", "random", "ties", "two-neurons", "products-and-maxima", "diverging"]
LIMIT = 1e-9
ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n"]

failures = []


def check(holds, message):
    if not holds:
        failures.append(message)
        print("FAILED", message, flush=True)


def call(arguments, ranks=None, folder="."):
    words = [COMMAND] if ranks is None else MPIRUN + [str(ranks), DISTRIBUTED]
    return subprocess.run(
        words + arguments, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)


def table(path):
    with open(path) as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def largest_difference(a, b):
    """The largest difference of two lists of numbers, relative to the largest number, or 1."""
    if len(a) != len(b):
        return float("inf")
    scale = max([1.0] + [abs(x) for x in a if x == x])
    worst = 0.0
    for x, y in zip(a, b):
        if (x != x) != (y != y):
            return float("inf")
        if x == x:
            worst = max(worst, abs(x - y) / scale)
    return worst


def numbers(path):
    return [float(cell) for row in table(path)[1] for cell in row]


def samples(graph, folder):
    """Random inputs and targets of a graph."""
    shape = json.loads(call(["inspect", str(graph), "--json"]).stdout)["graph"]
    draw = random.Random(5)
    inputs = None
    if shape["inputs"] > 0:
        inputs = folder / "x.csv"
        inputs.write_text("".join(
            ",".join(repr(draw.uniform(-0.5, 0.5)) for _ in range(shape["inputs"])) + "\n"
            for _ in range(2)))
    targets = folder / "y.csv"
    targets.write_text("".join(
        ",".join(repr(draw.uniform(0, 1)) for _ in range(shape["outputs"])) + "\n"
        for _ in range(2 if inputs else 1)))
    return (["--input", str(inputs)] if inputs else []), ["--target", str(targets)]


def run(graph, inputs, targets, folder, ranks):
    """The answers of one program: codes, tables and JSON."""
    folder.mkdir()
    common = [str(graph), *inputs, "--tolerance", "1e-12", "--json"]
    solve = call(["solve", *common, "--save-state", "z.csv", "--save-activations", "a.csv"], ranks, folder)
    gradient = call(
        ["gradient", *common, *targets, "--output", "g.csv", "--input-gradient", "dx.csv"], ranks, folder)
    return solve, gradient


def compare(name, graph, folder):
    folder.mkdir()
    inputs, targets = samples(graph, folder)
    solve, gradient = run(graph, inputs, targets, folder / "one", None)
    expected = json.loads(solve.stdout)
    worst = 0.0
    for ranks in RANKS:
        place = f"{name} on {ranks}"
        own = folder / f"{ranks}"
        other, other_gradient = run(graph, inputs, targets, own, ranks)
        check(other.returncode == solve.returncode,
              f"{place}: solve ends with {other.returncode}, not {solve.returncode}: {other.stderr[-600:]}")
        check(other_gradient.returncode == gradient.returncode,
              f"{place}: gradient ends with {other_gradient.returncode}, not {gradient.returncode}: "
              f"{other_gradient.stderr[-600:]}")
        if other.returncode not in (0, 2) or not other.stdout:
            continue
        found = json.loads(other.stdout)
        check(set(found) == set(expected) | {"processes"},
              f"{place}: the keys differ: {set(found) ^ set(expected)}")
        for key in ("name", "neurons", "units", "edges", "inputs", "outputs", "parameters",
                    "trainable_parameters"):
            check(found["graph"][key] == expected["graph"][key], f"{place}: graph.{key} differs")
        check(found["failed"] == expected["failed"], f"{place}: other samples fail: {found['failures']}")
        for file in ("z.csv", "a.csv"):
            header, other_header = table(folder / "one" / file)[0], table(own / file)[0]
            check(header == other_header, f"{place}: the header of {file} differs")
            difference = largest_difference(numbers(folder / "one" / file), numbers(own / file))
            check(difference <= LIMIT, f"{place}: {file} differs by {difference}")
            worst = max(worst, difference)
        if gradient.returncode == 0 and other_gradient.returncode == 0:
            worst = max(worst, compare_gradients(place, folder / "one", own, gradient, other_gradient))
    print(f"{name}: {solve.returncode}, {worst:.1e}", flush=True)


def compare_gradients(place, one, own, gradient, other):
    header, rows = table(one / "g.csv")
    other_header, other_rows = table(own / "g.csv")
    check(header == other_header, f"{place}: the columns of the gradient differ")
    check([row[:4] for row in rows] == [row[:4] for row in other_rows],
          f"{place}: the rows of the gradient differ")
    check([row[4] for row in rows] == [row[4] for row in other_rows],
          f"{place}: initial values are not equal bit by bit")
    differences = [
        largest_difference([float(row[5]) for row in rows], [float(row[5]) for row in other_rows]),
        largest_difference(numbers(one / "dx.csv"), numbers(own / "dx.csv")),
    ]
    check(max(differences) <= LIMIT, f"{place}: derivatives differ by {differences}")
    expected, found = json.loads(gradient.stdout), json.loads(other.stdout)
    check(set(found) == set(expected) | {"processes"},
          f"{place}: the keys of the gradient differ: {set(found) ^ set(expected)}")
    check(abs(found["loss"] - expected["loss"]) <= LIMIT * max(1, abs(expected["loss"])),
          f"{place}: the losses differ")
    check(found["gradient_residual"] <= 1e-12, f"{place}: the residual is {found['gradient_residual']}")
    return max(differences)


def try_solvers(folder):
    """Preconditioners that are right give the same; those that PETSc has wrong are refused, by one process."""
    folder.mkdir()
    graph = folder / "net.yaml"
    graph.write_text(networks.text("stiff"))
    (folder / "x.csv").write_text("0.3\n")
    (folder / "y.csv").write_text("0.5\n")
    arguments = ["gradient", "net.yaml", "--input", "x.csv", "--target", "y.csv", "--tolerance", "1e-12"]
    call(arguments + ["--output", "one.csv"], None, folder)
    expected = [float(row[5]) for row in table(folder / "one.csv")[1]]
    for options in ("-ksp_type bcgs", "-pc_type bjacobi", "-pc_type asm", "-pc_type gamg",
                    "-pc_type lu -pc_factor_mat_solver_type mumps"):
        result = call(arguments + ["--output", "two.csv", "--json", "--petsc", options], 2, folder)
        check(result.returncode == 0 and "transposed" in json.loads(result.stdout)["backend"], f"{options}: ends with {result.returncode}: {result.stderr[-600:]}")
        if result.returncode == 0:
            difference = largest_difference(expected, [float(row[5]) for row in table(folder / "two.csv")[1]])
            check(difference <= LIMIT, f"{options}: differs by {difference}")
            print(f"{options}: {difference:.1e}", flush=True)
    for options in ("-pc_type hypre", "-pc_type lu -pc_factor_mat_solver_type superlu_dist",
                    "-pc_type jacobi", "-ksp_tpye bcgs"):
        result = call(arguments + ["--petsc", options], 2, folder)
        count = result.stderr.count("cyclograd: error:")
        check(result.returncode == 1 and count == 1,
              f"{options}: ends with {result.returncode} and {count} messages: {result.stderr[-600:]}")


def try_compare(folder):
    """The subcommand that compares with the ordinary engine agrees, with the ordinary command's keys."""
    folder.mkdir()
    graph = ROOT / "graphs" / "feedback.yaml"
    arguments = ["compare", str(graph), "--tolerance", "1e-12", "--json"]
    expected, result = json.loads(call(arguments, None, folder).stdout), call(arguments, 3, folder)
    check(result.returncode == 0, f"compare: ends with {result.returncode}: {result.stderr[-600:]}")
    if result.returncode != 0:
        return
    found = json.loads(result.stdout)
    check(set(found) == set(expected) | {"processes"}, "compare: the keys differ")
    check(set(found["backends"][0]) == set(expected["backends"][0]), "compare: the keys of a row differ")
    check(found["backends"][1]["max_difference"] <= LIMIT, "compare: the derivatives differ")


def try_failures(folder):
    """One clear message from one process, and an exit code."""
    folder.mkdir()
    (folder / "bad.yaml").write_text("format: cyclograd/1\ngroups: 3\n")
    for arguments, code in ((["solve", "missing.yaml"], 1), (["solve", "bad.yaml"], 1), (["solve"], 64),
                            (["solve", "bad.yaml", "--nonsense"], 64)):
        result = call(arguments, 3, folder)
        lines = [line for line in result.stderr.splitlines() if "error" in line.lower() and "cyclograd" in line
                 or line.startswith("Error:")]
        check(result.returncode == code and len(lines) == 1,
              f"{arguments}: ends with {result.returncode}: {result.stderr[-600:]}")
    # The gradient cannot be written: the processes that wait for process 0 must not wait for ever.
    (folder / "net.yaml").write_text(networks.text("in-degree"))
    (folder / "x.csv").write_text("0.1,0.2,0.3,0.4,0.5\n")
    (folder / "y.csv").write_text("0,0,0,1\n")
    result = call(["gradient", "net.yaml", "--input", "x.csv", "--target", "y.csv", "--output",
                   "no/such/folder.csv"], 3, folder)
    check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1,
          f"a gradient without a folder: {result.returncode}: {result.stderr[-600:]}")


TRAININGS = {
    "sgd": ("in-degree", "optimizer: {sgd: {momentum: 0.9}}\nrate: 0.05\ndecay: 0.01\n"),
    "adam": ("ties", "optimizer: adam\nrate: 0.01\nclip: {norm: 0.5}\n"),
    "frozen": ("frozen-and-single-edges", "optimizer: adamw\nrate: 0.01\nschedule: {step: {every: 2, factor: 0.5}}\nwarm-up: 1\n"),
}


def tensors(path):
    """The arrays of a safetensors file of F64, as lists, by name."""
    content = Path(path).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    result = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F64":
            first, end = entry["data_offsets"]
            result[name] = list(struct.unpack(f"<{(end - first) // 8}d", content[8 + length + first:8 + length + end]))
    return result


def try_training(folder):
    """Ten steps give the same parameters; a training that was interrupted goes on with another number of processes."""
    folder.mkdir()
    for name, (network, options) in TRAININGS.items():
        graph = folder / f"{network}.yaml"
        graph.write_text(networks.text(network))
        shape = json.loads(call(["inspect", str(graph), "--json"]).stdout)["graph"]
        draw = random.Random(3)
        for file, columns in (("x", shape["inputs"]), ("y", shape["outputs"])):
            (folder / f"{name}-{file}.csv").write_text("".join(
                ",".join(repr(draw.uniform(-0.5, 0.5)) for _ in range(columns)) + "\n" for _ in range(7)))
        (folder / f"{name}.yaml").write_text(
            f"format: cyclograd-training/1\ngraph: {network}.yaml\n"
            f"data: {{file: {name}-x.csv, targets-file: {name}-y.csv}}\ntolerance: 1.0e-12\n"
            f"loss: half-squared-error\nbatch: 4\nepochs: 5\n{options}")

        def train(ranks, *more, place="."):
            return call(["train", f"{name}.yaml", "--output", f"{name}-{ranks}.safetensors", "--checkpoints",
                         f"{name}-{place}-checkpoints", "--json", *more], ranks, folder)

        result = train(None, "--overwrite", place="one")
        check(result.returncode == 0, f"training {name}: {result.stderr[-600:]}")
        if result.returncode != 0:
            continue
        expected, keys = tensors(folder / f"{name}-None.safetensors"), set(json.loads(result.stdout))
        for ranks in RANKS:
            result = train(ranks, "--overwrite", place="mpi")
            check(result.returncode == 0, f"training {name} on {ranks}: {result.stderr[-600:]}")
            if result.returncode != 0:
                continue
            check(set(json.loads(result.stdout)) == keys | {"processes"}, f"training {name}: the keys differ")
            compare_parameters(f"training {name} on {ranks}", expected, folder / f"{name}-{ranks}.safetensors")
        # Three epochs on 2 processes, the rest on 3.
        train(2, "--overwrite", "--epochs", "3", place="mpi")
        result = train(3, "--resume", place="mpi")
        check(result.returncode == 0, f"resuming {name}: {result.stderr[-600:]}")
        if result.returncode == 0:
            check(json.loads(result.stdout)["steps"] == 10, f"resuming {name}: the steps differ")
            compare_parameters(f"resuming {name}", expected, folder / f"{name}-3.safetensors")
        checkpoint = folder / f"{name}-mpi-checkpoints" / "checkpoint.mpi"
        whole = checkpoint.read_bytes()
        checkpoint.write_bytes(whole[:-9])
        result = train(2, "--resume", place="mpi")
        check(result.returncode == 1 and result.stderr.count("cut short") == 1,
              f"a checkpoint cut short: {result.returncode}: {result.stderr[-600:]}")
        checkpoint.write_bytes(whole)
        result = train(2, place="mpi")
        check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1,
              f"a checkpoint that is there already: {result.returncode}: {result.stderr[-600:]}")


def compare_parameters(place, expected, path):
    found = tensors(path)
    check(set(found) == set(expected), f"{place}: the tensors differ")
    worst = max(largest_difference(expected[name], found[name]) for name in expected)
    check(worst <= LIMIT, f"{place}: parameters differ by {worst}")
    print(f"{place}: {worst:.1e}", flush=True)


def try_kill(folder):
    """A process that is killed ends the job."""
    folder.mkdir()
    (folder / "net.yaml").write_text(networks.text("diverging").replace("size: 10", "size: 1500"))
    (folder / "x.csv").write_text("0.1,0.2\n" * 4000)
    job = subprocess.Popen(MPIRUN + ["3", DISTRIBUTED, "solve", "net.yaml", "--input", "x.csv"], cwd=folder,
                           env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.time() + 30
    victims = []
    while time.time() < deadline and len(victims) < 3:
        found = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True).stdout.split()
        victims = [int(pid) for pid in found]
        time.sleep(0.2)
    time.sleep(1)
    os.kill(victims[-1], signal.SIGKILL)
    _, errors = job.communicate(timeout=60)
    check(job.returncode not in (0, None) and "signal 9" in errors,
          f"a killed process: {job.returncode}: {errors[-600:]}")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # The stiff one is for the solvers.
        names = QUICK_NETWORKS if QUICK else [name for name in networks.GENERATED if name != "stiff"]
        for name in names:
            graph = folder / f"{name}.yaml"
            graph.write_text(networks.text(name))
            compare(name, graph, folder / name)
        if not QUICK:
            for graph in sorted((ROOT / "graphs").glob("*.yaml")):
                compare(graph.stem, graph, folder / graph.stem)
        try_solvers(folder / "solvers")
        try_compare(folder / "compare")
        try_failures(folder / "failures")
        try_training(folder / "trainings")
        if not QUICK:
            try_kill(folder / "kill")
    print(f"distributed: {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
