# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""minimal_gated_unit.mlir for the peers."""


def flops(T, B, I, H, L):
    """Forward and dW have both products of two gates, dh one of each."""
    return 2 * T * B * 2 * (2 * (I * H + H * H) + H * H)


def torch_loss(parameters, inputs):
    import torch
    p, x = parameters, inputs["x"]
    h = x.new_zeros(x.shape[1], p["mgu.u_f"].shape[0])
    y = []
    for x_t in x.unbind(0):
        f = torch.sigmoid(x_t @ p["mgu.w_f"] + h @ p["mgu.u_f"] + p["mgu.b_f"])
        n = torch.tanh(x_t @ p["mgu.w_n"] + (f * h) @ p["mgu.u_n"] + p["mgu.b_n"])
        h = (1 - f) * h + f * n
        y.append(h)
    return torch.stack(y).square().mean()


def jax_loss(parameters, inputs, scan):
    import jax
    from jax import numpy
    p, x = parameters, inputs["x"]

    def step(h, x_t):
        f = jax.nn.sigmoid(x_t @ p["mgu.w_f"] + h @ p["mgu.u_f"] + p["mgu.b_f"])
        n = numpy.tanh(x_t @ p["mgu.w_n"] + (f * h) @ p["mgu.u_n"] + p["mgu.b_n"])
        h = (1 - f) * h + f * n
        return h, h

    _, y = scan(step, numpy.zeros((x.shape[1], p["mgu.u_f"].shape[0]), x.dtype), x)
    return numpy.mean(y * y)
