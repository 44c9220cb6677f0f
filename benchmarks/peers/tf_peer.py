# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's side: layers of Keras in a tf.function."""

from protocol import Unsupported, serve

VARIANTS = {"graph": "tf.function", "xla": "tf.function with jit_compile"}


def load(threads):
    global tf
    import os
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    # Starts the runtime.
    tf.constant(0.0)


def swap_gates(case, array):
    """Between the order of our gates and that of Keras, last dimension, either
    way: a GRU has r, z where Keras has z, r."""
    if case["cell"] != "gru":
        return array
    import numpy
    r, z, n = numpy.split(array, 3, axis=-1)
    return numpy.concatenate([z, r, n], axis=-1)


def make_layer(case):
    keras = tf.keras.layers
    H = case["shape"][3]
    if case["cell"] == "lstm":
        layer = keras.LSTM(H, return_sequences=True, unit_forget_bias=False)
    elif case["cell"] == "gru":
        layer = keras.GRU(H, return_sequences=True, reset_after=case["linear_before_reset"])
    else:
        layer = keras.SimpleRNN(H, return_sequences=True)
    return keras.Bidirectional(layer) if case["direction"] == "bidirectional" else layer


def cells_of(layer, number, bidirectional):
    if not bidirectional:
        return [(layer.cell, f"_l{number}")]
    return [(layer.forward_layer.cell, f"_l{number}"),
            (layer.backward_layer.cell, f"_l{number}_reverse")]


def build(request, arrays):
    import numpy
    case = request["case"]
    if case["cell"] not in ("lstm", "gru", "rnn"):
        raise Unsupported("cells of a file are compared with PyTorch and JAX only")
    if case["proj"]:
        raise Unsupported("LSTM of Keras has no projection")
    T, B, I, H, L = case["shape"]
    # Keras has rows first; a data pipeline would bring them so.
    x = tf.constant(numpy.ascontiguousarray(arrays["input/x"].transpose(1, 0, 2)))
    mask = None
    if case["lengths"]:
        lengths = tf.constant(arrays["input/lengths"])
        mask = tf.sequence_mask(lengths, T)
    layers = [make_layer(case) for _ in range(L)]
    names = []  # of each cell: what its variables are in our terms
    bidirectional = case["direction"] == "bidirectional"
    y = x
    for number, layer in enumerate(layers):
        y = layer(y)
        for cell, end in cells_of(layer, number, bidirectional):
            cell.kernel.assign(swap_gates(case, arrays["weight_ih" + end]))
            cell.recurrent_kernel.assign(swap_gates(case, arrays["weight_hh" + end]))
            biases = [swap_gates(case, arrays[name + end]) for name in ("bias_ih", "bias_hh")]
            two = cell.bias.shape.rank == 2
            cell.bias.assign(numpy.stack(biases) if two else biases[0] + biases[1])
            names.append((end, two))
    variables = [v.value for layer, number in zip(layers, range(L))
                 for cell, _ in cells_of(layer, number, bidirectional)
                 for v in (cell.kernel, cell.recurrent_kernel, cell.bias)]

    def train():
        with tf.GradientTape() as tape:
            tape.watch(variables)
            y = x
            for layer in layers:
                y = layer(y, mask=mask)
            if mask is None:
                loss = tf.reduce_mean(tf.square(y))
            else:
                counted = tf.cast(mask, tf.float32)[:, :, None]
                loss = (tf.reduce_sum(tf.square(y) * counted)
                        / tf.cast(tf.reduce_sum(lengths) * y.shape[2], tf.float32))
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        for variable, gradient in zip(variables, gradients):
            variable.assign_sub(1e-2 * gradient)
        return gradients

    first = []
    compiled = tf.function(train, jit_compile=request["variant"] == "xla")

    def step():
        made = compiled()
        # Waits for the device, which may run behind.
        value = made[-1].numpy()
        if not first:
            first.append([g.numpy() for g in made[:-1]] + [value])

    def gradients():
        result = {}
        for (end, two), cell in zip(names, zip(*[iter(first[0])] * 3)):
            w_ih, w_hh, bias = (swap_gates(case, g) for g in cell)
            result["weight_ih" + end], result["weight_hh" + end] = w_ih, w_hh
            result["bias_ih" + end] = bias[0] if two else bias
            result["bias_hh" + end] = bias[1] if two else bias
        return result

    return step, gradients


if __name__ == "__main__":
    serve(load, build)
