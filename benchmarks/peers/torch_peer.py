# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch's side: nn.LSTM, nn.GRU and nn.RNN, and cells that users write."""

import functools

from protocol import Unsupported, serve

VARIANTS = {"eager": "as it is", "compile": "torch.compile of the loss function",
            "no-mkldnn": "layers without oneDNN"}


def load(threads):
    global torch
    import torch
    torch.set_num_threads(threads)


def make_layer(case):
    """The module of a named cell; None if it has none."""
    _, _, inputs, hidden, layers = case["shape"]
    options = dict(num_layers=layers, bidirectional=case["direction"] == "bidirectional")
    if case["cell"] == "lstm":
        return torch.nn.LSTM(inputs, hidden, proj_size=case["proj"] or 0, **options)
    if case["cell"] == "rnn":
        return torch.nn.RNN(inputs, hidden, **options)
    if case["linear_before_reset"]:
        return torch.nn.GRU(inputs, hidden, **options)
    return None


def gru_reset_first(case, parameters, inputs):
    """The loss of the form of the GRU that nn.GRU has not."""
    x = inputs["x"]
    for layer in range(case["shape"][4]):
        end = f"_l{layer}"
        hidden = parameters["weight_hh" + end].shape[0]
        r_z, n_h = parameters["weight_hh" + end].split([2 * hidden, hidden], 1)
        bias_r_z, bias_n = parameters["bias_hh" + end].split([2 * hidden, hidden])
        gates = x @ parameters["weight_ih" + end] + parameters["bias_ih" + end]
        h = x.new_zeros(x.shape[1], hidden)
        outputs = []
        for a_r, a_z, a_n in zip(*(g.unbind(0) for g in gates.split(hidden, 2))):
            b_r, b_z = torch.addmm(bias_r_z, h, r_z).split(hidden, 1)
            r, z = torch.sigmoid(a_r + b_r), torch.sigmoid(a_z + b_z)
            n = torch.tanh(a_n + torch.addmm(bias_n, r * h, n_h))
            h = n + z * (h - n)
            outputs.append(h)
        x = torch.stack(outputs)
    return x.square().mean()


def build_written(request, arrays, loss):
    """A loss function of parameters and inputs by name."""
    from_data = {name: torch.from_numpy(value) for name, value in arrays.items()}
    inputs = {name[len("input/"):]: value for name, value in from_data.items()
              if name.startswith("input/")}
    parameters = {name: torch.nn.Parameter(value) for name, value in from_data.items()
                  if not name.startswith("input/")}
    if request["variant"] == "compile":
        loss = torch.compile(loss)
    return parameters, lambda: loss(parameters, inputs)


def build_layer(case, arrays, module):
    parameters = dict(module.named_parameters())
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.from_numpy(arrays[name].T))
    x = torch.from_numpy(arrays["input/x"])
    if case["lengths"] is None:
        return parameters, lambda: module(x)[0].square().mean()
    lengths = torch.from_numpy(arrays["input/lengths"]).to(torch.int64)
    if int(lengths.min()) == 0:
        raise Unsupported("a PackedSequence has no rows of length 0")
    # The batch comes as data do: padded.
    pack = functools.partial(torch.nn.utils.rnn.pack_padded_sequence, enforce_sorted=False)
    return parameters, lambda: module(pack(x, lengths))[0].data.square().mean()


def build(request, arrays):
    case, variant = request["case"], request["variant"]
    module = None
    if request["peer_file"]:
        loss = load_cell(request["peer_file"]).torch_loss
    elif case["cell"] in ("lstm", "gru", "rnn"):
        module = make_layer(case)
        loss = functools.partial(gru_reset_first, case)
    else:
        raise Unsupported("no file of Python beside the cell's file has it for PyTorch")
    if module is None and (case["direction"], case["lengths"]) != ("forward", None):
        raise Unsupported("nn.GRU has no such form; ours for PyTorch has no directions and no lengths")
    if variant == "compile" and module is not None:
        raise Unsupported("torch.compile runs a layer of torch.nn as it is")
    if variant == "no-mkldnn":
        if module is None:
            raise Unsupported("oneDNN has layers of torch.nn only")
        torch.backends.mkldnn.enabled = False
    parameters, loss = (build_layer(case, arrays, module) if module is not None
                        else build_written(request, arrays, loss))
    optimizer = torch.optim.SGD(parameters.values(), lr=1e-2, fused=True)

    def step():
        optimizer.zero_grad()
        loss().backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()

    def gradients():
        return {name: (p.grad.numpy().T if module is not None else p.grad.numpy())
                for name, p in parameters.items()}

    return step, gradients


def load_cell(path):
    import importlib.util
    spec = importlib.util.spec_from_file_location("cell", path)
    cell = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cell)
    return cell


if __name__ == "__main__":
    serve(load, build)
