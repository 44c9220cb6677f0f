#===- pytorch_optimizers.py - optimizers as PyTorch computes them ----------===#
#
# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes pytorch-optimizers.mlir: several updates by each of gradopt's
optimizers against those of torch.optim.

    python pytorch_optimizers.py > pytorch-optimizers.mlir

The file was written with torch 2.13.0 (CPU), in float64. It needs no PyTorch to
run; run this script only to make it anew.
"""

import torch

STEPS = 4
RATE = 0.125
PARAMETER = [2.5, -1.0, 7.0]
# In the third step an element is 0, in the last one tiny.
GRADIENTS = [[2.0, -0.25, 1.0e3], [-1.5, 0.75, -40.0], [0.5, 0.0, 8.0],
             [4.0, 1.0e-7, -2.0]]

# name: torch.optim's optimizer, its states, the operands and constants.
OPTIMIZERS = {
    "momentum": (lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9),
                 ["momentum_buffer"], "momentum", "{momentum = 0.9 : f64}"),
    "nesterov": (lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.75, nesterov=True),
                 ["momentum_buffer"], "momentum", "{momentum = 0.75 : f64, nesterov}"),
    "rmsprop": (lambda p: torch.optim.RMSprop(p, lr=RATE, alpha=0.99, eps=1e-8),
                ["square_avg"], "rmsprop", "{alpha = 0.99 : f64, epsilon = 1.0e-8 : f64}"),
    "adam": (lambda p: torch.optim.Adam(p, lr=RATE),
             ["exp_avg", "exp_avg_sq"], "adam",
             "{beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64}"),
    "adamw": (lambda p: torch.optim.AdamW(p, lr=RATE, betas=(0.8, 0.99), weight_decay=0.5),
              ["exp_avg", "exp_avg_sq"], "adamw",
              "{beta1 = 0.8 : f64, beta2 = 0.99 : f64, epsilon = 1.0e-8 : f64, "
              "weight_decay = 0.5 : f64}"),
}

HEAD = """\
// Written by pytorch_optimizers.py with torch {version}: {steps} updates by each
// optimizer, with the parameter and the states after each of them. The number
// that is printed for a wrong element is the optimizer's times 100, plus the
// step's times 10, plus that of the value.
//
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f32/g; s/EPSILON/2.0e-6/g' > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{{lower-to-llvm}} | mlir-runner -e main -entry-point-result=void %{{runner-libs}} | FileCheck %s
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f64/g; s/EPSILON/1.0e-13/g' > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{{lower-to-llvm}} | mlir-runner -e main -entry-point-result=void %{{runner-libs}} | FileCheck %s

func.func private @expect_all(%got: tensor<3xFLOAT>, %want: tensor<3xFLOAT>, %row: index, %f0: index) -> index {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %f = scf.for %i = %c0 to %c3 step %c1 iter_args(%failures = %f0) -> index {{
    %g = tensor.extract %got[%i] : tensor<3xFLOAT>
    %w = tensor.extract %want[%i] : tensor<3xFLOAT>
    %next = func.call @expect(%g, %w, %row, %failures) : (FLOAT, FLOAT, index, index) -> index
    scf.yield %next : index
  }}
  return %f : index
}}
"""


def dense(values):
    return "dense<[" + ", ".join(f"{float(v):.17e}" for v in values) + "]> : tensor<3xFLOAT>"


def function(number, name):
    make, states, op, constants = OPTIMIZERS[name]
    parameter = torch.tensor(PARAMETER, dtype=torch.float64, requires_grad=True)
    optimizer = make([parameter])
    lines = [f"func.func private @{name}(%f0: index) -> index {{",
             f"  %lr = arith.constant dense<{RATE}> : tensor<FLOAT>",
             f"  %p0 = arith.constant {dense(PARAMETER)}"]
    for slot in range(len(states)):
        lines.append(f"  %s{slot}_0 = arith.constant dense<0.0> : tensor<3xFLOAT>")
    checks = 0
    for step, gradient in enumerate(GRADIENTS, start=1):
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        olds = "".join(f", %s{slot}_{step - 1}" for slot in range(len(states)))
        news = "".join(f", %s{slot}_{step}" for slot in range(len(states)))
        count = ""
        lines.append(f"  %g{step} = arith.constant {dense(gradient)}")
        if op.startswith("adam"):
            lines.append(f"  %n{step} = arith.constant dense<{step}> : tensor<i64>")
            count = f" step %n{step}"
        lines.append(f"  %p{step}{news} = gradopt.{op} %p{step - 1}, %g{step}{olds}{count} "
                     f"rate %lr {constants} : tensor<3xFLOAT>, tensor<FLOAT>")
        state = optimizer.state[parameter]
        values = [(f"%p{step}", parameter)]
        values += [(f"%s{slot}_{step}", state[key]) for slot, key in enumerate(states)]
        for place, (value, want) in enumerate(values):
            row = number * 100 + step * 10 + place
            lines += [f"  %w{checks} = arith.constant {dense(want.tolist())}",
                      f"  %r{checks} = arith.constant {row} : index",
                      f"  %f{checks + 1} = call @expect_all({value}, %w{checks}, %r{checks}, %f{checks}) "
                      ": (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index"]
            checks += 1
    lines += [f"  return %f{checks} : index", "}"]
    return "\n".join(lines)


def main():
    print(HEAD.format(version=torch.__version__.split("+")[0], steps=STEPS))
    for number, name in enumerate(OPTIMIZERS, start=1):
        print(function(number, name) + "\n")
    print("func.func @main() {\n  %f0 = arith.constant 0 : index")
    for number, name in enumerate(OPTIMIZERS, start=1):
        print(f"  %f{number} = call @{name}(%f{number - 1}) : (index) -> index")
    print("\n  // CHECK: {{^}}0{{$}}")
    print(f"  vector.print %f{len(OPTIMIZERS)} : index\n  return\n}}")


if __name__ == "__main__":
    main()
