// Everything that is watched, as vector code: norms of gradients and through time,
// a clip that acts, and counts of non-finite values. Weights are wide enough for
// threads to share them, whose number changes no bit.

// DEFINE: %{check} = gradopt-gradcheck %t.mlir --lowering=cpu --thread-counts=1,2,3,4,8 \
// DEFINE:   --prepare='gradopt-insert-gradient-clipping{kind=global_norm threshold=0.001},gradopt-insert-updates{optimizer=adam learning-rate=0.01},gradopt-insert-norm-monitors{norms=true through-time=true},gradopt-insert-finite-checks' \
// DEFINE:   --compare=gradopt-fuse-recurrent-backward
// RUN: sed 's/TxB/?x?/g; s/tensor<Bx/tensor<?x/g' %s > %t.mlir
// RUN: %{check} --time=0,1,5 --batch=1,16 | FileCheck %s
// RUN: sed 's/TxB/5x16/g; s/tensor<Bx/tensor<16x/g' %s > %t.mlir
// RUN: %{check} --time=5 --batch=16 | FileCheck %s
// RUN: sed 's/TxB/5x1/g; s/tensor<Bx/tensor<1x/g' %s > %t.mlir
// RUN: %{check} --time=5 --batch=1 | FileCheck %s
// CHECK: 1 functions, {{.*}} 0 failed

func.func @model(
    %x: tensor<TxBx33xf32> {gradopt.input = "x"}, %target: tensor<TxBx65xf32> {gradopt.input = "target"},
    %w: tensor<33x260xf32> {gradopt.param = #gradopt.param<"l.weight_ih", init = uniform(-0.1, 0.1)>},
    %u: tensor<65x260xf32> {gradopt.param = #gradopt.param<"l.weight_hh", init = uniform(-0.1, 0.1)>},
    %b: tensor<260xf32> {gradopt.param = #gradopt.param<"l.bias_ih", init = uniform(-0.1, 0.1)>}) -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "l" %x : tensor<TxBx33xf32> weights(%w, %u : tensor<33x260xf32>, tensor<65x260xf32>)
      bias_ih(%b : tensor<260xf32>) -> tensor<TxBx65xf32>, tensor<Bx65xf32>, tensor<Bx65xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<TxBx65xf32>, tensor<TxBx65xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
