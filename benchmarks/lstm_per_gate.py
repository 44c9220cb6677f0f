# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lstm_per_gate.mlir for the peers."""

GATES = "ifgo"


def flops(T, B, I, H, L):
    """Forward and dW have both products of a gate, dh one."""
    return 2 * T * B * len(GATES) * (2 * (I * H + H * H) + H * H)


def torch_loss(parameters, inputs):
    import torch
    p, x = parameters, inputs["x"]
    h = c = x.new_zeros(x.shape[1], p["lstm.u_i"].shape[0])
    y = []
    for x_t in x.unbind(0):
        i, f, g, o = (x_t @ p["lstm.w_" + n] + h @ p["lstm.u_" + n] + p["lstm.b_" + n]
                      for n in GATES)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        y.append(h)
    return torch.stack(y).square().mean()


def jax_loss(parameters, inputs, scan):
    import jax
    from jax import numpy
    p, x = parameters, inputs["x"]

    def step(state, x_t):
        h, c = state
        i, f, g, o = (x_t @ p["lstm.w_" + n] + h @ p["lstm.u_" + n] + p["lstm.b_" + n]
                      for n in GATES)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * numpy.tanh(g)
        h = jax.nn.sigmoid(o) * numpy.tanh(c)
        return (h, c), h

    zero = numpy.zeros((x.shape[1], p["lstm.u_i"].shape[0]), x.dtype)
    _, y = scan(step, (zero, zero), x)
    return numpy.mean(y * y)
