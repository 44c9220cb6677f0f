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

class GradOpt_CellOp<string mnemonic, list<Trait> traits = []>
    : GradOpt_Op<mnemonic, !listconcat([Pure, AttrSizedOperandSegments,
        DeclareOpInterfaceMethods<GradOpt_RecurrentCellOpInterface,
          ["getSequenceLengths", "getDirections", "getWeights",
           "getZoneoutRates", "getZoneoutRandom"]>], traits)> {
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::StringRef $cppClass::getLayerName() { return getName().value_or(""); }
    ::mlir::Value $cppClass::getSequence() { return getX(); }
    ::mlir::Value $cppClass::getSequenceLengths() { return getLengths(); }
    ::llvm::SmallVector<bool> $cppClass::getDirections() {
      if (getReverseWIh())
        return {false, true};
      return {getReverse()};
    }
    ::llvm::ArrayRef<double> $cppClass::getZoneoutRates() { return getZoneout(); }
    std::pair<::mlir::Value, ::mlir::Value> $cppClass::getZoneoutRandom() {
      return {getZoneoutKey(), getZoneoutStep()};
    }
  }];
}

// What every layer says in the same words.
defvar SequenceSemantics = [{
    **Directions.** Without a mark the layer runs from the first time step to the
    last; with `reverse` from the last to the first. With `reverse_weights` it is
    bidirectional: a second group of the same operands runs in reverse beside
    the first, `y` holds the forward half of its last dimension first, and the
    final states of the reverse direction come last among the results. The two
    groups have the same operands, but for the initial states. All sequences are
    in time order. The scan of the second group has the layer's name with
    `_reverse` behind it.

    **Initial states** that are not given are zero.

    **`lengths`** (B, i32 or i64) says how many time steps of each batch row
    count, as in ONNX: at t ≥ lengths[b] the row's states stay as they are and
    its output is zero. What x holds there is never an operand of arithmetic,
    forward or backward, so that padding of NaN gives the same bits as padding of
    zero. A length below 0 counts as 0, one above T as T. The final states are
    those after the row's last step in processing order.

    **Zoneout** (Krueger et al. 2017): each element of a state keeps its old value
    with the probability that `zoneout` gives for that state; see
    `gradopt.zoneout`, with the key and the step count of its clause. It acts
    before `lengths` does. What is kept follows from the layer's name, so that it
    needs one of its own, the direction and the state.

    A time of 0 gives an empty y and the initial states. NaN and Inf in what
    counts go through.

    **PyTorch's other options**: `num_layers` is one op for each layer, `dropout` a
    `gradopt.dropout` between two, `batch_first` a transpose in front and behind, a
    packed sequence is `lengths`, in any order of the rows. An input without a
    batch and half precision have no counterpart; nor have ONNX's `clip`,
    `input_forget` and activations other than the ones above.
}];

def GradOpt_RnnOp : GradOpt_CellOp<"rnn"> {
  let summary = "a simple recurrent layer (Elman 1990)";
  let description = !strconcat([{

    h_t = f(x_t · w_ih + bias_ih + h_{t−1} · w_hh + bias_hh), with f = `tanh`,
    `relu` or `identity`.

    | value | shape |
    | --- | --- |
    | `x` | T × B × I |
    | `h0` | B × H, optional |
    | `w_ih`, `w_hh` | I × H, H × H |
    | `bias_ih`, `bias_hh` | H, each optional |
    | result `y` | T × B × H, bidirectional T × B × 2H |
    | results `h_n`, `reverse_h_n` | B × H |

}], SequenceSemantics, [{

    From a PyTorch `nn.RNN`: `w_ih` = `weight_ih_l0` transposed, `w_hh` =
    `weight_hh_l0` transposed, biases as they are; the second group from the names
    that end in `_reverse`. From ONNX `RNN`: `W` and `R` of one direction,
    transposed; `B` is `Wb` and `Rb` one after the other.

    ```mlir
    %y, %h_n = gradopt.rnn relu "rnn" %x : tensor<?x?x2xf32>
        init(%h0 : tensor<?x64xf32>)
        weights(%w_ih, %w_hh : tensor<2x64xf32>, tensor<64x64xf32>)
        bias_ih(%b_ih : tensor<64xf32>) bias_hh(%b_hh : tensor<64xf32>)
        -> tensor<?x?x64xf32>, tensor<?x64xf32>
    ```
  }]);
  let arguments = (ins GradOpt_FloatTensor:$x,
    Optional<GradOpt_IndexTensor>:$lengths, Optional<GradOpt_FloatTensor>:$h0,
    GradOpt_FloatTensor:$w_ih, GradOpt_FloatTensor:$w_hh,
    Optional<GradOpt_FloatTensor>:$bias_ih,
    Optional<GradOpt_FloatTensor>:$bias_hh,
    Optional<GradOpt_FloatTensor>:$reverse_h0,
    Optional<GradOpt_FloatTensor>:$reverse_w_ih,
    Optional<GradOpt_FloatTensor>:$reverse_w_hh,
    Optional<GradOpt_FloatTensor>:$reverse_bias_ih,
    Optional<GradOpt_FloatTensor>:$reverse_bias_hh,
    Optional<GradOpt_RandomKey>:$zoneout_key,
    Optional<GradOpt_CountScalar>:$zoneout_step,
    DefaultValuedAttr<GradOpt_RnnActivationAttr,
      "::mlir::gradopt::RnnActivation::tanh">:$activation,
    UnitAttr:$reverse, DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$zoneout,
    OptionalAttr<StrAttr>:$name);
  let results = (outs GradOpt_FloatTensor:$y, GradOpt_FloatTensor:$h_n,
    Optional<GradOpt_FloatTensor>:$reverse_h_n);
  let assemblyFormat = [{
    $activation (`reverse` $reverse^)? ($name^)? $x `:` type($x)
    (`lengths` `(` $lengths^ `:` type($lengths) `)`)?
    (`init` `(` $h0^ `:` type($h0) `)`)?
    `weights` `(` $w_ih `,` $w_hh `:` type($w_ih) `,` type($w_hh) `)`
    (`bias_ih` `(` $bias_ih^ `:` type($bias_ih) `)`)?
    (`bias_hh` `(` $bias_hh^ `:` type($bias_hh) `)`)?
    (`reverse_init` `(` $reverse_h0^ `:` type($reverse_h0) `)`)?
    (`reverse_weights` `(` $reverse_w_ih^ `,` $reverse_w_hh `:` type($reverse_w_ih) `,` type($reverse_w_hh) `)`)?
    (`reverse_bias_ih` `(` $reverse_bias_ih^ `:` type($reverse_bias_ih) `)`)?
    (`reverse_bias_hh` `(` $reverse_bias_hh^ `:` type($reverse_bias_hh) `)`)?
    (`zoneout` $zoneout^ `key` `(` $zoneout_key `,` $zoneout_step `)`)?
    attr-dict `->` type($y) `,` type($h_n) (`,` type($reverse_h_n)^)?
  }];
}

def GradOpt_LstmOp : GradOpt_CellOp<"lstm", [AttrSizedResultSegments]> {
  let summary = "a long short-term memory layer (Hochreiter and Schmidhuber 1997; Gers et al. 2000)";
  let description = !strconcat([{

    With z = x_t · w_ih + bias_ih + h_{t−1} · w_hh + bias_hh in four blocks of
    H columns i, f, g, o:

        c_t = sigmoid(f) * c_{t−1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(c_t)

    With `peepholes` p_i, p_f, p_o (Gers, Schraudolph and Schmidhuber 2002) the
    gates see the cell: i and f get p_i * c_{t−1} and p_f * c_{t−1} added, o gets
    p_o * c_t. With a `projection` (Sak, Senior and Beaufays 2014) h_t is the
    product of the above and `w_proj`, and P takes the place of H for h.

    | value | shape |
    | --- | --- |
    | `x` | T × B × I |
    | `h0`, `c0` | B × P and B × H, both or none |
    | `w_ih`, `w_hh` | I × 4H, P × 4H |
    | `bias_ih`, `bias_hh` | 4H, each optional |
    | `peepholes` | three of H: i, f, o |
    | `projection` | H × P; without it P is H |
    | result `y` | T × B × P, bidirectional T × B × 2P |
    | results `h_n`, `c_n`, `reverse_h_n`, `reverse_c_n` | B × P, B × H |

}], SequenceSemantics, [{

    From a PyTorch `nn.LSTM`: `w_ih` = `weight_ih_l0` transposed, `w_hh` =
    `weight_hh_l0` transposed, `w_proj` = `weight_hr_l0` transposed, biases as they
    are (the gates' order is PyTorch's); the second group from the names that end
    in `_reverse`. From ONNX `LSTM`, whose order is i, o, f, g: the blocks of `W`,
    `R`, `Wb` and `Rb` reordered, then transposed; `P` holds p_i, p_o, p_f.

    ```mlir
    %y, %h_n, %c_n = gradopt.lstm "lstm" %x : tensor<?x?x128xf32>
        init(%h0, %c0 : tensor<?x256xf32>, tensor<?x256xf32>)
        weights(%w_ih, %w_hh : tensor<128x1024xf32>, tensor<256x1024xf32>)
        bias_ih(%b : tensor<1024xf32>)
        -> tensor<?x?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>
    ```
  }]);
  let arguments = (ins GradOpt_FloatTensor:$x,
    Optional<GradOpt_IndexTensor>:$lengths, Optional<GradOpt_FloatTensor>:$h0, Optional<GradOpt_FloatTensor>:$c0,
    GradOpt_FloatTensor:$w_ih, GradOpt_FloatTensor:$w_hh,
    Optional<GradOpt_FloatTensor>:$bias_ih,
    Optional<GradOpt_FloatTensor>:$bias_hh,
    Variadic<GradOpt_FloatTensor>:$peepholes,
    Optional<GradOpt_FloatTensor>:$w_proj,
    Optional<GradOpt_FloatTensor>:$reverse_h0,
    Optional<GradOpt_FloatTensor>:$reverse_c0,
    Optional<GradOpt_FloatTensor>:$reverse_w_ih,
    Optional<GradOpt_FloatTensor>:$reverse_w_hh,
    Optional<GradOpt_FloatTensor>:$reverse_bias_ih,
    Optional<GradOpt_FloatTensor>:$reverse_bias_hh,
    Variadic<GradOpt_FloatTensor>:$reverse_peepholes,
    Optional<GradOpt_FloatTensor>:$reverse_w_proj,
    Optional<GradOpt_RandomKey>:$zoneout_key,
    Optional<GradOpt_CountScalar>:$zoneout_step,
    UnitAttr:$reverse, DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$zoneout,
    OptionalAttr<StrAttr>:$name);
  let results = (outs GradOpt_FloatTensor:$y, GradOpt_FloatTensor:$h_n, GradOpt_FloatTensor:$c_n,
    Optional<GradOpt_FloatTensor>:$reverse_h_n,
    Optional<GradOpt_FloatTensor>:$reverse_c_n);
  let assemblyFormat = [{
    (`reverse` $reverse^)? ($name^)? $x `:` type($x)
    (`lengths` `(` $lengths^ `:` type($lengths) `)`)?
    (`init` `(` $h0^ `,` $c0 `:` type($h0) `,` type($c0) `)`)?
    `weights` `(` $w_ih `,` $w_hh `:` type($w_ih) `,` type($w_hh) `)`
    (`bias_ih` `(` $bias_ih^ `:` type($bias_ih) `)`)?
    (`bias_hh` `(` $bias_hh^ `:` type($bias_hh) `)`)?
    (`peepholes` `(` $peepholes^ `:` type($peepholes) `)`)?
    (`projection` `(` $w_proj^ `:` type($w_proj) `)`)?
    (`reverse_init` `(` $reverse_h0^ `,` $reverse_c0 `:` type($reverse_h0) `,` type($reverse_c0) `)`)?
    (`reverse_weights` `(` $reverse_w_ih^ `,` $reverse_w_hh `:` type($reverse_w_ih) `,` type($reverse_w_hh) `)`)?
    (`reverse_bias_ih` `(` $reverse_bias_ih^ `:` type($reverse_bias_ih) `)`)?
    (`reverse_bias_hh` `(` $reverse_bias_hh^ `:` type($reverse_bias_hh) `)`)?
    (`reverse_peepholes` `(` $reverse_peepholes^ `:` type($reverse_peepholes) `)`)?
    (`reverse_projection` `(` $reverse_w_proj^ `:` type($reverse_w_proj) `)`)?
    (`zoneout` $zoneout^ `key` `(` $zoneout_key `,` $zoneout_step `)`)?
    attr-dict `->` type($y) `,` type($h_n) `,` type($c_n) (`,` type($reverse_h_n)^ `,` type($reverse_c_n))?
  }];
}

def GradOpt_GruOp : GradOpt_CellOp<"gru"> {
  let summary = "a gated recurrent unit layer (Cho et al. 2014)";
  let description = !strconcat([{

    With a = x_t · w_ih + bias_ih and b = h_{t−1} · w_hh + bias_hh in three blocks
    of H columns r, z, n:

        r = sigmoid(a_r + b_r)
        z = sigmoid(a_z + b_z)
        n = tanh(a_n + r * b_n)                                 with linear_before_reset
        n = tanh(a_n + (r * h_{t−1}) · w_hh_n + bias_hh_n)      without
        h_t = (1 − z) * n + z * h_{t−1}

    PyTorch and cuDNN compute the form with `linear_before_reset`, the original
    paper and ONNX's default the other one.

    | value | shape |
    | --- | --- |
    | `x` | T × B × I |
    | `h0` | B × H, optional |
    | `w_ih`, `w_hh` | I × 3H, H × 3H |
    | `bias_ih`, `bias_hh` | 3H, each optional |
    | result `y` | T × B × H, bidirectional T × B × 2H |
    | results `h_n`, `reverse_h_n` | B × H |

}], SequenceSemantics, [{

    From a PyTorch `nn.GRU`: with `linear_before_reset`, `w_ih` = `weight_ih_l0`
    transposed, `w_hh` = `weight_hh_l0` transposed, biases as they are (the gates'
    order is PyTorch's); the second group from the names that end in `_reverse`.
    From ONNX `GRU`, whose order is z, r, h: the blocks of `W`, `R`, `Wb` and `Rb`
    reordered, then transposed.

    ```mlir
    %y, %h_n = gradopt.gru linear_before_reset "gru" %x : tensor<?x?x128xf32>
        init(%h0 : tensor<?x256xf32>)
        weights(%w_ih, %w_hh : tensor<128x768xf32>, tensor<256x768xf32>)
        bias_ih(%b_ih : tensor<768xf32>) bias_hh(%b_hh : tensor<768xf32>)
        -> tensor<?x?x256xf32>, tensor<?x256xf32>
    ```
  }]);
  let arguments = (ins GradOpt_FloatTensor:$x,
    Optional<GradOpt_IndexTensor>:$lengths, Optional<GradOpt_FloatTensor>:$h0,
    GradOpt_FloatTensor:$w_ih, GradOpt_FloatTensor:$w_hh,
    Optional<GradOpt_FloatTensor>:$bias_ih,
    Optional<GradOpt_FloatTensor>:$bias_hh,
    Optional<GradOpt_FloatTensor>:$reverse_h0,
    Optional<GradOpt_FloatTensor>:$reverse_w_ih,
    Optional<GradOpt_FloatTensor>:$reverse_w_hh,
    Optional<GradOpt_FloatTensor>:$reverse_bias_ih,
    Optional<GradOpt_FloatTensor>:$reverse_bias_hh,
    Optional<GradOpt_RandomKey>:$zoneout_key,
    Optional<GradOpt_CountScalar>:$zoneout_step,
    UnitAttr:$linear_before_reset,
    UnitAttr:$reverse, DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$zoneout,
    OptionalAttr<StrAttr>:$name);
  let results = (outs GradOpt_FloatTensor:$y, GradOpt_FloatTensor:$h_n,
    Optional<GradOpt_FloatTensor>:$reverse_h_n);
  let assemblyFormat = [{
    (`linear_before_reset` $linear_before_reset^)? (`reverse` $reverse^)? ($name^)? $x `:` type($x)
    (`lengths` `(` $lengths^ `:` type($lengths) `)`)?
    (`init` `(` $h0^ `:` type($h0) `)`)?
    `weights` `(` $w_ih `,` $w_hh `:` type($w_ih) `,` type($w_hh) `)`
    (`bias_ih` `(` $bias_ih^ `:` type($bias_ih) `)`)?
    (`bias_hh` `(` $bias_hh^ `:` type($bias_hh) `)`)?
    (`reverse_init` `(` $reverse_h0^ `:` type($reverse_h0) `)`)?
    (`reverse_weights` `(` $reverse_w_ih^ `,` $reverse_w_hh `:` type($reverse_w_ih) `,` type($reverse_w_hh) `)`)?
    (`reverse_bias_ih` `(` $reverse_bias_ih^ `:` type($reverse_bias_ih) `)`)?
    (`reverse_bias_hh` `(` $reverse_bias_hh^ `:` type($reverse_bias_hh) `)`)?
    (`zoneout` $zoneout^ `key` `(` $zoneout_key `,` $zoneout_step `)`)?
    attr-dict `->` type($y) `,` type($h_n) (`,` type($reverse_h_n)^)?
  }];
}

#endif // GRADOPT_IR_CELLOPS_TD
