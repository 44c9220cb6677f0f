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

    With `lengths` (B) the mean is over the positions t < lengths[b] of the first
    two dimensions, time and batch; what stands behind them is never an operand of
    arithmetic, forward or backward. A length below 0 counts as 0, one above T
    as T.

    ```mlir
    %loss = gradopt.cross_entropy %logits, %targets : tensor<?x?x128xf32>, tensor<?x?xi32> -> tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$logits, GradOpt_IndexTensor:$targets,
    Optional<GradOpt_IndexTensor>:$lengths);
  let results = (outs GradOpt_FloatScalar:$loss);
  let assemblyFormat = "$logits `,` $targets (`lengths` `(` $lengths^ `:` type($lengths) `)`)? attr-dict `:` type($logits) `,` type($targets) `->` type($loss)";
  let hasVerifier = 1;
}

def GradOpt_MeanSquaredErrorOp : GradOpt_Op<"mean_squared_error", [Pure]> {
  let summary = "mean of squared differences";
  let description = [{
    The mean over all elements of (prediction − target)², summed in f64 in
    row-major order. Without elements the result is 0.

    With `lengths` (B) the mean is over the positions t < lengths[b] of the first
    two dimensions, time and batch; what stands behind them is never an operand of
    arithmetic, forward or backward. A length below 0 counts as 0, one above T
    as T.

    ```mlir
    %loss = gradopt.mean_squared_error %y, %target : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$prediction, GradOpt_FloatTensor:$target,
    Optional<GradOpt_IndexTensor>:$lengths);
  let results = (outs GradOpt_FloatScalar:$loss);
  let assemblyFormat = "$prediction `,` $target (`lengths` `(` $lengths^ `:` type($lengths) `)`)? attr-dict `:` type($prediction) `,` type($target) `->` type($loss)";
  let hasVerifier = 1;
}

defvar RandomSemantics = [{
    The choice for element i (in row-major order) is a pure function of the key,
    the id, the step count, the index and i: Philox4x32-10 (Salmon et al. 2011)
    on i, under a key mixed from the others, as docs/runtime.md says. Two ops of
    one function must have different ids. `step` is the step count of the training
    step (`gradopt.step_count`), so that each step chooses anew; `index`, such as
    the step index of a scan, does so within one.
}];

def GradOpt_DropoutOp : GradOpt_Op<"dropout", [Pure,
    AllTypesMatch<["value", "result"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>]> {
  let summary = "sets random elements to zero (Srivastava et al. 2014)";
  let description = !strconcat([{
    Each element becomes 0 with probability `rate`, 0 ≤ rate < 1, else
    x / (1 − rate). What becomes 0 is not an operand of arithmetic. Its derivative
    is the same op on the cotangent. `gradopt-disable-dropout` makes it the
    identity, for evaluation, and a rate of 0 is the identity, too.

}], RandomSemantics, [{

    ```mlir
    %y = gradopt.dropout %x rate 0.5 id 1 key(%key, %n) : tensor<?x?x64xf32>
    %z = gradopt.dropout %x_t rate 0.5 id 2 key(%key, %n) index(%s) : tensor<?x64xf32>
    ```
  }]);
  let arguments = (ins GradOpt_FloatTensor:$value, F64Attr:$rate, I64Attr:$id,
    GradOpt_RandomKey:$key, GradOpt_CountScalar:$step, Optional<Index>:$index);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = [{
    $value `rate` $rate `id` $id `key` `(` $key `,` $step `)` (`index` `(` $index^ `)`)?
    attr-dict `:` type($value)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def GradOpt_ZoneoutOp : GradOpt_Op<"zoneout", [Pure,
    AllTypesMatch<["new_value", "old_value", "result"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
      ["reifyResultShapes"]>]> {
  let summary = "keeps the old value of random elements (Krueger et al. 2017)";
  let description = !strconcat([{
    Each element is that of `old` with probability `rate`, 0 ≤ rate < 1, else that
    of `new`. `gradopt-disable-dropout` makes it the expectation
    rate · old + (1 − rate) · new, for evaluation.

}], RandomSemantics, [{

    ```mlir
    %h2 = gradopt.zoneout %h1, %h rate 0.1 id 1 key(%key, %n) index(%s) : tensor<?x64xf32>
    ```
  }]);
  let arguments = (ins GradOpt_FloatTensor:$new_value,
    GradOpt_FloatTensor:$old_value, F64Attr:$rate, I64Attr:$id,
    GradOpt_RandomKey:$key, GradOpt_CountScalar:$step, Optional<Index>:$index);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = [{
    $new_value `,` $old_value `rate` $rate `id` $id `key` `(` $key `,` $step `)`
    (`index` `(` $index^ `)`)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // GRADOPT_IR_MODELOPS_TD
