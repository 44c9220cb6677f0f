//===- GradientOps.td - Gradients and their clips -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_GRADIENTOPS_TD
#define GRADOPT_IR_GRADIENTOPS_TD

include "gradopt/IR/GradOptOpBase.td"

def GradOpt_GradientOp : GradOpt_Op<"gradient", [Pure, SameOperandsAndResultType]> {
  let summary = "marks a value as a gradient";
  let description = [{
    The result is the operand. `of` names what it is the gradient of and `group`
    what it belongs to, such as a layer. It stands in any compiler's step: the
    passes that clip and watch gradients find them by it. Lowering removes it.

    ```mlir
    %g1 = gradopt.gradient %g of "w_hh" group "rnn" : tensor<64x64xf32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$value, StrAttr:$of,
                       OptionalAttr<StrAttr>:$group);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$value `of` $of (`group` $group^)? attr-dict `:` type($value)";
  let hasVerifier = 1;
}

defvar ClipSemantics = [{
    | norm n \ threshold t | negative or NaN | 0 | positive | +Inf |
    | --- | --- | --- | --- | --- |
    | 0 | NaN | unchanged | unchanged | unchanged |
    | 0 < n ≤ t | – | – | unchanged, bit for bit | unchanged |
    | n > t | NaN | zero | x · t / n | – |
    | +Inf or NaN | NaN | unchanged | unchanged | unchanged |

    The norm and the product are computed in f64, so that no finite f32 gradient
    overflows. A gradient that holds NaN or Inf is left as it is, so that checks
    see which elements are bad; a threshold that means nothing makes the result
    NaN rather than a silent wrong step.
}];

def GradOpt_ClipByValueOp : GradOpt_Op<"clip_by_value", [Pure,
    AllTypesMatch<["value", "result"]>]> {
  let summary = "bounds every element";
  let description = [{
    Each finite element becomes max(−t, min(x, t)). Elements that are NaN or Inf
    stay, so that checks see them. A threshold that is negative or NaN makes
    every element NaN; 0 makes finite elements 0; +Inf changes nothing.

    ```mlir
    %c = gradopt.clip_by_value %g to %t : tensor<64x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$value, GradOpt_FloatScalar:$threshold);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$value `to` $threshold attr-dict `:` type($value) `,` type($threshold)";
  let hasVerifier = 1;
}

def GradOpt_ClipByNormOp : GradOpt_Op<"clip_by_norm", [Pure,
    AllTypesMatch<["value", "result"]>]> {
  let summary = "scales a tensor, or each of its rows, down to a norm";
  let description = !strconcat([{
    The second result is the norm before the clip. With `rows` each row, which is
    what the last dimension runs along, has a norm of its own and is scaled by
    itself; the norms then have the shape of `value` without its last dimension.
    What happens to an element x:

}], ClipSemantics, [{

    ```mlir
    %c, %norm = gradopt.clip_by_norm l2 %g to %t : tensor<64x64xf32>, tensor<f32> -> tensor<f32>
    %r, %norms = gradopt.clip_by_norm l2 rows %d to %t : tensor<?x64xf32>, tensor<f32> -> tensor<?xf32>
    ```
  }]);
  let arguments = (ins GradOpt_NormKindAttr:$p, GradOpt_FloatTensor:$value,
                       GradOpt_FloatScalar:$threshold, UnitAttr:$rows);
  let results = (outs GradOpt_FloatTensor:$result, GradOpt_FloatTensor:$norm);
  let assemblyFormat = "$p (`rows` $rows^)? $value `to` $threshold attr-dict `:` type($value) `,` type($threshold) `->` type($norm)";
  let hasVerifier = 1;
}

def GradOpt_ClipByGlobalNormOp : GradOpt_Op<"clip_by_global_norm", [Pure,
    AllTypesMatch<["threshold", "norm"]>,
    TypesMatchWith<"results match values", "values", "results", "$_self",
                   "::llvm::equal">]> {
  let summary = "scales tensors down to a joint norm (Pascanu, Mikolov, Bengio 2013)";
  let description = !strconcat([{
    The norm is that of all elements of all `values` together; the last result is
    the norm before the clip. What happens to an element x of each:

}], ClipSemantics, [{

    ```mlir
    %c0, %c1, %norm = gradopt.clip_by_global_norm l2 %g0, %g1 to %t
        : tensor<64x64xf32>, tensor<64xf32> to tensor<f32>
    ```
  }]);
  let arguments = (ins GradOpt_NormKindAttr:$p,
    Variadic<GradOpt_FloatTensor>:$values, GradOpt_FloatScalar:$threshold);
  let results = (outs Variadic<GradOpt_FloatTensor>:$results,
                      GradOpt_FloatScalar:$norm);
  let assemblyFormat = [{
    $p $values `to` $threshold attr-dict `:`
    type($values) `to` type($threshold)
  }];
  let hasVerifier = 1;
}

def GradOpt_ClipCotangentOp : GradOpt_Op<"clip_cotangent", [Pure,
    AllTypesMatch<["value", "result"]>]> {
  let summary = "clips what flows back";
  let description = [{
    The result is the operand; in the reverse pass the loss's derivative with
    respect to the result is clipped before it goes on to the operand. `by` is
    `value`, which clips every element like `gradopt.clip_by_value`, or a norm
    `l1`, `l2` or `linf`, which clips each row (what the last dimension runs along:
    the units of one batch row) like `gradopt.clip_by_norm … rows`, or with
    `whole` the whole tensor. The threshold is a constant of the reverse pass: no
    gradient flows to it.

    In a `gradopt.scan` on a carry it clips at every time step, on a gate's value
    that gate alone; a threshold of +Inf changes nothing, so that a threshold
    that is selected by the step index clips at some steps.

    ```mlir
    %h1 = gradopt.clip_cotangent l2 %h to %t : tensor<?x64xf32>, tensor<f32>
    %z1 = gradopt.clip_cotangent value %z to %t : tensor<?x64xf32>, tensor<f32>
    %y1 = gradopt.clip_cotangent l2 whole %y to %t : tensor<?x?x64xf32>, tensor<f32>
    ```
  }];
  let arguments = (ins GradOpt_CotangentClipKindAttr:$by,
    GradOpt_FloatTensor:$value, GradOpt_FloatScalar:$threshold, UnitAttr:$whole);
  let results = (outs GradOpt_FloatTensor:$result);
  let assemblyFormat = "$by (`whole` $whole^)? $value `to` $threshold attr-dict `:` type($value) `,` type($threshold)";
  let hasVerifier = 1;
}

#endif // GRADOPT_IR_GRADIENTOPS_TD
