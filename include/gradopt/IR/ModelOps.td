//===- ModelOps.td - Embedding and losses -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_MODELOPS_TD
#define GRADOPT_IR_MODELOPS_TD

include "gradopt/IR/GradOptOpBase.td"

def GradOpt_EmbeddingOp : GradOpt_Op<"embedding", [
    Pure, DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>]> {
  let summary = "rows of a table";
  let description = [{
    The result has the shape of `indices` and one more dimension, a row of
    `table` (V × E). A row for an index outside 0 … V − 1 is NaN, so that it is
    noticed, and never read out of bounds. Its gradient is `gradopt.scatter_add`.

    ```mlir
    %x = gradopt.embedding %table, %tokens : tensor<128x64xf32>, tensor<?x?xi32> -> tensor<?x?x64xf32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$table, GradOpt_IndexTensor:$indices);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$table `,` $indices attr-dict `:` type($table) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

def GradOpt_ScatterAddOp : GradOpt_Op<"scatter_add", [Pure]> {
  let summary = "sums rows into a table of zeros";
  let description = [{
    The result (V × E) is zero but for the rows that `indices` names: row v is
    the sum of the rows of `updates` whose index is v, added one after the other
    in row-major order of `indices`. Rows with an index outside 0 … V − 1 are
    left out. It is the gradient of `gradopt.embedding` with respect to its table.

    ```mlir
    %g = gradopt.scatter_add %dx, %tokens : tensor<?x?x64xf32>, tensor<?x?xi32> -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$updates, GradOpt_IndexTensor:$indices);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$updates `,` $indices attr-dict `:` type($updates) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

def GradOpt_CrossEntropyOp : GradOpt_Op<"cross_entropy", [Pure]> {
  let summary = "mean cross-entropy of logits and target classes";
  let description = [{
    The mean over all positions of −log softmax(logits)[target], in nats. The last
    dimension of `logits` is the classes; `targets` has the others. The largest
    logit of each row is subtracted first, so that no finite row overflows; the
    sum over positions is taken in f64 in row-major order. Without positions the
    result is 0. A target outside the classes makes the result NaN.

    ```mlir
    %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x128xf32>, tensor<?x?xi32> -> tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$logits, GradOpt_IndexTensor:$targets);
  let results = (outs GradOpt_FloatScalar:$loss);
  let assemblyFormat = "$logits `,` $targets attr-dict `:` type($logits) `,` type($targets) `->` type($loss)";
  let hasVerifier = 1;
}

def GradOpt_MeanSquaredErrorOp : GradOpt_Op<"mean_squared_error", [Pure]> {
  let summary = "mean of squared differences";
  let description = [{
    The mean over all elements of (prediction − target)², summed in f64 in
    row-major order. Without elements the result is 0.

    ```mlir
    %loss = gradopt.mean_squared_error %y, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$prediction, GradOpt_FloatTensor:$target);
  let results = (outs GradOpt_FloatScalar:$loss);
  let assemblyFormat = "$prediction `,` $target attr-dict `:` type($prediction) `,` type($target) `->` type($loss)";
  let hasVerifier = 1;
}

#endif // GRADOPT_IR_MODELOPS_TD
