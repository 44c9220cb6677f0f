//===- Passes.td - Conversion passes -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_PASSES_TD
#define GRADOPT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"
include "gradopt/Conversion/CPUPasses.td"

def ConvertGradOptToLinalg : Pass<"convert-gradopt-to-linalg"> {
  let summary = "Expand clips, norms, checks, updates, losses and dropout";
  let description = [{
    Turns every gradopt op but `scan`, `guard`, `record`, `recipe` and the named
    layers into `linalg`, `arith`, `math`, `scf` and `tensor`. A norm becomes partial
    sums in f64 along the last dimension, then their sum: an order that depends
    on the shape only. `gradopt.gradient` becomes its operand.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def BindStepToArena : Pass<"gradopt-bind-step-to-arena", "::mlir::ModuleOp"> {
  let summary = "Make a function on tensors a step over the caller's arena";
  let description = [{
    The function (the recipe's step, or `function`) becomes
    `NAME(context, thread, threads)`: each argument and result is a place in the
    arena of the context, as runtime/include/gradopt_runtime.h describes. A result
    with the name attribute of an argument is written to the slot that is not
    current; `gradopt.guard` becomes its new values, and whether they are good goes
    into the record; `gradopt.record` becomes a place in the arena. The manifest is
    added as the constant `NAME_manifest`, and `NAME_commit`. Runs before
    bufferization.

    A dynamic size of a result must be known to be the one that its place has,
    and that of a recorded value to be that of time or of the batch: anything
    else is an error, such as the T + 1 rows of a history returned as if they
    were T. Functions that are given tensors must be inlined before.

    Thread 0 does all the work unless `threads` is set: then all threads enter
    the body, and it is for later passes to give each of them a share.
  }];
  let options = [
    Option<"threads", "threads", "bool", /*default=*/"false",
      "let all threads enter the step's body">,
    Option<"function", "function", "std::string", /*default=*/"\"\"",
      "symbol of the function; empty: the recipe's step">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def SeparateLoopDestinations : Pass<"gradopt-separate-loop-destinations"> {
  let summary = "Give what ops in loops write a destination of its own";
  let description = [{
    What a `tensor.insert_slice` in a loop inserts into may be constant in the
    loop: zeros, say, that the next iteration inserts into as well. It is copied,
    or filled again, in the iteration. Bufferization would do that by itself, but
    `eliminate-empty-tensors`, which runs before it, makes what is inserted in the
    place of the destination, and the loop then keeps what earlier iterations left
    there.

    So that bufferization makes a value where it is kept - in its row of what a scan
    yields - and does not copy it there, each result of a linalg op in a loop gets an
    empty tensor of its own, in the iteration, if the op does not read what it
    overwrites. Anywhere, an op that adds to zeros (or another fill, or a vector
    broadcast) that others use too gets its own. A contraction in a loop whose sums
    cannot stay in the place of what they are added to, since the loop reads that
    again or a scan yields the sums, adds to a copy in the place of the sums, which
    `gradopt-lower-contractions` makes part of it. An elementwise op whose result is
    inserted in several places, or which reads a slice that the scan yields, writes
    it once for each.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def PlanArena : Pass<"gradopt-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Give every buffer of a step its place in the arena";
  let description = [{
    Every `memref.alloc` of a step becomes a view of the arena behind the places of
    arguments and results, and `NAME_layout` is made, which computes the arena's
    size for given capacities. Sizes must follow from time, batch and constants, and
    must not be larger for smaller ones (10 - T is); one that is not so is an error
    at the op that needs the buffer, and so is a buffer that outlives the iteration
    of a loop in which it is made.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ExpandCopies : Pass<"gradopt-expand-copies"> {
  let summary = "Turn copies of buffers into loops";
  let description = [{
    `memref.copy` becomes a `linalg.generic`: a copy between strided buffers would
    otherwise call a function of MLIR's runtime library.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def ExpandReshapes : Pass<"gradopt-expand-reshapes"> {
  let summary = "Turn reshapes to several dynamic sizes into views";
  let description = [{
    A `memref.expand_shape` that makes several dynamic dimensions of one, such as T
    and B of T·B, becomes a `memref.reinterpret_cast` of the sizes that it names.
    `expand-strided-metadata` takes one dynamic dimension only.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect"];
}

#endif // GRADOPT_CONVERSION_PASSES_TD
