// Clips and updates after what the lowering to CPU kernels does to tensors: a
// layer with one feature, whose products go into the steps, and one on top of it.

// RUN: gradopt-gradcheck %s --time=0,1,2,7 --batch=3,1 \
// RUN:     --prepare='gradopt-insert-gradient-clipping{kind=global_norm threshold=0.01},gradopt-insert-updates{optimizer=adam learning-rate=0.01},cse,convert-gradopt-to-linalg' \
// RUN:     --compare=gradopt-fuse-recurrent-backward,convert-elementwise-to-linalg,canonicalize,cse,gradopt-reuse-histories,gradopt-sink-into-scans,gradopt-fuse-pointwise,canonicalize,gradopt-split-reductions,cse,gradopt-merge-reductions,gradopt-finish-behind-scans,loop-invariant-code-motion,canonicalize,cse,gradopt-separate-inits \
// RUN:     | FileCheck %s
// CHECK: 1 functions, 8 comparisons, {{.*}} 0 failed

func.func @model(
    %x: tensor<?x?x1xf32> {gradopt.input = "x"},
    %target: tensor<?x?x16xf32> {gradopt.input = "target"},
    %w_ih: tensor<1x64xf32> {gradopt.param = #gradopt.param<"l.weight_ih", init = uniform(-0.3, 0.3)>},
    %w_hh: tensor<16x64xf32> {gradopt.param = #gradopt.param<"l.weight_hh", init = uniform(-0.3, 0.3)>},
    %b_ih: tensor<64xf32> {gradopt.param = #gradopt.param<"l.bias_ih", init = uniform(-0.3, 0.3)>},
    %b_hh: tensor<64xf32> {gradopt.param = #gradopt.param<"l.bias_hh", init = uniform(-0.3, 0.3)>},
    %w2_ih: tensor<16x64xf32> {gradopt.param = #gradopt.param<"g.weight_ih", init = uniform(-0.3, 0.3)>},
    %w2_hh: tensor<16x64xf32> {gradopt.param = #gradopt.param<"g.weight_hh", init = uniform(-0.3, 0.3)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "l" %x : tensor<?x?x1xf32>
      weights(%w_ih, %w_hh : tensor<1x64xf32>, tensor<16x64xf32>)
      bias_ih(%b_ih : tensor<64xf32>) bias_hh(%b_hh : tensor<64xf32>)
      -> tensor<?x?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>
  %y2, %h2, %c2 = gradopt.lstm "g" %y : tensor<?x?x16xf32>
      weights(%w2_ih, %w2_hh : tensor<16x64xf32>, tensor<16x64xf32>)
      -> tensor<?x?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>
  %loss = gradopt.mean_squared_error %y2, %target : tensor<?x?x16xf32>, tensor<?x?x16xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
