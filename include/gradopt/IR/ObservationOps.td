//===- ObservationOps.td - What a step says about itself -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_OBSERVATIONOPS_TD
#define GRADOPT_IR_OBSERVATIONOPS_TD

include "gradopt/IR/GradOptOpBase.td"

def GradOpt_NormOp : GradOpt_Op<"norm", [Pure, GradOpt_Observation]> {
  let summary = "a norm of one or several tensors together";
  let description = [{
    `l1` sums magnitudes, `l2` is the root of the sum of squares, `linf` the
    largest magnitude, over all elements of all operands. Computed in f64 (f64
    operands: scaled by the largest magnitude, as LAPACK's `lassq`), so that it
    overflows only where the result itself does not fit, and is exact to a few
    ulp down to subnormals. NaN if an element is NaN, else Inf if one is Inf. Of
    no elements it is 0. The order of the sum depends on the shapes only.

    ```mlir
    %n = gradopt.norm l2 %g0, %g1 : tensor<64x64xf32>, tensor<64xf32> -> tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_NormKindAttr:$p, Variadic<GradOpt_FloatTensor>:$values);
  let results = (outs GradOpt_FloatScalar:$result);
  let assemblyFormat = "$p $values attr-dict `:` type($values) `->` type($result)";
  let hasVerifier = 1;
}

def GradOpt_CountNonfiniteOp : GradOpt_Op<"count_nonfinite", [Pure, GradOpt_Observation]> {
  let summary = "how many elements are NaN or Inf";
  let description = [{
    Tests the exponent's bits as integers, so that no floating-point mode or flag
    can fold the test away.

    ```mlir
    %n = gradopt.count_nonfinite %g0, %g1 : tensor<64x64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins Variadic<GradOpt_FloatTensor>:$values);
  let results = (outs GradOpt_CountScalar:$result);
  let assemblyFormat = "$values attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def GradOpt_CountOverflowOp : GradOpt_Op<"count_overflow", [Pure, GradOpt_Observation]> {
  let summary = "how many elements are finite but near the end of the range";
  let description = [{
    Counts finite elements whose magnitude is more than `beyond` (between 0 and 1)
    times the largest number of their type: about 3.4e38 of f32 and 1.8e308 of
    f64. NaN and Inf are not counted; that is what `count_nonfinite` does. Tests
    bits, as that does.

    ```mlir
    %n = gradopt.count_overflow %g0, %g1 beyond 0.001 : tensor<64x64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins Variadic<GradOpt_FloatTensor>:$values, F64Attr:$beyond);
  let results = (outs GradOpt_CountScalar:$result);
  let assemblyFormat = "$values `beyond` $beyond attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def GradOpt_CheckFiniteOp : GradOpt_Op<"check_finite", [Pure, GradOpt_Observation]> {
  let summary = "whether all elements are finite";
  let description = [{
    True if no element of any operand is NaN or Inf; true of no elements. Tests
    bits, as `count_nonfinite` does.

    ```mlir
    %ok = gradopt.check_finite %g0, %g1 : tensor<64x64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins Variadic<GradOpt_FloatTensor>:$values);
  let results = (outs I1:$result);
  let assemblyFormat = "$values attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def GradOpt_RecordResource : Resource<"::mlir::gradopt::RecordResource">;

def GradOpt_RecordOp : GradOpt_Op<"record", [
    MemoryEffects<[MemWrite<GradOpt_RecordResource>]>, GradOpt_Observation]> {
  let summary = "puts a value into the step's record";
  let description = [{
    The runtime finds the value under this name, which reads
    `subject/name/quantity` (docs/runtime.md) and stands once in a function. A
    record stands in a function's body, not in a loop: what is watched for every
    time step is an output of its scan. A value of more than one dimension or of
    another element type than f32, f64 or i64 is refused.

    ```mlir
    gradopt.record "gradient/lstm.weight_hh/norm", %n : tensor<f32>
    ```
  }];
  let arguments = (ins StrAttr:$name, RankedTensorOf<[F32, F64, I64]>:$value);
  let assemblyFormat = "$name `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

#endif // GRADOPT_IR_OBSERVATIONOPS_TD
