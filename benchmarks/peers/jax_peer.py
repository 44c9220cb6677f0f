# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX's side: layers by lax.scan, the whole step under jit with its parameters
donated. The product with the input stands before the scan, as one that is
written for speed does."""

import functools

from protocol import Unsupported, serve

VARIANTS = {"scan": "lax.scan", "split": "lax.scan with _split_transpose"}


def load(threads):
    global jax, jnp
    import jax
    import jax.numpy as jnp
    # Starts the backend, whose number of threads XLA_FLAGS and the affinity say.
    jax.devices()


def cell_lstm(case, p, end):
    w_hh, bias = p["weight_hh" + end], p["bias_hh" + end]
    w_hr = p.get("weight_hr" + end)

    def step(state, a):
        h, c = state
        i, f, g, o = jnp.split(a + h @ w_hh + bias, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        if w_hr is not None:
            h = h @ w_hr
        return h, c

    return step, (w_hh.shape[0], w_hh.shape[1] // 4)


def cell_gru(case, p, end):
    w_hh, bias = p["weight_hh" + end], p["bias_hh" + end]
    H = w_hh.shape[0]

    def after(state, a):
        h, = state
        b_r, b_z, b_n = jnp.split(h @ w_hh + bias, 3, axis=1)
        a_r, a_z, a_n = jnp.split(a, 3, axis=1)
        r, z = jax.nn.sigmoid(a_r + b_r), jax.nn.sigmoid(a_z + b_z)
        n = jnp.tanh(a_n + r * b_n)
        return ((1 - z) * n + z * h,)

    def before(state, a):
        h, = state
        r, z = jnp.split(jax.nn.sigmoid(a[:, :2 * H] + h @ w_hh[:, :2 * H] + bias[:2 * H]), 2, axis=1)
        n = jnp.tanh(a[:, 2 * H:] + (r * h) @ w_hh[:, 2 * H:] + bias[2 * H:])
        return ((1 - z) * n + z * h,)

    return after if case["linear_before_reset"] else before, (H,)


def cell_rnn(case, p, end):
    w_hh, bias = p["weight_hh" + end], p["bias_hh" + end]
    return lambda state, a: (jnp.tanh(a + state[0] @ w_hh + bias),), (w_hh.shape[0],)


CELLS = {"lstm": cell_lstm, "gru": cell_gru, "rnn": cell_rnn}


def run_direction(case, p, end, x, mask, scan):
    """One direction of a layer, T × B × inputs to T × B × outputs."""
    step, sizes = CELLS[case["cell"]](case, p, end)
    a = x @ p["weight_ih" + end] + p["bias_ih" + end]
    start = tuple(jnp.zeros((x.shape[1], size), x.dtype) for size in sizes)

    def body(state, inputs):
        if mask is None:
            new = step(state, inputs)
            return new, new[0]
        a_t, counts = inputs
        new = tuple(jnp.where(counts, n, old) for n, old in zip(step(state, a_t), state))
        return new, jnp.where(counts, new[0], 0)

    return scan(body, start, a if mask is None else (a, mask), reverse=end.endswith("_reverse"))[1]


def loss_of_layers(case, scan, p, inputs):
    x, mask = inputs["x"], None
    if case["lengths"]:
        mask = (jnp.arange(x.shape[0])[:, None] < inputs["lengths"])[:, :, None]
    suffixes = [""] if case["direction"] == "forward" else ["", "_reverse"]
    for layer in range(case["shape"][4]):
        x = jnp.concatenate([run_direction(case, p, f"_l{layer}{suffix}", x, mask, scan)
                             for suffix in suffixes], axis=2)
    if mask is None:
        return jnp.mean(x * x)
    return jnp.sum(x * x) / (jnp.sum(inputs["lengths"]) * x.shape[2])


def build(request, arrays):
    case = request["case"]
    scan = functools.partial(jax.lax.scan, _split_transpose=request["variant"] == "split")
    if request["peer_file"]:
        import importlib.util
        spec = importlib.util.spec_from_file_location("cell", request["peer_file"])
        cell = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cell)
        loss = functools.partial(cell.jax_loss, scan=scan)
    elif case["cell"] in CELLS:
        loss = functools.partial(loss_of_layers, case, scan)
    else:
        raise Unsupported("no file of Python beside the cell's file has it for JAX")
    inputs = {name[len("input/"):]: jnp.asarray(value) for name, value in arrays.items()
              if name.startswith("input/")}
    # A copy, since a donated one must not be NumPy's.
    parameters = {name: jnp.array(value, copy=True) for name, value in arrays.items()
                  if not name.startswith("input/")}

    def train(p, inputs, wanted):
        value, gradients = jax.value_and_grad(lambda p: loss(p, inputs))(p)
        norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in gradients.values()))
        factor = jnp.minimum(1.0, 1.0 / (norm + 1e-6))
        gradients = {name: factor * g for name, g in gradients.items()}
        new = {name: p[name] - 1e-2 * gradients[name] for name in p}
        return (new, value, gradients) if wanted else (new, value)

    compiled = jax.jit(functools.partial(train, wanted=False), donate_argnums=0).lower(
        parameters, inputs).compile()
    first = {name: jnp.array(value, copy=True) for name, value in parameters.items()}
    state = [parameters]

    def step():
        state[0], value = compiled(state[0], inputs)
        jax.block_until_ready((state[0], value))

    def gradients():
        import numpy
        made = jax.jit(functools.partial(train, wanted=True))(first, inputs)[2]
        return {name: numpy.asarray(value) for name, value in made.items()}

    return step, gradients


if __name__ == "__main__":
    serve(load, build)
