//===- GradOptOpBase.td - What the op definitions share -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_OPBASE_TD
#define GRADOPT_IR_OPBASE_TD

include "gradopt/IR/GradOptAttrs.td"
include "gradopt/IR/GradOptDialect.td"
include "gradopt/Interfaces/GradOptInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class GradOpt_Op<string mnemonic, list<Trait> traits = []>
    : Op<GradOpt_Dialect, mnemonic, traits>;

def GradOpt_FloatTensor : RankedTensorOf<[F32, F64]>;
def GradOpt_IndexTensor : RankedTensorOf<[I32, I64]>;
def GradOpt_FloatScalar : 0DTensorOf<[F32, F64]>;
/// A key of pure random numbers; see docs/runtime.md.
def GradOpt_RandomKey : RankedTensorOf<[I64]>,
    BuildableType<"::mlir::RankedTensorType::get({2}, $_builder.getI64Type())">;
def GradOpt_CountScalar : 0DTensorOf<[I64]>,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;

/// An op that only looks at a value: a clip that replaces a gradient leaves
/// these uses of it alone, so that what is watched is the gradient as it was.
def GradOpt_Observation
    : NativeOpTrait<"Observation"> {
  let cppNamespace = "::mlir::gradopt";
}

#endif // GRADOPT_IR_OPBASE_TD
