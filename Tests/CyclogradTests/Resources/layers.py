"""Known answers for the layers of graph files, by PyTorch in double precision.

Without arguments it writes layer-answers.json beside itself; with --compare it computes the answers anew and fails where
they differ from the file's by more than 1e-12. Every case has the parameters as PyTorch holds them, an input, and
the output.
"""

import json
import pathlib
import random
import sys

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
# Python's own numbers, which are the same in all versions.
NUMBERS = random.Random(16)
FILE = pathlib.Path(__file__).with_name("layer-answers.json")


def draw(*shape):
    count = torch.Size(shape).numel()
    return torch.tensor([NUMBERS.uniform(-1, 1) for _ in range(count)]).reshape(shape)


def filled(layer):
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.6 * draw(*parameter.shape))
    return layer


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def case(name, options, parameters, x, y):
    return {
        "name": name,
        "options": options,
        "parameters": {key: flat(value) for key, value in parameters.items()},
        "shape": list(x.shape),
        "input": flat(x),
        "output": flat(y),
    }


def convolution(name, dimensions, shape, channels, depthwise=False, **options):
    kind = nn.Conv1d if dimensions == 1 else nn.Conv2d
    layer = filled(kind(shape[0], channels, groups=shape[0] if depthwise else 1, **options))
    x = draw(*shape)
    said = dict(options, channels=channels, depthwise=depthwise, dimensions=dimensions)
    return case(name, said, dict(layer.named_parameters()), x, layer(x[None])[0])


def pooling(name, kind, dimensions, shape, **options):
    layer = getattr(nn, f"{kind}Pool{dimensions}d")(**options)
    x = draw(*shape)
    return case(name, dict(options, dimensions=dimensions), {}, x, layer(x[None])[0])


def cases():
    layer = filled(nn.Linear(5, 3))
    x = draw(5)
    yield case("dense", {"size": 3}, dict(layer.named_parameters()), x, torch.tanh(layer(x)))

    yield convolution("convolution-2d", 2, (2, 6, 5), 3, kernel_size=3, padding=1)
    yield convolution("convolution-stride", 2, (2, 7, 8), 2, kernel_size=[3, 2], stride=[2, 3], padding=[2, 1])
    yield convolution("convolution-dilation", 2, (1, 9, 8), 2, kernel_size=3, dilation=[2, 3], padding=2)
    yield convolution("convolution-depthwise", 2, (3, 5, 5), 3, True, kernel_size=2, stride=2)
    yield convolution("convolution-1d", 1, (2, 11), 3, kernel_size=4, stride=2, padding=1, dilation=2)

    yield pooling("max-pooling", "Max", 2, (2, 6, 4), kernel_size=2)
    yield pooling("max-pooling-padding", "Max", 2, (1, 5, 6), kernel_size=3, stride=2, padding=1)
    yield pooling("max-pooling-dilation", "Max", 2, (1, 8, 9), kernel_size=[2, 3], stride=1, dilation=[3, 2])
    yield pooling("max-pooling-1d", "Max", 1, (2, 9), kernel_size=3, stride=2, padding=1)
    yield pooling("average-pooling", "Avg", 2, (2, 6, 7), kernel_size=3, stride=2, padding=1)

    layer = nn.BatchNorm2d(3)
    with torch.no_grad():
        layer.weight.copy_(draw(3).abs() + 0.5)
        layer.bias.copy_(draw(3))
        layer.running_mean.copy_(draw(3))
        layer.running_var.copy_(draw(3).abs() + 0.1)
    layer.eval()
    statistics = {"mean": layer.running_mean, "variance": layer.running_var}
    x = draw(3, 4, 2)
    yield case("normalization", {"epsilon": layer.eps}, {**dict(layer.named_parameters()), **statistics}, x, layer(x[None])[0])
    convolution2 = filled(nn.Conv2d(2, 3, 3, padding=1))
    x = draw(2, 4, 4)
    parameters = {
        "weight": convolution2.weight, "bias": convolution2.bias, "scale": layer.weight, "shift": layer.bias, **statistics,
    }
    yield case(
        "normalized-convolution", {"epsilon": layer.eps, "channels": 3, "kernel_size": 3, "padding": 1}, parameters, x,
        torch.relu(layer(convolution2(x[None])))[0])

    x = draw(2, 4, 4)
    first, second = filled(nn.Conv2d(2, 2, 3, padding=1)), filled(nn.Conv2d(2, 2, 3, padding=1))
    parameters = {
        "weight1": first.weight, "bias1": first.bias, "weight2": second.weight, "bias2": second.bias,
    }
    yield case("residual", {}, parameters, x, torch.relu(x + second(torch.relu(first(x[None])))[0]))

    for name, kind, steps in [("lstm", nn.LSTM, 3), ("lstm-100", nn.LSTM, 100), ("gru", nn.GRU, 4)]:
        layer = filled(kind(2, 3))
        x = draw(steps, 2)
        # All hidden states, so that errors show where they begin.
        yield case(name, {"size": 3, "steps": steps}, dict(layer.named_parameters()), x, layer(x[:, None])[0][:, 0])

    for name, causal in [("attention", False), ("attention-causal", True)]:
        query, key, value = filled(nn.Linear(5, 3)), filled(nn.Linear(5, 3)), filled(nn.Linear(5, 2))
        x = draw(4, 5)
        scores = query(x) @ key(x).T / 3 ** 0.5
        if causal:
            scores = scores.masked_fill(torch.ones(4, 4).triu(1).bool(), float("-inf"))
        parameters = {
            f"{part}-{name}": tensor for part, layer in [("query", query), ("key", key), ("value", value)]
            for name, tensor in layer.named_parameters()
        }
        yield case(
            name, {"size": 3, "value_size": 2, "causal": causal}, parameters, x,
            torch.softmax(scores, 1) @ value(x))

    layer = filled(nn.Embedding(6, 4))
    tokens = torch.tensor([5, 0, 2])
    x = nn.functional.one_hot(tokens, 6).double()
    yield case("embedding", {"size": 4}, dict(layer.named_parameters()), x, layer(tokens))


def numbers(value):
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from numbers(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)


answers = list(cases())
if "--compare" in sys.argv:
    stored = json.loads(FILE.read_text())
    if [a["name"] for a in stored] != [a["name"] for a in answers]:
        sys.exit("other cases than in the file")
    worst = max(abs(a - b) for a, b in zip(numbers(stored), numbers(answers)))
    print(f"largest difference {worst:.3g}")
    sys.exit(worst > 1e-12)
FILE.write_text("[\n" + ",\n".join(json.dumps(a) for a in answers) + "\n]\n")
