// RUN: gradopt-opt %s --split-input-file --gradopt-merge-scans="working-set=200" --remark-format=emitRemark \
// RUN:     --remarks-filter="gradopt-merge-scans" 2>%t | FileCheck %s --check-prefix=IR
// RUN: FileCheck %s < %t

// A step of one touches its carry, 16 bytes, the slice of x and an output, 32.
// Three touch the slice once: 2 x 48 - 16 = 80, 80 + 32 = 112.
// CHECK:      remark: [Passed] merged | Category:gradopt-merge-scans | Function=fits | Reason="'a' and 'b' became one scan"
// CHECK:      remark: [Passed] merged | Category:gradopt-merge-scans | Function=fits | Reason="'a+b' and a scan without a name became one scan"
// IR-LABEL: func @fits
// IR:      gradopt.scan
// IR-NOT:  gradopt.scan
func.func @fits(%x: tensor<?x4xf32>, %h0: tensor<4xf32>, %T: index) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %b:2 = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %c:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.subf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  return %a#1, %b#1, %c#1 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// Weights of 64 bytes each: one of them and two carries are 64 + 2 x 32 = 128
// with the outputs, two are 192; in a third scan a batch of unknown size counts
// as 32 rows, of 4 bytes, carried and put out.
// CHECK:      remark: [Passed] merged | {{.*}} | Function=weights | Reason="'a' and 'b' became one scan"
// CHECK:      remark: [Missed] working-set | Category:gradopt-merge-scans | Function=weights | Reason="a step of 'a+b' and 'c' would touch 448 bytes, more than 200"
// IR-LABEL: func @weights
// IR:      gradopt.scan "a+b"
// IR:      gradopt.scan "c"
func.func @weights(%w: tensor<4x4xf32>, %v: tensor<4x4xf32>, %h0: tensor<1x4xf32>, %k0: tensor<?xf32>, %T: index)
    -> (tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x?xf32>) {
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<1x4xf32>) outputs(tensor<?x1x4xf32>) {
    // An empty tensor only gives a shape.
    %e = tensor.empty() : tensor<1x4xf32>
    %0 = linalg.matmul ins(%h, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
    gradopt.yield %0, %0 : tensor<1x4xf32>, tensor<1x4xf32>
  }
  %b:2 = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<1x4xf32>) outputs(tensor<?x1x4xf32>) {
    %e = tensor.empty() : tensor<1x4xf32>
    %0 = linalg.matmul ins(%h, %v : tensor<1x4xf32>, tensor<4x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32>
    gradopt.yield %0, %0 : tensor<1x4xf32>, tensor<1x4xf32>
  }
  %c:2 = gradopt.scan "c" (%s) to %T carries(%k = %k0 : tensor<?xf32>) outputs(tensor<?x?xf32>) {
    %0 = math.tanh %k : tensor<?xf32>
    gradopt.yield %0, %0 : tensor<?xf32>, tensor<?xf32>
  }
  return %a#1, %b#1, %c#1 : tensor<?x1x4xf32>, tensor<?x1x4xf32>, tensor<?x?xf32>
}

// -----

// CHECK:      remark: [Missed] count | Category:gradopt-merge-scans | Function=counts | Reason="'a' and 'b' are not known to have the same number of steps"
// CHECK:      remark: [Missed] dependent | Category:gradopt-merge-scans | Function=counts | Reason="'c' needs a result of 'b'"
// CHECK-NOT:  Function=counts
// IR-LABEL: func @counts
// IR-COUNT-3: gradopt.scan
func.func @counts(%n: index, %m: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = gradopt.scan "a" (%s) to %n carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b = gradopt.scan "b" (%s) to %m carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  // What it needs of b goes through an op between, and is used inside only.
  %k = math.absf %b : tensor<4xf32>
  %c = gradopt.scan "c" (%s) to %m carries(%h = %h0 : tensor<4xf32>) {
    %0 = arith.addf %h, %k : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a, %c : tensor<4xf32>, tensor<4xf32>
}

// -----

// The order of effects is kept.
// CHECK:      remark: [Missed] effect | Category:gradopt-merge-scans | Function=effects | Reason="an op in 'b' has effects, whose order is kept: func.call"
// CHECK-NOT:  Function=effects
// IR-LABEL: func @effects
// IR-COUNT-2: gradopt.scan
func.func private @show(tensor<4xf32>)
func.func @effects(%T: index, %h0: tensor<4xf32>, %when: i1) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    scf.if %when {
      func.call @show(%0) : (tensor<4xf32>) -> ()
    }
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// The first call needs the first scan, and the second scan what the second call
// gives.
// CHECK:      remark: [Missed] between | Category:gradopt-merge-scans | Function=between | Reason="an op between 'a' and 'b' has effects and uses the first: func.call"
// IR-LABEL: func @between
// IR-COUNT-2: gradopt.scan
func.func private @show(tensor<4xf32>) -> tensor<4xf32>
func.func @between(%T: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %shown = call @show(%a) : (tensor<4xf32>) -> tensor<4xf32>
  %k0 = call @show(%h0) : (tensor<4xf32>) -> tensor<4xf32>
  %b = gradopt.scan "b" (%s) to %T carries(%h = %k0 : tensor<4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %shown, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK:      remark: [Missed] attributes | {{.*}} | Reason="'a' and 'b' have different attributes"
// IR-LABEL: func @attributes
// IR-COUNT-2: gradopt.scan
func.func @attributes(%T: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>) attributes {mine} {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b = gradopt.scan "b" (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// A backward scan has the name of its layer, as the forward one does.
// CHECK:      remark: [Missed] dependent | {{.*}} | Function=directions | Reason="'rnn' (backward) needs a result of 'rnn'"
// IR-LABEL: func @directions
// IR-COUNT-2: gradopt.scan
func.func @directions(%T: index, %h0: tensor<4xf32>) -> tensor<4xf32> {
  %a = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  } loc(fused<#gradopt.origin<layer = "rnn", direction = "forward">>["step.mlir":1:1])
  %b = gradopt.scan "rnn" (%s) to %T carries(%h = %a : tensor<4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  } loc(fused<#gradopt.origin<layer = "rnn", direction = "backward">>["step.mlir":1:1])
  return %b : tensor<4xf32>
}
