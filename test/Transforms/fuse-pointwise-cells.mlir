// The steps of the named layers and of their derivatives, before anything else
// is done to them.

// RUN: gradopt-opt %s --gradopt-differentiate=model=lstm --gradopt-differentiate=model=gru --gradopt-differentiate=model=rnn --canonicalize --cse \
// RUN:     --gradopt-simplify-slices --gradopt-fuse-pointwise --gradopt-verify-origins | FileCheck %s
// RUN: gradopt-opt %s --gradopt-differentiate=model=lstm --canonicalize --cse \
// RUN:     --gradopt-simplify-slices --gradopt-fuse-pointwise --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=LOC

// One op has the origins of all gates, and what it computes has its own.
// LOC:       gradopt.scan "l"
// LOC:         linalg.matmul
// LOC:         linalg.generic
// LOC:           math.tanh {{.*}}gate = "i", direction = "forward"
// LOC:           math.tanh {{.*}}gate = "f", direction = "forward"
// LOC:           linalg.yield
// LOC-NEXT:    } -> {{.*}} loc(fused[{{.*}}gate = "i",{{.*}}gate = "f",{{.*}}gate = "g",{{.*}}gate = "o",

// The bias of all gates is what the products start from; one elementwise op
// follows. Backward, one elementwise op gives all gates, and sums of weight
// gradients are the rest.

// CHECK-LABEL: func @lstm_step
// CHECK:         gradopt.scan
// CHECK:           linalg.generic
// CHECK:             linalg.yield %{{[^,]*}} : f32
// CHECK:           linalg.matmul
// CHECK:           linalg.matmul
// CHECK:           linalg.generic
// CHECK-COUNT-5:     math.tanh
// CHECK:             linalg.yield
// CHECK-NOT:       linalg.
// CHECK:           gradopt.yield
// CHECK:         gradopt.scan
// CHECK:           linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK:             linalg.yield
// CHECK-COUNT-4:   tensor.insert_slice
// CHECK:           linalg.generic {{.*}} "reduction"
// CHECK-NOT:       iterator_types = ["parallel", "parallel"]}{{.*}}tensor<?x
// CHECK:           gradopt.yield

// CHECK-LABEL: func @gru_step
// CHECK:         gradopt.scan
// CHECK:           linalg.matmul
// CHECK:           linalg.matmul
// CHECK:           linalg.generic
// CHECK-COUNT-3:     math.tanh
// CHECK:             linalg.yield
// CHECK-NOT:       linalg.
// CHECK:           gradopt.yield
// CHECK:         gradopt.scan
// CHECK:           linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK:             linalg.yield
// CHECK-COUNT-6:   tensor.insert_slice
// CHECK:           linalg.generic {{.*}} "reduction"
// The direct way to the state, for the contraction to start from.
// CHECK:           iterator_types = ["parallel", "parallel"]}{{.*}}tensor<?x
// CHECK-NOT:       iterator_types = ["parallel", "parallel"]}{{.*}}tensor<?x
// CHECK:           gradopt.yield

// CHECK-LABEL: func @rnn_step
// CHECK:         gradopt.scan
// CHECK:           linalg.matmul
// CHECK:           linalg.matmul
// CHECK:           linalg.generic
// CHECK:             math.tanh
// CHECK:             linalg.yield
// CHECK-NOT:       linalg.
// CHECK:           gradopt.yield
// CHECK:         gradopt.scan
// CHECK:           linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK:             linalg.yield
// Rows that are at their end keep the state's derivative.
// CHECK:           iterator_types = ["parallel", "parallel"]}{{.*}}tensor<?x
// CHECK-NOT:       iterator_types = ["parallel", "parallel"]}{{.*}}tensor<?x
// CHECK:           gradopt.yield

func.func @lstm(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x5xf32> {gradopt.state = "h"}, %c0: tensor<?x5xf32> {gradopt.state = "c"},
    %y: tensor<?x?x5xf32> {gradopt.input = "y"},
    %w_ih: tensor<3x20xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.5, 0.5)>},
    %w_hh: tensor<5x20xf32> {gradopt.param = #gradopt.param<"w_hh", init = uniform(-0.5, 0.5)>},
    %b: tensor<20xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x5xf32> {gradopt.state = "h"}, tensor<?x5xf32> {gradopt.state = "c"}) {
  %0:3 = gradopt.lstm "l" %x : tensor<?x?x3xf32> init(%h0, %c0 : tensor<?x5xf32>, tensor<?x5xf32>)
      weights(%w_ih, %w_hh : tensor<3x20xf32>, tensor<5x20xf32>) bias_ih(%b : tensor<20xf32>)
      -> tensor<?x?x5xf32>, tensor<?x5xf32>, tensor<?x5xf32>
  %l = gradopt.mean_squared_error %0#0, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %l, %0#1, %0#2 : tensor<f32>, tensor<?x5xf32>, tensor<?x5xf32>
}

func.func @gru(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x5xf32> {gradopt.state = "h"},
    %y: tensor<?x?x5xf32> {gradopt.input = "y"},
    %w_ih: tensor<3x15xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.5, 0.5)>},
    %w_hh: tensor<5x15xf32> {gradopt.param = #gradopt.param<"w_hh", init = uniform(-0.5, 0.5)>},
    %b: tensor<15xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x5xf32> {gradopt.state = "h"}) {
  %0:2 = gradopt.gru linear_before_reset "l" %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>)
      weights(%w_ih, %w_hh : tensor<3x15xf32>, tensor<5x15xf32>) bias_ih(%b : tensor<15xf32>)
      -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %l = gradopt.mean_squared_error %0#0, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %l, %0#1 : tensor<f32>, tensor<?x5xf32>
}

func.func @rnn(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %h0: tensor<?x5xf32> {gradopt.state = "h"}, %n: tensor<?xi32> {gradopt.input = "n"},
    %y: tensor<?x?x5xf32> {gradopt.input = "y"},
    %w_ih: tensor<3x5xf32> {gradopt.param = #gradopt.param<"w_ih", init = uniform(-0.5, 0.5)>},
    %w_hh: tensor<5x5xf32> {gradopt.param = #gradopt.param<"w_hh", init = uniform(-0.5, 0.5)>})
    -> (tensor<f32> {gradopt.loss}, tensor<?x5xf32> {gradopt.state = "h"}) {
  %0:2 = gradopt.rnn tanh "l" %x : tensor<?x?x3xf32> lengths(%n : tensor<?xi32>) init(%h0 : tensor<?x5xf32>)
      weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %l = gradopt.mean_squared_error %0#0, %y : tensor<?x?x5xf32>, tensor<?x?x5xf32> -> tensor<f32>
  return %l, %0#1 : tensor<f32>, tensor<?x5xf32>
}
