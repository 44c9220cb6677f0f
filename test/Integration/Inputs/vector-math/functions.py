# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a module of loops that apply a function to all elements of a buffer.

Each function comes twice: NAME_f32 on vectors of 16, NAME_f32_tail on vectors
of 5 and, for what is left, on single numbers.
"""

import sys

UNARY = {name: "%%y = math.%s %%x : {type}" % name
         for name in ("exp", "expm1", "tanh", "log", "log1p")}

SIGMOIDS = {
    "sigmoid_tanh": """\
%half = arith.constant {half} : {type}
%a = arith.mulf %x, %half : {type}
%t = math.tanh %a : {type}
%b = arith.mulf %t, %half : {type}
%y = arith.addf %b, %half : {type}""",
    "sigmoid_exp": """\
%one = arith.constant {one} : {type}
%m = arith.negf %x : {type}
%e = math.exp %m : {type}
%d = arith.addf %e, %one : {type}
%y = arith.divf %one, %d : {type}""",
}


def get_body(function, type):
    """The ops from %x to %y."""
    dense = "dense<%s>" if type.startswith("vector") else "%s"
    return function.format(type=type, half=dense % "0.5", one=dense % "1.0")


def write_loop(function, element, lanes, begin, end):
    type = "vector<%dx%s>" % (lanes, element)
    print("  scf.for %%i = %s to %s step %%c%d {" % (begin, end, lanes))
    print("    %%x = vector.load %%in[%%i] : memref<?x%s>, %s" % (element, type))
    print(get_body(function, type))
    print("    vector.store %%y, %%out[%%i] : memref<?x%s>, %s" % (element, type))
    print("  }")


def write_function(name, function, element):
    header = ("func.func @%s(%%in: memref<?x{0}>, %%out: memref<?x{0}>) "
              "attributes {{llvm.emit_c_interface}} {{".format(element))
    sizes = """\
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c16 = arith.constant 16 : index
  %n = memref.dim %in, %c0 : memref<?x{0}>""".format(element)
    print(header % ("%s_%s" % (name, element)))
    print(sizes)
    write_loop(function, element, 16, "%c0", "%n")
    print("  return\n}")

    print(header % ("%s_%s_tail" % (name, element)))
    print(sizes)
    print("  %half_n = arith.divui %n, %c16 : index")
    print("  %main = arith.muli %half_n, %c5 : index")
    write_loop(function, element, 5, "%c0", "%main")
    print("  scf.for %i = %main to %n step %c1 {")
    print("    %%x = memref.load %%in[%%i] : memref<?x%s>" % element)
    print(get_body(function, element))
    print("    memref.store %%y, %%out[%%i] : memref<?x%s>" % element)
    print("  }\n  return\n}")


def main():
    # The bytes of a vector, from which it follows if there is an FMA.
    print('module attributes {dlti.target_system_spec = #dlti.target_system_spec<'
          '"CPU" = #dlti.target_device_spec<"max_vector_op_width" = %d : i64>>} {'
          % (8 * int(sys.argv[1])))
    for name, function in UNARY.items():
        for element in ("f32", "f64"):
            write_function(name, function, element)
    for name, function in SIGMOIDS.items():
        write_function(name, function, "f32")
    print("}")


main()
