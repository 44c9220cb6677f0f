// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --canonicalize --cse \
// RUN:     --gradopt-count-work="time=64 batch=32" -o /dev/null | FileCheck %s
// RUN: gradopt-opt %s --gradopt-count-work=time=64 --remark-format=emitRemark \
// RUN:     --remarks-filter="gradopt-count-work" 2>&1 -o /dev/null | FileCheck %s --check-prefix=LAYER

// A layer does not show its work before it is expanded. Where no B is given
// there is no number.
// LAYER:      remark: [Missed] layer | Category:gradopt-count-work | Reason="a layer is not counted before gradopt-expand-cells makes a scan of it"
// LAYER:      {{^@loss$}}
// LAYER-NEXT: {{^}}  layers not expanded: 1, run gradopt-expand-cells first{{$}}
// LAYER-NEXT: flops of contractions 0 0{{$}}
// LAYER:      bytes read 32*T*B -{{$}}

// Of the step both directions are named, and each contraction shows what it
// writes: the weight gradient as often as there are steps.
// CHECK:      {{^@loss_step$}}
// CHECK-NEXT: flops of contractions 128*T*B 262144{{$}}
// CHECK:      loops
// CHECK:      rnn forward T 2 1
// CHECK:      rnn backward T 3
// CHECK:      loop direction space times flops bytes written
// CHECK-NEXT: rnn forward B x 4 x (2) T 16*T*B 32768 16*T*B 32768
// CHECK-NEXT: rnn forward B x 4 x (4) T 32*T*B 65536 16*T*B 32768
// CHECK-NEXT: rnn backward B x (4) x 4 T 32*T*B 65536 16*T*B 32768
// CHECK-NEXT: rnn backward (B) x 4 x 4 T 32*T*B 65536 64*T 4096
// CHECK-NEXT: rnn backward (B) x 4 x 2 T 16*T*B 32768 32*T 2048
// CHECK-NOT:  {{.}}
func.func @loss(%x: tensor<?x?x2xf32> {gradopt.input = "x"}, %target: tensor<?x?x4xf32> {gradopt.input = "target"},
                %w_ih: tensor<2x4xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<4x4xf32> {gradopt.param = #gradopt.param<"w_hh">}) -> (tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.rnn tanh "rnn" %x : tensor<?x?x2xf32> weights(%w_ih, %w_hh : tensor<2x4xf32>, tensor<4x4xf32>)
      -> tensor<?x?x4xf32>, tensor<?x4xf32>
  %loss = gradopt.mean_squared_error %y, %target : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
