// The table of docs/fusion.md: one training step of an LSTM with T = 64, B = 32,
// I = H = 256.
//
// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse --gradopt-count-work="time=64 batch=32" -o /dev/null > %t.before.txt
// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --gradopt-fuse-recurrent-backward --gradopt-count-work="time=64 batch=32" -o /dev/null > %t.fused.txt
// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --gradopt-fuse-recurrent-backward=chunk=16 --gradopt-count-work="time=64 batch=32" -o /dev/null > %t.chunks.txt
// RUN: %{python} %S/Inputs/work_table.py loss_step before=%t.before.txt fused=%t.fused.txt "fused, chunks of 16=%t.chunks.txt" > %t.table.md
// RUN: sed -n '/^<!-- work -->/,/^$/{/^|/p}' %S/../../docs/fusion*.md | diff - %t.table.md

func.func @loss(%x: tensor<?x?x256xf32> {gradopt.input = "x"}, %target: tensor<?x?x256xf32> {gradopt.input = "target"},
                %h0: tensor<?x256xf32> {gradopt.state = "h"}, %c0: tensor<?x256xf32> {gradopt.state = "c"},
                %w_ih: tensor<256x1024xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<256x1024xf32> {gradopt.param = #gradopt.param<"w_hh">},
                %b: tensor<1024xf32> {gradopt.param = #gradopt.param<"b">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x256xf32> {gradopt.state = "h"}, tensor<?x256xf32> {gradopt.state = "c"}) {
  %y, %h, %c = gradopt.lstm "lstm" %x : tensor<?x?x256xf32> init(%h0, %c0 : tensor<?x256xf32>, tensor<?x256xf32>)
      weights(%w_ih, %w_hh : tensor<256x1024xf32>, tensor<256x1024xf32>) bias_ih(%b : tensor<1024xf32>)
      -> tensor<?x?x256xf32>, tensor<?x256xf32>, tensor<?x256xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x256xf32>, tensor<?x?x256xf32> -> tensor<f32>
  return %loss, %h, %c : tensor<f32>, tensor<?x256xf32>, tensor<?x256xf32>
}
