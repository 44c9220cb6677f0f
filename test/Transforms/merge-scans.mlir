// RUN: gradopt-opt %s --gradopt-merge-scans | FileCheck %s

// Two directions over one input. What each has is in its order: carries,
// outputs, histories; a history names its carry by the new number.
// CHECK-LABEL: func @directions
// CHECK:       %[[R:.*]]:7 = gradopt.scan "a+a_reverse" (%[[S:.*]]) to %{{.*}} carries(%[[H:.*]] = %{{.*}} : tensor<?x4xf32>, %[[K:.*]] = %{{.*}} : tensor<?x4xf32>)
// CHECK-SAME:    inputs(%[[X:.*]] = %arg0 : tensor<?x?x4xf32>, %[[Y:.*]] = reverse %arg0 : tensor<?x?x4xf32>)
// CHECK-SAME:    outputs(tensor<?x?x4xf32>, reverse tensor<?x?x4xf32>) histories(0 : tensor<?x?x4xf32>, reverse 1 : tensor<?x?x4xf32>, 1 : tensor<?x?x4xf32>)
// CHECK-NEXT:    %[[H1:.*]] = arith.addf %[[H]], %[[X]]
// CHECK-NEXT:    %[[K1:.*]] = arith.mulf %[[K]], %[[Y]]
// CHECK-NEXT:    gradopt.yield %[[H1]], %[[K1]], %[[H1]], %[[K1]] :
// CHECK:       return %[[R]]#0, %[[R]]#2, %[[R]]#4, %[[R]]#1, %[[R]]#3, %[[R]]#5, %[[R]]#6
func.func @directions(%x: tensor<?x?x4xf32>, %h0: tensor<?x4xf32>, %k0: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %a:3 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<?x4xf32>) inputs(%x_t = %x : tensor<?x?x4xf32>)
      outputs(tensor<?x?x4xf32>) histories(0 : tensor<?x?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<?x4xf32>
    gradopt.yield %0, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  }
  %b:4 = gradopt.scan "a_reverse" (%s) to %T carries(%h = %k0 : tensor<?x4xf32>) inputs(%x_t = reverse %x : tensor<?x?x4xf32>)
      outputs(reverse tensor<?x?x4xf32>) histories(reverse 0 : tensor<?x?x4xf32>, 0 : tensor<?x?x4xf32>) {
    %0 = arith.mulf %h, %x_t : tensor<?x4xf32>
    gradopt.yield %0, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  }
  return %a#0, %a#1, %a#2, %b#0, %b#1, %b#2, %b#3 : tensor<?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// Three heads with one name and one input that each reads in the same
// direction: it is read once. The counts are sizes of tensors that have theirs
// from one. Carries with one name get the scan's in front, and a number where
// that is not enough; who has no names gets them too. The step index is one.
// CHECK-LABEL: func @heads
// CHECK:       gradopt.scan "a" (%[[S:.*]]) to %{{.*}} carries({{([^,)]*, ){3}[^,)]*}}) inputs(%{{[^ ]*}} = %arg0 : tensor<?x4xf32>) attributes {carry_names = ["a/h", "c", "a/h_1", "carry0"]}
// CHECK-NOT:   gradopt.scan
// CHECK:       arith.index_cast %[[S]]
// CHECK-NOT:   gradopt.scan
// CHECK:       return
func.func @heads(%x: tensor<?x4xf32>, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, i64) {
  %c0 = arith.constant 0 : index
  %n0 = arith.constant 0 : i64
  %T = tensor.dim %x, %c0 : tensor<?x4xf32>
  %y = math.tanh %x : tensor<?x4xf32>
  %U = tensor.dim %y, %c0 : tensor<?x4xf32>
  %a:2 = gradopt.scan "a" (%s) to %T carries(%h = %h0 : tensor<4xf32>, %c = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) attributes {carry_names = ["h", "c"]} {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %b = gradopt.scan "a" (%s) to %U carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) attributes {carry_names = ["h"]} {
    %0 = arith.mulf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  // An integer and no name.
  %i = gradopt.scan (%s) to %T carries(%n = %n0 : i64) {
    %0 = arith.index_cast %s : index to i64
    %1 = arith.addi %n, %0 : i64
    gradopt.yield %1 : i64
  }
  return %a#0, %a#1, %b, %i : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, i64
}

// The counts are one by the input that both read. A length that only one of
// them writes down stays where it is.
// CHECK-LABEL: func @lengths
// CHECK:       gradopt.scan (%{{.*}}) to %arg1 carries({{[^,)]*}}) inputs(%{{.*}} = %arg0 : tensor<3x4xf32>) outputs(tensor<?x4xf32>, tensor<3x4xf32>)
// CHECK-NOT:   gradopt.scan
// CHECK:       return
func.func @lengths(%x: tensor<3x4xf32>, %T: index, %h0: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<3x4xf32>) {
  %c3 = arith.constant 3 : index
  %a:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<3x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %b = gradopt.scan (%s) to %c3 inputs(%x_t = %x : tensor<3x4xf32>) outputs(tensor<3x4xf32>) {
    %0 = math.exp %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a#1, %b : tensor<?x4xf32>, tensor<3x4xf32>
}

// Other counts, and counts of which nothing is known.
// CHECK-LABEL: func @other_counts
// CHECK-COUNT-4: gradopt.scan
func.func @other_counts(%n: index, %m: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %a = gradopt.scan (%s) to %n carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b = gradopt.scan (%s) to %m carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %c = gradopt.scan (%s) to %c3 carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %d = gradopt.scan (%s) to %c4 carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a, %b, %c, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// No step is a number of steps too.
// CHECK-LABEL: func @no_steps
// CHECK:       gradopt.scan (%{{.*}}) to %c0 carries({{[^,)]*, [^,)]*}}) outputs(tensor<0x4xf32>)
// CHECK-NOT:   gradopt.scan
// CHECK:       return
func.func @no_steps(%h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<0x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = gradopt.scan (%s) to %c0 carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b:2 = gradopt.scan (%s) to %c0 carries(%h = %h0 : tensor<4xf32>) outputs(tensor<0x4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  return %a, %b#0, %b#1 : tensor<4xf32>, tensor<4xf32>, tensor<0x4xf32>
}

// Two layers of two encoders, one after the other: each layer of both is one
// scan. What stands between moves behind.
// CHECK-LABEL: func @encoders
// CHECK:       %[[A:.*]]:4 = gradopt.scan "a0+b0"
// CHECK:       math.exp %[[A]]#2
// CHECK:       math.exp %[[A]]#3
// CHECK:       gradopt.scan "a1+b1"
// CHECK-NOT:   gradopt.scan
// CHECK:       return
func.func @encoders(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %T: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a0:2 = gradopt.scan "a0" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %x : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %ax = math.exp %a0#1 : tensor<?x4xf32>
  %a1 = gradopt.scan "a1" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %ax : tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b0:2 = gradopt.scan "b0" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %y : tensor<?x4xf32>) outputs(tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
  }
  %bx = math.exp %b0#1 : tensor<?x4xf32>
  %b1 = gradopt.scan "b1" (%s) to %T carries(%h = %h0 : tensor<4xf32>) inputs(%x_t = %bx : tensor<?x4xf32>) {
    %0 = arith.addf %h, %x_t : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %a1, %b1 : tensor<4xf32>, tensor<4xf32>
}

func.func private @show(tensor<4xf32>) -> tensor<4xf32>

// A call between that needs the first stays behind it, and what the second one
// needs moves in front.
// CHECK-LABEL: func @calls
// CHECK:       %[[K:.*]] = math.exp %arg1
// CHECK:       %[[R:.*]]:2 = gradopt.scan
// CHECK-SAME:    = %[[K]] :
// CHECK-NOT:   gradopt.scan
// CHECK:       call @show(%[[R]]#0)
// CHECK-NEXT:  call @show(%arg1)
func.func @calls(%T: index, %h0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %s1 = call @show(%a) : (tensor<4xf32>) -> tensor<4xf32>
  %k0 = math.exp %h0 : tensor<4xf32>
  %s2 = call @show(%h0) : (tensor<4xf32>) -> tensor<4xf32>
  %b = gradopt.scan (%s) to %T carries(%h = %k0 : tensor<4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %s1, %b : tensor<4xf32>, tensor<4xf32>
}

// A size of a result is no reason to wait for it: it is known before.
// CHECK-LABEL: func @sizes
// CHECK:       %[[B:.*]] = tensor.dim %arg0
// CHECK:       gradopt.scan (%{{.*}}) to %arg1 carries({{[^,)]*, [^,)]*}})
// CHECK-NOT:   gradopt.scan
// CHECK:       return
func.func @sizes(%h0: tensor<?xf32>, %T: index) -> (tensor<?xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?xf32>) outputs(tensor<?x?xf32>) {
    %0 = math.exp %h : tensor<?xf32>
    gradopt.yield %0, %0 : tensor<?xf32>, tensor<?xf32>
  }
  %U = tensor.dim %a#1, %c0 : tensor<?x?xf32>
  %n = tensor.dim %a#1, %c1 : tensor<?x?xf32>
  %zero = arith.constant 0.0 : f32
  %z = tensor.splat %zero[%n] : tensor<?xf32>
  %b = gradopt.scan (%s) to %U carries(%h = %z : tensor<?xf32>) {
    %0 = math.exp %h : tensor<?xf32>
    gradopt.yield %0 : tensor<?xf32>
  }
  return %a#0, %b : tensor<?xf32>, tensor<?xf32>
}

// In other ops' regions too, and in bodies that are one only now.
// CHECK-LABEL: func @nested
// CHECK:       scf.if
// CHECK-NEXT:    gradopt.scan
// CHECK-NEXT:      %[[I:.*]]:2 = gradopt.scan (%{{.*}}) to %arg0
// CHECK-NOT:       gradopt.scan
// CHECK:         scf.yield
func.func @nested(%T: index, %h0: tensor<4xf32>, %when: i1) -> (tensor<4xf32>, tensor<4xf32>) {
  %r:2 = scf.if %when -> (tensor<4xf32>, tensor<4xf32>) {
    %a = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
      %i = gradopt.scan (%t) to %T carries(%k = %h : tensor<4xf32>) {
        %0 = math.exp %k : tensor<4xf32>
        gradopt.yield %0 : tensor<4xf32>
      }
      gradopt.yield %i : tensor<4xf32>
    }
    %b = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<4xf32>) {
      %i = gradopt.scan (%t) to %T carries(%k = %h : tensor<4xf32>) {
        %0 = math.tanh %k : tensor<4xf32>
        gradopt.yield %0 : tensor<4xf32>
      }
      gradopt.yield %i : tensor<4xf32>
    }
    scf.yield %a, %b : tensor<4xf32>, tensor<4xf32>
  } else {
    scf.yield %h0, %h0 : tensor<4xf32>, tensor<4xf32>
  }
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xf32>
}

// A history that is asked for twice is one.
// CHECK-LABEL: func @same_histories
// CHECK:       %[[R:.*]]:3 = gradopt.scan (%{{.*}}) to %c2 carries({{[^,)]*, [^,)]*}}) histories(1 : tensor<3x4xf32>)
// CHECK:       %[[C:.*]] = tensor.cast %[[R]]#2 : tensor<3x4xf32> to tensor<?x4xf32>
// CHECK:       return %[[R]]#2, %[[R]]#2, %[[C]]
func.func @same_histories(%h0: tensor<4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<?x4xf32>) {
  %c2 = arith.constant 2 : index
  %a = gradopt.scan (%s) to %c2 carries(%h = %h0 : tensor<4xf32>) {
    %0 = math.exp %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  %b:4 = gradopt.scan (%s) to %c2 carries(%h = %h0 : tensor<4xf32>)
      histories(0 : tensor<3x4xf32>, 0 : tensor<3x4xf32>, 0 : tensor<?x4xf32>) {
    %0 = math.tanh %h : tensor<4xf32>
    gradopt.yield %0 : tensor<4xf32>
  }
  return %b#1, %b#2, %b#3 : tensor<3x4xf32>, tensor<3x4xf32>, tensor<?x4xf32>
}
