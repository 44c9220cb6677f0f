// RUN: gradopt-opt %s --split-input-file --gradopt-insert-gradient-clipping="kind=norm threshold=2.0 at=gate" --canonicalize --mlir-print-local-scope | FileCheck %s

// Each gate of an lstm is a block of columns that an activation takes.

// CHECK-LABEL: func @lstm
// CHECK-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.gate.norm.threshold", gradopt.init = 2.000000e+00 : f64}
// CHECK:       gradopt.scan
// CHECK:         %[[I:.*]] = tensor.extract_slice %{{.*}}[0, 0] [%{{.*}}, 2]
// CHECK-NEXT:    %[[I1:.*]] = gradopt.clip_cotangent l2 %[[I]] to %[[T]]
// CHECK:         linalg.generic {{.*}} ins(%[[I1]] :
// CHECK-COUNT-3: gradopt.clip_cotangent
// CHECK-NOT:     gradopt.clip_cotangent
func.func @lstm(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %w_ih: tensor<3x8xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<2x8xf32> {gradopt.param = #gradopt.param<"w_hh">}, %target: tensor<?x2xf32> {gradopt.input = "target", gradopt.dims = "B"})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h, %c = gradopt.lstm "lstm" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x8xf32>, tensor<2x8xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %h, %target : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

// The candidate of a gru adds up and activates at once: the sum becomes a value.

// CHECK-LABEL: func @gru
// CHECK:       gradopt.scan
// CHECK-COUNT-2: gradopt.clip_cotangent
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>)
// CHECK:           arith.mulf
// CHECK-NEXT:      arith.addf
// CHECK-NEXT:      linalg.yield
// CHECK:         %[[N:.*]] = gradopt.clip_cotangent l2 %[[SUM]]
// CHECK:         linalg.generic {{.*}} ins(%[[N]] : tensor<?x2xf32>)
// CHECK:           math.tanh
// CHECK-NEXT:      linalg.yield
// CHECK-NOT:     gradopt.clip_cotangent
func.func @gru(%x: tensor<?x?x3xf32> {gradopt.input = "x"}, %w_ih: tensor<3x6xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<2x6xf32> {gradopt.param = #gradopt.param<"w_hh">}, %target: tensor<?x2xf32> {gradopt.input = "target", gradopt.dims = "B"})
    -> (tensor<f32> {gradopt.loss}) {
  %y, %h = gradopt.gru linear_before_reset "gru" %x : tensor<?x?x3xf32> weights(%w_ih, %w_hh : tensor<3x6xf32>, tensor<2x6xf32>)
      -> tensor<?x?x2xf32>, tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %h, %target : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

// A cell of a user's own. A sigmoid of several ops begins at what enters it; the
// constants in it and other uses of that value do not matter. What adds a bias
// is no activation: the bias gets its gradient from behind the clip.

// CHECK-LABEL: func @own
// CHECK-SAME:  %[[W:[a-z0-9]+]]: tensor<3xf32> {gradopt.param
// CHECK-SAME:  %[[B:[a-z0-9]+]]: tensor<3xf32> {gradopt.param
// CHECK-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper
// CHECK:       gradopt.scan
// CHECK:         %[[Z:.*]] = arith.mulf %{{.*}}, %[[W]]
// CHECK-NEXT:    %[[Z1:.*]] = gradopt.clip_cotangent l2 %[[Z]] to %[[T]]
// CHECK-NEXT:    arith.negf %[[Z1]]
// CHECK:         %[[N:.*]] = arith.addf %[[Z]], %[[B]]
// CHECK-NEXT:    %[[N1:.*]] = gradopt.clip_cotangent l2 %[[N]] to %[[T]]
// CHECK-NEXT:    math.tanh %[[N1]]
// CHECK:         %[[P:.*]] = arith.mulf
// CHECK-NEXT:    %[[P1:.*]] = gradopt.clip_cotangent l2 %[[P]] to %[[T]]
// CHECK-NEXT:    arith.addf %{{.*}}, %[[P1]]
// CHECK-NOT:     gradopt.clip_cotangent
func.func @own(%x: tensor<?x3xf32> {gradopt.input = "x"}, %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">},
               %b: tensor<3xf32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0 : index
  %T = tensor.dim %x, %zero : tensor<?x3xf32>
  %one = arith.constant dense<1.0> : tensor<3xf32>
  %h = gradopt.scan (%s) to %T carries(%h = %w : tensor<3xf32>) inputs(%x_t = %x : tensor<?x3xf32>) {
    %z = arith.mulf %h, %w : tensor<3xf32>
    %minus = arith.negf %z : tensor<3xf32> loc(#u)
    %e = math.exp %minus : tensor<3xf32> loc(#u)
    %plus = arith.addf %e, %one : tensor<3xf32> loc(#u)
    %u = arith.divf %one, %plus : tensor<3xf32> loc(#u)
    %zb = arith.addf %z, %b : tensor<3xf32> loc(#n)
    %n = math.tanh %zb : tensor<3xf32> loc(#n)
    // A gate without an activation is clipped as it is.
    %p = arith.mulf %u, %x_t : tensor<3xf32> loc(#p)
    %h1 = arith.addf %n, %p : tensor<3xf32>
    // Fused of two gates: of neither.
    %h2 = math.tanh %h1 : tensor<3xf32> loc(#both)
    gradopt.yield %h2 : tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
#u = loc(fused<#gradopt.origin<gate = "u">>["own"])
#n = loc(fused<#gradopt.origin<gate = "n">>["own"])
#p = loc(fused<#gradopt.origin<gate = "p">>["own"])
#both = loc(fused[#u, #n])

// -----

// A clip of the user's own is the first one on what flows back.

// CHECK-LABEL: func @twice
// CHECK-SAME:  %[[W:[a-z0-9]+]]: tensor<3xf32> {gradopt.param
// CHECK-SAME:  %[[OWN:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "own"
// CHECK-SAME:  %[[T:[a-z0-9]+]]: tensor<f32> {gradopt.hyper = "clip.gate.norm.threshold"
// CHECK:       gradopt.scan
// CHECK:         %[[Z0:.*]] = arith.mulf
// CHECK-NEXT:    %[[Z1:.*]] = gradopt.clip_cotangent l2 %[[Z0]] to %[[T]]
// CHECK-NEXT:    %[[Z2:.*]] = gradopt.clip_cotangent value %[[Z1]] to %[[OWN]]
// CHECK-NEXT:    math.tanh %[[Z2]]
func.func @twice(%w: tensor<3xf32> {gradopt.param = #gradopt.param<"w">}, %own: tensor<f32> {gradopt.hyper = "own", gradopt.init = 1.0 : f64})
    -> (tensor<f32> {gradopt.loss}) {
  %T = arith.constant 3 : index
  %h = gradopt.scan (%s) to %T carries(%h = %w : tensor<3xf32>) {
    %z = arith.mulf %h, %w : tensor<3xf32>
    %z1 = gradopt.clip_cotangent value %z to %own : tensor<3xf32>, tensor<f32>
    %u = math.tanh %z1 : tensor<3xf32> loc(#gate)
    gradopt.yield %u : tensor<3xf32>
  }
  %loss = gradopt.mean_squared_error %h, %w : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
#gate = loc(fused<#gradopt.origin<gate = "u">>["own"])
