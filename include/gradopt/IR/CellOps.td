//===- CellOps.td - Named recurrent layers -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_CELLOPS_TD
#define GRADOPT_IR_CELLOPS_TD

include "gradopt/IR/GradOptOpBase.td"

class GradOpt_CellOp<string mnemonic>
    : GradOpt_Op<mnemonic, [Pure, AttrSizedOperandSegments,
        DeclareOpInterfaceMethods<GradOpt_RecurrentCellOpInterface>]>;

def GradOpt_RnnOp : GradOpt_CellOp<"rnn"> {
  let summary = "a simple recurrent layer (Elman 1990)";
  let description = [{
    h_t = f(x_t · w_ih + bias_ih + h_{t−1} · w_hh + bias_hh), with f = `tanh`,
    `relu` or `identity`.

    | value | shape |
    | --- | --- |
    | `x` | T × B × I |
    | `h0` | B × H |
    | `w_ih`, `w_hh` | I × H, H × H |
    | `bias_ih`, `bias_hh` | H, each optional |
    | result `y` | T × B × H |
    | result `h_n` | B × H |

    From a PyTorch `nn.RNN`: `w_ih` = `weight_ih_l0` transposed, `w_hh` =
    `weight_hh_l0` transposed, biases as they are. From ONNX `RNN`: `W` and `R` of
    one direction, transposed; `B` is `Wb` and `Rb` one after the other.

    ```mlir
    %y, %h_n = gradopt.rnn relu "rnn" %x init(%h0) weights(%w_ih, %w_hh)
        bias_ih(%b_ih : tensor<64xf32>) bias_hh(%b_hh : tensor<64xf32>)
        : tensor<?x?x2xf32>, tensor<?x64xf32>, tensor<2x64xf32>, tensor<64x64xf32>
        -> tensor<?x?x64xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$x, GradOpt_FloatTensor:$h0,
    GradOpt_FloatTensor:$w_ih, GradOpt_FloatTensor:$w_hh,
    Optional<GradOpt_FloatTensor>:$bias_ih,
    Optional<GradOpt_FloatTensor>:$bias_hh,
    DefaultValuedAttr<GradOpt_RnnActivationAttr,
      "::mlir::gradopt::RnnActivation::tanh">:$activation,
    OptionalAttr<StrAttr>:$name);
  let results = (outs GradOpt_FloatTensor:$y, GradOpt_FloatTensor:$h_n);
  let assemblyFormat = [{
    $activation ($name^)? $x `init` `(` $h0 `)` `weights` `(` $w_ih `,` $w_hh `)`
    (`bias_ih` `(` $bias_ih^ `:` type($bias_ih) `)`)?
    (`bias_hh` `(` $bias_hh^ `:` type($bias_hh) `)`)?
    attr-dict `:` type($x) `,` type($h0) `,` type($w_ih) `,` type($w_hh)
    `->` type($y) `,` type($h_n)
  }];
  let hasVerifier = 1;
}

def GradOpt_LstmOp : GradOpt_CellOp<"lstm"> {
  let summary = "a long short-term memory layer (Hochreiter and Schmidhuber 1997; Gers et al. 2000)";
  let description = [{
    With z = x_t · w_ih + bias_ih + h_{t−1} · w_hh + bias_hh in four blocks of
    H columns i, f, g, o:

        c_t = sigmoid(f) * c_{t−1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(c_t)

    | value | shape |
    | --- | --- |
    | `x` | T × B × I |
    | `h0`, `c0` | B × H |
    | `w_ih`, `w_hh` | I × 4H, H × 4H |
    | `bias_ih`, `bias_hh` | 4H, each optional |
    | result `y` | T × B × H |
    | results `h_n`, `c_n` | B × H |

    From a PyTorch `nn.LSTM`: `w_ih` = `weight_ih_l0` transposed, `w_hh` =
    `weight_hh_l0` transposed, biases as they are (the gates' order is PyTorch's).
    From ONNX `LSTM`, whose order is i, o, f, g: the blocks of `W`, `R`, `Wb` and
    `Rb` reordered, then transposed.

    ```mlir
    %y, %h_n, %c_n = gradopt.lstm "lstm" %x init(%h0, %c0) weights(%w_ih, %w_hh)
        bias_ih(%b : tensor<1024xf32>)
        : tensor<?x?x128xf32>, tensor<?x256xf32>, tensor<?x256xf32>, tensor<128x1024xf32>, tensor<256x1024xf32>
        -> tensor<?x?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>
    ```
  }];
  let arguments = (ins GradOpt_FloatTensor:$x, GradOpt_FloatTensor:$h0,
    GradOpt_FloatTensor:$c0, GradOpt_FloatTensor:$w_ih,
    GradOpt_FloatTensor:$w_hh, Optional<GradOpt_FloatTensor>:$bias_ih,
    Optional<GradOpt_FloatTensor>:$bias_hh, OptionalAttr<StrAttr>:$name);
  let results = (outs GradOpt_FloatTensor:$y, GradOpt_FloatTensor:$h_n,
                      GradOpt_FloatTensor:$c_n);
  let assemblyFormat = [{
    ($name^)? $x `init` `(` $h0 `,` $c0 `)` `weights` `(` $w_ih `,` $w_hh `)`
    (`bias_ih` `(` $bias_ih^ `:` type($bias_ih) `)`)?
    (`bias_hh` `(` $bias_hh^ `:` type($bias_hh) `)`)?
    attr-dict `:` type($x) `,` type($h0) `,` type($c0) `,` type($w_ih) `,`
    type($w_hh) `->` type($y) `,` type($h_n) `,` type($c_n)
  }];
  let hasVerifier = 1;
}

#endif // GRADOPT_IR_CELLOPS_TD
