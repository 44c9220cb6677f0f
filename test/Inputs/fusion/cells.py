# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cells of networks.py: gradopt's own, and scans as users write them.

What users write is written in several ways: elementwise ops of arith and math
on tensors, `linalg.generic`, `linalg.map`, named contractions, contractions
with a transposed weight, one matmul for each gate.

    mgu             minimal gated unit (Zhou et al. 2016)
    indrnn          independently recurrent network (Li et al. 2018)
    leaky           leaky echo state cell (Jaeger 2001), here with a gradient
    nested          two states, one of which takes three micro-steps in a step
    lstm_per_gate   LSTM with parameters and a matmul of its own for each gate

No two sizes are equal, and none is one of the numbers of steps that are run.
"""

INPUTS, HIDDEN, PROJECTED = 6, 5, 4
# Weights with so many rows may be as large as the cells below say.
SMALL = 2 * HIDDEN


def tensor(*sizes, element="f32"):
    return "tensor<%s>" % "x".join([*map(str, sizes), element])


def identity(rank):
    dims = ", ".join(f"d{i}" for i in range(rank))
    return f"affine_map<({dims}) -> ({dims})>"


class Writer:
    """The text of a function. The batch size is %B if it is dynamic."""

    def __init__(self, T, B, inputs=INPUTS, hidden=HIDDEN, projected=PROJECTED):
        self.T, self.B = T, B
        self.inputs, self.hidden, self.projected = inputs, hidden, projected
        self.arguments, self.lines, self.fresh, self.indent = [], [], 0, "  "

    def emit(self, *lines):
        self.lines += [self.indent + line for line in lines]

    def name(self):
        self.fresh += 1
        return f"%v{self.fresh}"

    def value(self, text):
        """A new value that is made by `text`."""
        name = self.name()
        self.emit(f"{name} = {text}")
        return name

    def argument(self, name, kind, attributes):
        self.arguments.append(f"%{name}: {kind} {{{attributes}}}")

    def param(self, name, sizes, reach):
        if len(sizes) == 2 and sizes[0] > SMALL:
            # So that no state grows from step to step.
            reach = round(reach * (SMALL / sizes[0]) ** 0.5, 6)
        self.argument(name, tensor(*sizes),
                      f'gradopt.param = #gradopt.param<"{name}", '
                      f"init = uniform(-{reach}, {reach})>")
        return "%" + name

    def sizes(self):
        """%T, and %B if it is dynamic."""
        kind = tensor(self.T, self.B, self.inputs)
        for i, (dim, size) in enumerate([("T", self.T), ("B", self.B)]):
            self.emit(f"%k{i} = arith.constant {i} : index")
            if size == "?":
                self.emit(f"%{dim} = tensor.dim %x, %k{i} : {kind}")
            else:
                self.emit(f"%{dim} = arith.constant {size} : index")

    def empty(self, sizes, element="f32"):
        dims = {2: ["%B"], 3: ["%T", "%B"]}.get(len(sizes), [])
        dynamic = [name for name, size in zip(dims, sizes) if size == "?"]
        return self.value(f"tensor.empty({', '.join(dynamic)}) : "
                          + tensor(*sizes, element=element))

    def filled(self, constant, sizes):
        kind = tensor(*sizes)
        c = self.value(f"arith.constant {constant} : f32")
        return self.value(f"linalg.fill ins({c} : f32) "
                          f"outs({self.empty(sizes)} : {kind}) -> {kind}")

    def broadcast(self, name, vector, sizes):
        """A vector along the last dimension of a tensor."""
        dims = ", ".join(map(str, range(len(sizes) - 1)))
        self.emit(f"{name} = linalg.broadcast ins({vector} : {tensor(sizes[-1])}) "
                  f"outs({self.empty(sizes)} : {tensor(*sizes)}) dimensions = [{dims}]")
        return name

    def arith(self, op, a, b, sizes):
        return self.value(f"{op} {a}, {b} : {tensor(*sizes)}")

    def unary(self, op, a, sizes):
        return self.value(f"{op} {a} : {tensor(*sizes)}")

    def matmul(self, a, rows, b, columns, init):
        B = self.B
        return self.value(f"linalg.matmul ins({a}, {b} : {tensor(B, rows)}, {tensor(rows, columns)}) "
                          f"outs({init} : {tensor(B, columns)}) -> {tensor(B, columns)}")

    def generic(self, operands, sizes, body, maps=None, types=None):
        """An elementwise op; in `body` lines the operands are %a, %b, ... and
        the last line names the result."""
        kind = tensor(*sizes)
        names = [f"%{chr(ord('a') + i)}" for i in range(len(operands))]
        maps = maps or [identity(len(sizes))] * len(operands)
        types = types or [kind] * len(operands)
        elements = [t[:-1].split("x")[-1].replace("tensor<", "") for t in types]
        iterators = ", ".join(['"parallel"'] * len(sizes))
        init = self.empty(sizes)
        result = self.name()
        self.emit(
            f"{result} = linalg.generic {{indexing_maps = [{', '.join([*maps, identity(len(sizes))])}], "
            f"iterator_types = [{iterators}]}}",
            f"    ins({', '.join(operands)} : {', '.join(types)}) outs({init} : {kind}) {{",
            "^bb0(%s, %%out: f32):" % ", ".join(f"{n}: {e}" for n, e in zip(names, elements)))
        self.emit(*("  " + line for line in body[:-1]),
                  f"  linalg.yield {body[-1]} : f32", f"}} -> {kind}")
        return result

    def sigmoid(self, a, sizes):
        return self.generic([a], sizes, [
            "%one = arith.constant 1.0 : f32", "%n0 = arith.negf %a : f32",
            "%e = math.exp %n0 : f32", "%d = arith.addf %one, %e : f32",
            "%r = arith.divf %one, %d : f32", "%r"])

    def counted(self, value, other, sizes, t):
        """`value` where the row has a step at t, an index or the name of a
        dimension; else `other`, or zero."""
        rank = len(sizes)
        rows = "affine_map<(%s) -> (d%d)>" % (", ".join(f"d{i}" for i in range(rank)), rank - 2)
        body = ["%i = linalg.index 0 : index"] if t is None else []
        t = t or "%i"
        body += ["%l = arith.index_cast %a : i32 to index",
                 f"%p = arith.cmpi slt, {t}, %l : index"]
        if not other:
            body.append("%c = arith.constant 0.0 : f32")
        body += ["%r = arith.select %p, %b, %c : f32", "%r"]
        operands = ["%n", value] + ([other] if other else [])
        return self.generic(operands, sizes, body,
                            maps=[rows] + [identity(rank)] * (len(operands) - 1),
                            types=[f"tensor<{self.B}xi32>"] + [tensor(*sizes)] * (len(operands) - 1))

    def print_function(self, name, results):
        print(f"func.func @{name}(\n    " + ",\n    ".join(self.arguments) + ")")
        print("    -> (" + ",\n        ".join(
            f"{kind} {{{attributes}}}" for _, kind, attributes in results) + ") {")
        print("\n".join(self.lines))
        print("  return %s : %s\n}" % (", ".join(value for value, _, _ in results),
                                       ", ".join(kind for _, kind, _ in results)))


class Structure:
    """What fusion leaves of a cell: `chain` contractions in a step, forward and
    backward, `micro` of them in loops of its own; `weights` contractions for its
    weights' gradients, as many as there are operands that differ. Of the vectors
    named `divided` each half belongs to a contraction of its own."""

    def __init__(self, chain, weights, micro=0, divided=None):
        self.chain, self.weights, self.micro = chain, weights, micro
        self.divided = divided


class Named:
    """An op of gradopt. Biases and initial states are there or not, in turn."""

    named = True

    def __init__(self, structure, op, words="", gates=1, projected=False, peepholes=False):
        self.structure = structure
        self.op, self.words, self.gates = op, words, gates
        self.projected, self.peepholes = projected, peepholes

    def width(self, writer):
        """The size of the output."""
        return writer.projected if self.projected else writer.hidden

    def print_group(self, writer, network, layer, prefix, clause, size):
        B, width = writer.B, self.gates * writer.hidden
        turn = network.number + layer
        parts = []

        def add(word, values):
            parts.append("%s%s(%s : %s)" % (
                clause, word, ", ".join(v for v, _ in values),
                ", ".join(tensor(*sizes) for _, sizes in values)))

        def param(name, sizes, reach):
            return writer.param(prefix + name, sizes, reach), sizes

        if turn % 3:
            names = [("h0", self.width(writer))] + [("c0", writer.hidden)] * (self.op == "lstm")
            states = []
            for name, length in names:
                vector, _ = param(name, [length], 0.7)
                states.append((writer.broadcast(f"%{prefix}{name}_b", vector, [B, length]),
                               [B, length]))
            add("init", states)
        add("weights", [param("w_ih", [size, width], 0.5),
                        param("w_hh", [self.width(writer), width], 0.4)])
        if turn % 4 < 2:
            add("bias_ih", [param("b_ih", [width], 0.5)])
        if turn % 4 in (0, 2):
            add("bias_hh", [param("b_hh", [width], 0.5)])
        if self.peepholes:
            add("peepholes", [param("p_" + gate, [writer.hidden], 0.5) for gate in "ifo"])
        if self.projected:
            add("projection", [param("w_hr", [writer.hidden, writer.projected], 0.6)])
        return parts

    def print_layer(self, writer, network, layer, x, size):
        T, B = writer.T, writer.B
        text = [f'gradopt.{self.op}{self.words}'
                f'{" reverse" * (network.direction == "reverse")} "layer{layer}" '
                f"{x} : {tensor(T, B, size)}"]
        if network.lengths:
            text.append(f"lengths(%n : tensor<{B}xi32>)")
        for i, suffix in enumerate(network.suffixes):
            text += self.print_group(writer, network, layer, f"l{layer}{suffix}_",
                                     "reverse_" * i, size)
        width = self.width(writer) * len(network.suffixes)
        finals = [self.width(writer)] + [writer.hidden] * (self.op == "lstm")
        finals *= len(network.suffixes)
        names = [f"%l{layer}_y"] + [f"%l{layer}_s{i}" for i in range(len(finals))]
        text.append("-> " + ", ".join([tensor(T, B, width)]
                                      + [tensor(B, final) for final in finals]))
        writer.emit(", ".join(names) + " = " + text[0], *("    " + line for line in text[1:]))
        return names[0], width, list(zip(names[1:], finals))


class Written:
    """A scan or a loop of scf. `step(step, x, carries)` writes a step and returns
    the next carries, the first of which is also the output."""

    named = False

    def __init__(self, structure, states, params, step):
        self.structure = structure
        self.states, self.params, self.step = states, params, step

    def width(self, writer):
        return writer.hidden

    def print_direction(self, writer, network, prefix, x, size, reverse):
        T, B = writer.T, writer.B
        state, sequence = tensor(B, writer.hidden), tensor(T, B, writer.hidden)
        params, known = {}, {"x": size, "h": writer.hidden}
        for name, sizes, reach in self.params:
            sizes = [known.get(s, s) for s in sizes]
            params[name] = writer.param(prefix + name, sizes, reach)
        if network.lengths:
            x = writer.counted(x, None, [T, B, size], None)
        inits = []
        for name in self.states:
            if network.number % 3:
                vector = writer.param(f"{prefix}{name}0", [writer.hidden], 0.7)
                inits.append(writer.broadcast(f"%{prefix}{name}0_b", vector, [B, writer.hidden]))
            else:
                inits.append(writer.filled("0.0", [B, writer.hidden]))
        results = [f"%{prefix}{name}n" for name in self.states] + [f"%{prefix}y"]
        carries = [f"%{prefix}{name}" for name in self.states]
        s, x_t = f"%{prefix}step", f"%{prefix}x_t"
        if network.loops:
            self.begin_loop(writer, results, carries, inits, s, x_t, x, size, reverse)
        else:
            self.begin_scan(writer, results, carries, inits, s, x_t, x, size, reverse)
        writer.indent += "  "
        t = s
        if reverse and (network.lengths or network.loops):
            last = writer.value("arith.subi %T, %k1 : index")
            t = writer.value(f"arith.subi {last}, {s} : index")
        if network.loops:
            self.read(writer, x_t, x, size, t)
        new = self.step(Step(writer, size, params), x_t, carries)
        y = new[0]
        if network.lengths:
            new = [writer.counted(value, old, [B, writer.hidden], t)
                   for value, old in zip(new, carries)]
            y = writer.counted(new[0], None, [B, writer.hidden], t)
        types = [state] * (len(new) + 1)
        if network.loops:
            y, types[-1] = self.write(writer, y, results[-1] + "_i", t), sequence
        writer.emit(f"{'scf' if network.loops else 'gradopt'}.yield "
                    f"{', '.join([*new, y])} : {', '.join(types)}")
        writer.indent = writer.indent[:-2]
        writer.emit("}")
        return results[-1], results[:-1]

    def begin_scan(self, writer, results, carries, inits, s, x_t, x, size, reverse):
        T, B = writer.T, writer.B
        way = "reverse " * reverse
        text = ", ".join(f"{c} = {i} : {tensor(B, writer.hidden)}" for c, i in zip(carries, inits))
        writer.emit(f'{", ".join(results)} = gradopt.scan "{s[1:4]}" ({s}) to %T',
                    f"    carries({text})",
                    f"    inputs({x_t} = {way}{x} : {tensor(T, B, size)})",
                    f"    outputs({way}{tensor(T, B, writer.hidden)}) {{")

    def begin_loop(self, writer, results, carries, inits, s, x_t, x, size, reverse):
        y = results[-1] + "_i"
        sequence = [writer.T, writer.B, writer.hidden]
        values = [*zip(carries, inits), (y, writer.empty(sequence))]
        types = [tensor(writer.B, writer.hidden)] * len(carries) + [tensor(*sequence)]
        text = ", ".join(f"{name} = {init}" for name, init in values)
        writer.emit(f"{', '.join(results)} = scf.for {s} = %k0 to %T step %k1",
                    f"    iter_args({text}) -> ({', '.join(types)}) {{")

    def read(self, writer, x_t, x, size, t):
        T, B = writer.T, writer.B
        rows = "%B" if B == "?" else B
        writer.emit(f"{x_t} = tensor.extract_slice {x}[{t}, 0, 0] [1, {rows}, {size}] [1, 1, 1] "
                    f": {tensor(T, B, size)} to {tensor(B, size)}")

    def write(self, writer, y, sequence, t):
        T, B = writer.T, writer.B
        rows = "%B" if B == "?" else B
        return writer.value(
            f"tensor.insert_slice {y} into {sequence}[{t}, 0, 0] [1, {rows}, {writer.hidden}] [1, 1, 1] "
            f": {tensor(B, writer.hidden)} into {tensor(T, B, writer.hidden)}")


class Step:
    """What the steps below are written with."""

    def __init__(self, writer, size, params):
        self.writer, self.size, self.params = writer, size, params
        self.hidden = writer.hidden
        self.state = [writer.B, self.hidden]

    def zero(self):
        return self.writer.filled("0.0", self.state)

    def row(self, name):
        """A vector for every row of the batch."""
        return self.writer.broadcast(self.writer.name(), self.params[name], self.state)

    def matmul(self, a, rows, name, init):
        return self.writer.matmul(a, rows, self.params[name], self.hidden, init)

    def add(self, a, b):
        return self.writer.arith("arith.addf", a, b, self.state)

    def mul(self, a, b):
        return self.writer.arith("arith.mulf", a, b, self.state)

    def tanh(self, a):
        return self.writer.unary("math.tanh", a, self.state)

    def sigmoid(self, a):
        return self.writer.sigmoid(a, self.state)


def step_mgu(step, x, carries):
    """f = sigmoid(x W_f + h U_f + b_f), h~ = tanh(x W + (f h) U + b),
    h' = (1 - f) h + f h~"""
    [h] = carries
    xf = step.matmul(x, step.size, "w_f", step.zero())
    hf = step.matmul(h, step.hidden, "u_f", step.zero())
    f = step.sigmoid(step.add(step.add(xf, hf), step.row("b_f")))
    xh = step.matmul(x, step.size, "w", step.row("b"))
    candidate = step.tanh(step.matmul(step.mul(f, h), step.hidden, "u", xh))
    return [step.writer.generic([f, h, candidate], step.state, [
        "%one = arith.constant 1.0 : f32", "%k = arith.subf %one, %a : f32",
        "%o = arith.mulf %k, %b : f32", "%p = arith.mulf %a, %c : f32",
        "%r = arith.addf %o, %p : f32", "%r"])]


def step_indrnn(step, x, carries):
    """h' = relu(x W + u h + b)"""
    [h] = carries
    xw = step.matmul(x, step.size, "w", step.zero())
    z = step.add(step.add(xw, step.mul(step.row("u"), h)), step.row("b"))
    return [step.writer.arith("arith.maximumf", z, step.zero(), step.state)]


def step_leaky(step, x, carries):
    """h' = (1 - a) h + a tanh(x W^T + h U^T), with a = 0.3"""
    [h] = carries
    writer, B = step.writer, step.writer.B
    z = step.zero()
    for value, rows, name in [(x, step.size, "w"), (h, step.hidden, "u")]:
        kind = tensor(B, step.hidden)
        z = writer.value(
            "linalg.contract indexing_maps = [affine_map<(b, o, i) -> (b, i)>, "
            "affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, o)>] "
            f"ins({value}, {step.params[name]} : {tensor(B, rows)}, {tensor(step.hidden, rows)}) "
            f"outs({z} : {kind}) -> {kind}")
    kind, init = tensor(*step.state), writer.empty(step.state)
    t = writer.value(f"linalg.map {{ math.tanh }} ins({z} : {kind}) outs({init} : {kind})")
    return [writer.generic([h, t], step.state, [
        "%leak = arith.constant 0.3 : f32", "%one = arith.constant 1.0 : f32",
        "%keep = arith.subf %one, %leak : f32", "%o = arith.mulf %keep, %a : f32",
        "%p = arith.mulf %leak, %b : f32", "%r = arith.addf %o, %p : f32", "%r"])]


def step_nested(step, x, carries):
    """z = x W + h U + b; three times s = tanh(s V + z); h' = g h + s"""
    h, s = carries
    writer, state = step.writer, tensor(*step.state)
    z = step.matmul(h, step.hidden, "u", step.matmul(x, step.size, "w", step.row("b")))
    three = writer.value("arith.constant 3 : index")
    micro, k, inner = writer.name(), writer.name(), writer.name()
    writer.emit(f'{micro} = gradopt.scan "micro" ({k}) to {three} carries({inner} = {s} : {state}) {{')
    writer.indent += "  "
    next_s = step.tanh(step.add(step.matmul(inner, step.hidden, "v", step.zero()), z))
    writer.emit(f"gradopt.yield {next_s} : {state}")
    writer.indent = writer.indent[:-2]
    writer.emit("}")
    return [step.add(step.mul(step.row("g"), h), micro), micro]


def step_lstm(step, x, carries):
    """An LSTM as a first program has it."""
    h, c = carries
    gates = {}
    for gate in "ifgo":
        xw = step.matmul(x, step.size, "w_x" + gate, step.zero())
        hw = step.matmul(h, step.hidden, "w_h" + gate, step.zero())
        z = step.add(step.add(xw, hw), step.row("b_" + gate))
        gates[gate] = step.tanh(z) if gate == "g" else step.sigmoid(z)
    next_c = step.add(step.mul(gates["f"], c), step.mul(gates["i"], gates["g"]))
    return [step.mul(gates["o"], step.tanh(next_c)), next_c]


def square(name):
    return name, ["h", "h"], 0.4


def weight(name):
    return name, ["x", "h"], 0.5


def vector(name):
    return name, ["h"], 0.5


CELLS = {
    "rnn_tanh": Named(Structure(1, 2), "rnn", " tanh"),
    "rnn_relu": Named(Structure(1, 2), "rnn", " relu"),
    "rnn_identity": Named(Structure(1, 2), "rnn", " identity"),
    "lstm": Named(Structure(1, 2), "lstm", gates=4),
    "lstm_peepholes_projection": Named(Structure(2, 3), "lstm", gates=4, projected=True, peepholes=True),
    "gru": Named(Structure(1, 2), "gru", " linear_before_reset", gates=3),
    "gru_reset_first": Named(Structure(2, 3, divided="b_hh"), "gru", gates=3),
    "mgu": Written(Structure(2, 3), "h", [weight("w_f"), square("u_f"), vector("b_f"),
                         weight("w"), square("u"), vector("b")], step_mgu),
    "indrnn": Written(Structure(0, 1), "h", [weight("w"), vector("u"), vector("b")], step_indrnn),
    "leaky": Written(Structure(1, 2), "h", [("w", ["h", "x"], 0.5), square("u")], step_leaky),
    "nested": Written(Structure(1, 3, micro=1), "hs", [weight("w"), square("u"), vector("b"), square("v"),
                             vector("g")], step_nested),
    "lstm_per_gate": Written(Structure(1, 2), "hc", [part for gate in "ifgo" for part in (
        weight("w_x" + gate), square("w_h" + gate), vector("b_" + gate))], step_lstm),
}
