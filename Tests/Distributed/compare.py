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
import zipfile
from pathlib import Path

import networks

ROOT = Path(__file__).resolve().parents[2]
QUICK = "--quick" in sys.argv
COMMAND, DISTRIBUTED = [str(Path(name).resolve()) for name in sys.argv[1:3]]
RANKS = [1, 3] if QUICK else [1, 2, 3, 4]
QUICK_NETWORKS = ["in-degree", "random", "ties", "two-neurons", "products-and-maxima", "ends", "fragments",
                  "diverging"]
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
            for _ in range(5)))
    targets = folder / "y.csv"
    targets.write_text("".join(
        ",".join(repr(draw.uniform(0, 1)) for _ in range(shape["outputs"])) + "\n"
        for _ in range(5 if inputs else 1)))
    return (["--input", str(inputs)] if inputs else []), ["--target", str(targets)]


def run(graph, inputs, targets, folder, ranks, *more):
    """The answers of one program: codes, tables and JSON."""
    folder.mkdir()
    common = [str(graph), *inputs, "--tolerance", "1e-12", "--json", *more]
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


def try_plan(folder):
    """The parts that one process makes alone are those that processes have."""
    folder.mkdir()
    graph = folder / "net.yaml"
    graph.write_text(networks.text("lattice"))
    inputs, _ = samples(graph, folder)
    found = json.loads(call(["solve", "net.yaml", *inputs, "--json"], 3, folder).stdout)["processes"]
    for rank, part in enumerate(found):
        result = call(["plan", "net.yaml", "--processes", "3", "--rank", str(rank), "--json"], 1, folder)
        check(result.returncode == 0, f"plan: ends with {result.returncode}: {result.stderr[-600:]}")
        plan = json.loads(result.stdout)["plans"][0]
        check(all(plan[key] == part[key] for key in ("neurons", "edges", "ghosts")), f"plan: {plan}, not {part}")
    for arguments, ranks in ((["--processes", "0"], 1), (["--processes", "2", "--rank", "2"], 1), ([], 2)):
        result = call(["plan", "net.yaml", *arguments], ranks, folder)
        check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1,
              f"plan {arguments}: {result.returncode}: {result.stderr[-600:]}")


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
    # More rows than a buffer holds, so that a full disk is met while others still send theirs.
    (folder / "wide.yaml").write_text(
        "format: cyclograd/1\ngroups:\n  - {name: x, size: 1, role: input}\n  - {name: y, size: 200, role: output}\n"
        "connections:\n  - {from: x, to: y}\n  - {from: y, to: y, weight: {normal: 0.01}}\n")
    (folder / "one.csv").write_text("0.5\n")
    (folder / "many.csv").write_text(",".join(["0"] * 200) + "\n")
    result = call(["gradient", "wide.yaml", "--input", "one.csv", "--target", "many.csv", "--output", "/dev/full"],
                  3, folder)
    check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1
          and "No space left" in result.stderr, f"a full disk: {result.returncode}: {result.stderr[-600:]}")
    (folder / "all.csv").write_text(",".join(["0.5"] + ["0"] * 200) + "\n")
    (folder / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: wide.yaml\ndata: {file: all.csv, inputs: 0, targets: 1..200}\noptimizer: sgd\nrate: 0.1\n"
        "epochs: 1\n")
    result = call(["train", "t.yaml", "--checkpoints", "one.csv/c"], 2, folder)
    check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1,
          f"a folder within a file: {result.returncode}: {result.stderr[-600:]}")


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
        if name == "adam" or not QUICK:
            try_splitting(name, train, expected, folder)
        # Three epochs on 2 processes, the rest on 3, which divide the neurons otherwise.
        train(2, "--overwrite", "--epochs", "3", "--partition", place="mpi")
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
    result = train(2, "--overwrite", "--split", "samples", "--partition", place="mpi")
    check(result.returncode == 1 and result.stderr.count("cyclograd: error: --partition divides") == 1,
          f"samples that are split and neurons that are divided: {result.returncode}: {result.stderr[-600:]}")


def try_splitting(name, train, expected, folder):
    """Processes that share samples come to the same, and their checkpoints serve those that share rows."""
    # Five are more than a minibatch has samples.
    for ranks in RANKS[1:] + [5]:
        result = train(ranks, "--overwrite", "--split", "samples", place="mpi")
        check(result.returncode == 0, f"training {name} split over {ranks}: {result.stderr[-600:]}")
        if result.returncode == 0:
            compare_parameters(f"training {name} split over {ranks}", expected, folder / f"{name}-{ranks}.safetensors")
            found = json.loads(result.stdout)
            check(found["steps"] == 10, f"training {name} split over {ranks}: steps differ")
            check([part["edges"] for part in found["processes"]] == [found["graph"]["edges"]] * ranks,
                  f"training {name} split over {ranks}: {found['processes']}")
    # A checkpoint says nothing of what processes shared.
    train(2, "--overwrite", "--epochs", "3", "--split", "samples", place="mpi")
    result = train(3, "--resume", place="mpi")
    check(result.returncode == 0, f"resuming {name} by rows: {result.stderr[-600:]}")
    if result.returncode == 0:
        compare_parameters(f"resuming {name} by rows", expected, folder / f"{name}-3.safetensors")
    train(3, "--overwrite", "--epochs", "3", place="mpi")
    result = train(2, "--resume", "--split", "samples", place="mpi")
    check(result.returncode == 0, f"resuming {name} by samples: {result.stderr[-600:]}")
    if result.returncode == 0:
        compare_parameters(f"resuming {name} by samples", expected, folder / f"{name}-2.safetensors")


def matrix(path, size, seed):
    """A random matrix as a Matrix Market file, its entries in no order, one row far longer than the others."""
    draw = random.Random(seed)
    places = {(draw.randrange(size), draw.randrange(size)) for _ in range(6 * size)}
    places |= {(size // 3, column) for column in range(size)}
    places = sorted(places)
    draw.shuffle(places)
    path.write_text(
        f"%%MatrixMarket matrix coordinate real general\n{size} {size} {len(places)}\n" + "".join(
            f"{row + 1} {column + 1} {draw.uniform(-1, 1) / (6 if row != size // 3 else size)!r}\n"
            for row, column in places))


def try_shards(folder):
    """Edges in shards are read in parts, with the same answers; shards that are damaged or of others are refused."""
    folder.mkdir()
    for name, seed in (("net", 1), ("other", 2)):
        matrix(folder / f"{name}.mtx", 300, seed)
        result = call(["convert", f"{name}.mtx", f"{name}.yaml", "--shards", "5", "--activation", "tanh",
                       "--input-neurons", "3", "--output-neurons", "2"], None, folder)
        check(result.returncode == 0, f"shards: ends with {result.returncode}: {result.stderr[-600:]}")
    (folder / "whole").mkdir()
    result = call(["convert", "net.mtx", "whole/net.yaml", "--activation", "tanh", "--input-neurons", "3",
                   "--output-neurons", "2"], None, folder)
    check(result.returncode == 0, f"no shards: ends with {result.returncode}: {result.stderr[-600:]}")
    (folder / "x.csv").write_text("0.1,0.2,-0.3\n")
    (folder / "y.csv").write_text("0,1\n")
    options = ["--input", "x.csv", "--target", "y.csv", "--tolerance", "1e-12", "--output"]

    def gradient(path):
        return [float(row[5]) for row in table(folder / path)[1]]

    call(["gradient", "whole/net.yaml", *options, "whole.csv"], None, folder)
    # The ordinary command reads shards whole.
    call(["gradient", "net.yaml", *options, "one.csv"], None, folder)
    check(gradient("whole.csv") == gradient("one.csv"), "shards: the ordinary command's answer differs")
    for ranks in RANKS + [7]:
        result = call(["gradient", "net.yaml", *options, "two.csv", "--json"], ranks, folder)
        check(result.returncode == 0, f"shards on {ranks}: {result.stderr[-600:]}")
        if result.returncode == 0:
            difference = largest_difference(gradient("whole.csv"), gradient("two.csv"))
            check(difference <= LIMIT, f"shards on {ranks}: differs by {difference}")
            edges = [process["edges"] for process in json.loads(result.stdout)["processes"]]
            check(ranks > 4 or max(edges) < 1.5 * sum(edges) / ranks + 300, f"shards on {ranks}: edges {edges}")
            print(f"shards on {ranks}: {difference:.1e}", flush=True)
    shard = folder / "net.shards" / "1.npz"
    whole = shard.read_bytes()
    for what, damage, words in (
            ("cut short", lambda: shard.write_bytes(whole[:len(whole) // 2]), "1.npz"),
            ("of another graph", lambda: shard.write_bytes((folder / "other.shards" / "1.npz").read_bytes()),
             "another matrix"),
            ("missing", shard.unlink, "missing")):
        damage()
        result = call(["solve", "net.yaml", "--input", "x.csv"], 3, folder)
        check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1 and words in result.stderr,
              f"a shard {what}: {result.returncode}: {result.stderr[-600:]}")
        shard.write_bytes(whole)
    check(call(["solve", "net.yaml", "--input", "x.csv"], 3, folder).returncode == 0, "the shard is whole again")


def try_partition(folder):
    """Neurons that PT-Scotch deals out give the same, in the file's order; a shuffled lattice has far fewer ghosts then."""
    folder.mkdir()
    side = 24
    places = list(range(side * side))
    random.Random(4).shuffle(places)
    edges = []
    for i in range(side):
        for j in range(side):
            for k, l in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                source = places[(i + k) % side * side + (j + l) % side]
                edges.append((places[i * side + j], source))
    draw = random.Random(5)
    (folder / "w.mtx").write_text(
        f"%%MatrixMarket matrix coordinate real general\n{side * side} {side * side} {len(edges)}\n" + "".join(
            f"{row + 1} {column + 1} {draw.uniform(0, 0.4)!r}\n" for row, column in edges))
    call(["convert", "w.mtx", "shuffled.yaml", "--activation", "tanh", "--input-neurons", "2", "--output-neurons", "2"],
         None, folder)
    ghosts = {}
    for name in ["shuffled"] + (["products-and-maxima", "ties", "lower-and-one-to-one"] if QUICK else
                                [name for name in networks.GENERATED if name not in ("stiff", "diverging")]):
        graph = folder / f"{name}.yaml"
        if name != "shuffled":
            graph.write_text(networks.text(name))
        place = folder / name
        place.mkdir()
        inputs, targets = samples(graph, place)
        solve, gradient = run(graph, inputs, targets, place / "one", None)
        check(gradient.returncode == 0, f"{name}: {gradient.stderr[-600:]}")
        for ranks in RANKS:
            own = place / f"{ranks}"
            other, other_gradient = run(graph, inputs, targets, own, ranks, "--partition")
            check(other.returncode == 0 and other_gradient.returncode == 0,
                  f"partition of {name} on {ranks}: {other.stderr[-600:]} {other_gradient.stderr[-600:]}")
            if other_gradient.returncode != 0 or other.returncode != 0:
                continue
            for file in ("z.csv", "a.csv"):
                difference = largest_difference(numbers(place / "one" / file), numbers(own / file))
                check(difference <= LIMIT, f"partition of {name} on {ranks}: {file} differs by {difference}")
            compare_gradients(f"partition of {name} on {ranks}", place / "one", own, gradient, other_gradient)
            ghosts[name, ranks] = sum(one["ghosts"] for one in json.loads(other.stdout)["processes"])
        plain = call(["solve", str(graph), *inputs, "--json"], 3, place)
        if name == "shuffled":
            before = sum(one["ghosts"] for one in json.loads(plain.stdout)["processes"])
            check(ghosts[name, 3] < before / 3, f"partition: {ghosts[name, 3]} ghosts, {before} without")
            print(f"partition: {ghosts[name, 3]} ghosts instead of {before}", flush=True)


def try_arrays(folder):
    """Derivatives as arrays are those of the ordinary command, byte for byte where numbers are equal."""
    folder.mkdir()
    graph = folder / "net.yaml"
    graph.write_text(networks.text("ties"))
    inputs, targets = samples(graph, folder)
    options = ["gradient", "net.yaml", *inputs, *targets, "--tolerance", "1e-12", "--output"]
    for ranks in (None, 3):
        for name in ("npz", "safetensors"):
            result = call(options + [f"{ranks}.{name}"], ranks, folder)
            check(result.returncode == 0, f"a gradient as {name} on {ranks}: {result.stderr[-600:]}")
    ordinary, other = arrays(folder / "None.npz"), arrays(folder / "3.npz")
    check(list(ordinary) == list(other), f"arrays differ: {list(ordinary)}, {list(other)}")
    for name in ordinary:
        check(ordinary[name][0] == other[name][0], f"array {name} has another header")
        difference = largest_difference(ordinary[name][1], other[name][1])
        check(difference <= LIMIT, f"array {name} differs by {difference}")
    one, two = (tensors(folder / f"{ranks}.safetensors") for ranks in (None, 3))
    check(set(one) == set(two), "the tensors of a gradient differ")
    for name in one:
        check(largest_difference(one[name], two[name]) <= LIMIT, f"tensor {name} differs")


def arrays(path):
    """The headers and numbers of an .npz archive."""
    result = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            end = 10 + int.from_bytes(content[8:10], "little")
            header, data = content[10:end], content[end:]
            kind = {b"<f8": "d", b"<i8": "q", b"<i4": "i"}[header[header.index(b"<"):][:3]]
            result[name] = header, list(struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data))
    return result


def try_validation(folder):
    """Validations find the same at the same steps, and the parameters of the best are what comes out."""
    folder.mkdir()
    (folder / "net.yaml").write_text(networks.text("in-degree"))
    draw = random.Random(3)
    for file, columns in (("x", 5), ("y", 4)):
        (folder / f"{file}.csv").write_text("".join(
            ",".join(repr(draw.uniform(-0.5, 0.5)) for _ in range(columns)) + "\n" for _ in range(12)))
    # The rate is too large to get better to the end.
    (folder / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: net.yaml\ntolerance: 1.0e-12\n"
        "data: {file: x.csv, targets-file: y.csv, steps: [{split: validation, share: 0.4, seed: 2}]}\n"
        "loss: half-squared-error\nmetrics: [mse]\nbatch: 3\nepochs: 6\n"
        "optimizer: {sgd: {momentum: 0.9}}\nrate: 0.4\n")

    def train(ranks, *more):
        return call(["train", "t.yaml", "--output", f"{ranks}.safetensors", "--checkpoints", f"{ranks}-c", "--json",
                     *more], ranks, folder)

    expected = train(None)
    check(expected.returncode == 0, f"validation: {expected.stderr[-600:]}")
    if expected.returncode != 0:
        return
    best = json.loads(expected.stdout)["best"]
    for ranks in RANKS:
        for split in ("rows", "samples"):
            place = f"validation on {ranks} that share {split}"
            result = train(ranks, "--overwrite", "--split", split)
            check(result.returncode == 0, f"{place}: {result.stderr[-600:]}")
            if result.returncode == 0:
                compare_best(place, best, json.loads(result.stdout)["best"])
                compare_parameters(place, tensors(folder / "None.safetensors"), folder / f"{ranks}.safetensors")
    train(3, "--overwrite", "--epochs", "3")
    result = train(3, "--resume")
    check(result.returncode == 0, f"a validation that is resumed: {result.stderr[-600:]}")
    if result.returncode == 0:
        compare_best("a validation that is resumed", best, json.loads(result.stdout)["best"])
        compare_parameters("a validation that is resumed", tensors(folder / "None.safetensors"),
                           folder / "3.safetensors")


def compare_best(place, expected, found):
    check(found is not None and set(found) == set(expected), f"{place}: best is {found}, not {expected}")
    if found is not None:
        for key, value in expected.items():
            equal = abs(found[key] - value) <= LIMIT if isinstance(value, float) else found[key] == value
            check(equal, f"{place}: {key} is {found[key]}, not {value}")


def compare_parameters(place, expected, path):
    found = tensors(path)
    check(set(found) == set(expected), f"{place}: the tensors differ")
    worst = max(largest_difference(expected[name], found[name]) for name in expected)
    check(worst <= LIMIT, f"{place}: parameters differ by {worst}")
    print(f"{place}: {worst:.1e}", flush=True)


def kill_one(job, delay):
    """Kills the last process that mpirun has started, after some time; returns what the job says then."""
    deadline = time.time() + 30
    victims = []
    while time.time() < deadline and len(victims) < 3 and job.poll() is None:
        found = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True).stdout.split()
        victims = [int(pid) for pid in found]
        time.sleep(0.05)
    time.sleep(delay)
    try:
        os.kill(victims[-1], signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        pass
    return job.communicate(timeout=60)[1]


def start(arguments, folder):
    return subprocess.Popen(MPIRUN + ["3", DISTRIBUTED, *arguments], cwd=folder, env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def try_kill(folder):
    """A process that is killed in the middle of a solve ends the job."""
    folder.mkdir()
    (folder / "net.yaml").write_text(networks.text("diverging").replace("size: 10", "size: 1500"))
    (folder / "x.csv").write_text("0.1,0.2\n" * 4000)
    job = start(["solve", "net.yaml", "--input", "x.csv", "--output", "out.csv"], folder)
    errors = kill_one(job, 1)
    check(job.returncode not in (0, None) and "signal 9" in errors,
          f"a killed process: {job.returncode}: {errors[-600:]}")
    check(not (folder / "out.csv").exists(), "a killed process left outputs")


def long_training(folder, epochs):
    """A training that writes its checkpoint after every epoch, which takes most of its time."""
    (folder / "net.yaml").write_text(
        "format: cyclograd/1\nname: net\nseed: 3\ngroups:\n"
        "  - {name: x, size: 2, role: input}\n  - {name: h, size: 60000, activation: tanh}\n"
        "  - {name: y, size: 1, role: output}\nconnections:\n"
        "  - {from: x, to: h, pattern: {in-degree: 1}, weight: {normal: 0.1}}\n"
        "  - {from: h, to: h, pattern: {in-degree: 4}, self: false, weight: {uniform: [-0.1, 0.1]}}\n"
        "  - {from: h, to: y, pattern: {in-degree: 50}, weight: {normal: 0.1}}\n")
    (folder / "x.csv").write_text("0.1,0.2\n-0.3,0.1\n")
    (folder / "y.csv").write_text("0.5\n-0.5\n")
    (folder / "t.yaml").write_text(
        "format: cyclograd-training/1\ngraph: net.yaml\ndata: {file: x.csv, targets-file: y.csv}\n"
        f"tolerance: 1.0e-12\nloss: half-squared-error\nbatch: 1\nepochs: {epochs}\noptimizer: adam\n"
        "rate: 0.001\noutput: out.safetensors\ncheckpoints: {folder: c, every: 1}\n")


def try_kill_while_saving(folder):
    """Whenever a process is killed, the checkpoint is whole, and the training goes on to the same end."""
    folder.mkdir()
    long_training(folder, 12)
    result = call(["train", "t.yaml", "--json", "--checkpoints", "other", "--output", "expected.safetensors"], 2, folder)
    check(result.returncode == 0, f"a long training: {result.stderr[-600:]}")
    if result.returncode != 0:
        return
    seconds = json.loads(result.stdout)["seconds"]
    resumed = 0
    for attempt in range(4 if QUICK else 8):
        job = start(["train", "t.yaml", "--resume", "--json"], folder)
        errors = kill_one(job, 0.3 + seconds * (attempt % 4 + 0.5) / 8)
        check("cyclograd: error:" not in errors, f"a training after a kill: {errors[-600:]}")
        resumed += (folder / "c" / "checkpoint.mpi").exists()
    result = call(["train", "t.yaml", "--resume", "--json"], 3, folder)
    check(result.returncode == 0, f"a training after kills: {result.stderr[-600:]}")
    check(resumed > 0, "no checkpoint was written before a kill")
    if result.returncode == 0:
        check(json.loads(result.stdout)["steps"] == 24, "the steps after kills differ")
        compare_parameters(f"a training killed {resumed} times", tensors(folder / "expected.safetensors"),
                           folder / "out.safetensors")


def try_checkpoint(folder):
    """Plain sgd goes on; another training's checkpoint, and a damaged one, are refused."""
    folder.mkdir()
    long_training(folder, 2)
    text = (folder / "t.yaml").read_text().replace("optimizer: adam", "optimizer: sgd")
    (folder / "t.yaml").write_text(text)
    result = call(["train", "t.yaml", "--json"], 2, folder)
    check(result.returncode == 0, f"sgd: {result.stderr[-600:]}")
    result = call(["train", "t.yaml", "--resume", "--epochs", "3", "--json"], 1, folder)
    check(result.returncode == 0 and json.loads(result.stdout)["steps"] == 6, f"sgd goes on: {result.stderr[-600:]}")

    def refused(what, expected, *more):
        result = call(["train", "t.yaml", "--resume", "--epochs", "4", *more], 2, folder)
        check(result.returncode == 1 and expected in result.stderr, f"{what}: {result.returncode}: {result.stderr[-600:]}")

    net = (folder / "net.yaml").read_text()
    (folder / "net.yaml").write_text(net.replace("activation: tanh", "activation: relu"))
    refused("another activation", "its groups is")
    (folder / "net.yaml").write_text(net)
    (folder / "t.yaml").write_text(text.replace("half-squared-error", "absolute-error"))
    refused("another loss", "its loss is")
    (folder / "t.yaml").write_text(text)
    refused("another seed", "its seed is", "--seed", "99")
    (folder / "y.csv").write_text("0.5\n0.5\n")
    refused("other targets", "its training data is")
    (folder / "y.csv").write_text("0.5\n-0.5\n")
    path = folder / "c" / "checkpoint.mpi"
    whole = path.read_bytes()
    path.write_bytes(whole[:4100] + b"\xff\xff\xff\xff" + whole[4104:])
    refused("a damaged number", "its checksum is another")
    place = whole.index(b"progress.epoch=") + len(b"progress.epoch=")
    path.write_bytes(whole[:place] + b"x" + whole[place + 1:])
    refused("a damaged header", "is damaged")
    path.write_bytes(whole)
    result = call(["train", "t.yaml", "--resume", "--epochs", "4", "--json"], 2, folder)
    check(result.returncode == 0, f"the whole checkpoint: {result.stderr[-600:]}")


def try_full_disk(folder):
    """A checkpoint that does not fit on its disk: one message, and the one before is left."""
    folder.mkdir()
    long_training(folder, 2)
    (folder / "c").mkdir()
    check(call(["train", "t.yaml", "--checkpoints", "small", "--epochs", "1"], 2, folder).returncode == 0,
          "a short training")
    size = (folder / "small" / "checkpoint.mpi").stat().st_size
    mount = f"mount -t tmpfs -o size={size * 3 // 2} none c && cp small/checkpoint.mpi c/ && "
    mount += " ".join(MPIRUN + ["3", DISTRIBUTED, "train", "t.yaml", "--resume", "--json"])
    result = subprocess.run(
        ["unshare", "-m", "bash", "-c", mount + "; code=$?; cmp small/checkpoint.mpi c/checkpoint.mpi || exit 99; "
         "ls c >&2; exit $code"], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    if "mount" in result.stderr and "cyclograd" not in result.stderr:
        print("a full disk: nothing can be mounted here", flush=True)
        return
    check(result.returncode == 1 and result.stderr.count("cyclograd: error:") == 1
          and "No space left" in result.stderr, f"a full disk: {result.returncode}: {result.stderr[-600:]}")
    check(".tmp" not in result.stderr.splitlines()[-1], "a full disk: a part of a checkpoint was left")


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
        try_plan(folder / "plan")
        try_failures(folder / "failures")
        try_arrays(folder / "arrays")
        try_partition(folder / "partition")
        try_shards(folder / "shards")
        try_training(folder / "trainings")
        try_validation(folder / "validation")
        try_kill_while_saving(folder / "kills")
        try_checkpoint(folder / "checkpoint")
        try_full_disk(folder / "disk")
        if not QUICK:
            try_kill(folder / "kill")
    print(f"distributed: {len(failures)} failed")
    sys.exit(1 if failures else 0)


main()
