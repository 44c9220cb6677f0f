// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=2 --remark-format=emitRemark --remarks-filter="gradopt-checkpoint-scan" --split-input-file -o /dev/null 2>&1 | FileCheck %s
// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=2 --split-input-file | FileCheck %s --check-prefix=IR

// CHECK: remark: [Passed] checkpointed | Category:gradopt-checkpoint-scan | Function=static | Reason="'a' is run again for its backward pass: 1 of its outputs and histories, 8 bytes in each step, are not kept"
func.func @static(%h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 4 : index
  %h, %tape = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<4x2xf32>) {
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// CHECK: remark: [Passed] checkpointed {{.*}} Function=dynamic | Reason="a scan without a name is run again for its backward pass: 1 of its outputs and histories, 16 bytes for each row in each step, are not kept"
func.func @dynamic(%T: index, %h0: tensor<?x2xf64>, %g0: tensor<?x2xf64>) -> tensor<?x2xf64> {
  %h, %tape = gradopt.scan (%s) to %T carries(%hc = %h0 : tensor<?x2xf64>) outputs(tensor<?x?x2xf64>) {
    %n = math.tanh %hc : tensor<?x2xf64>
    gradopt.yield %n, %n : tensor<?x2xf64>, tensor<?x2xf64>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<?x2xf64>) inputs(%y = reverse %tape : tensor<?x?x2xf64>) {
    %d = arith.mulf %gc, %y : tensor<?x2xf64>
    gradopt.yield %d : tensor<?x2xf64>
  }
  return %g : tensor<?x2xf64>
}

// -----

// The call would happen twice.
// CHECK: remark: [Missed] effects {{.*}} Function=effects | Reason="'a' is not run a second time: 'func.call' in it has an effect"
// IR-LABEL: func @effects
// IR: func.call @say
// IR-NOT: func.call @say
// IR-LABEL: func @one_segment
func.func private @say(tensor<2xf32>)
func.func @effects(%h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 4 : index
  %h, %tape = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<4x2xf32>) {
    func.call @say(%hc) : (tensor<2xf32>) -> ()
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// CHECK: remark: [Missed] one-segment {{.*}} Reason="'a' has 1 step, which is in one segment of 2"
func.func @one_segment(%h0: tensor<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 1 : index
  %h, %tape = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<1x2xf32>) {
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<1x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}

// -----

// CHECK: remark: [Missed] kept-anyway {{.*}} Reason="all that the scan in the other direction reads of 'a' is needed by other ops too, such as 'math.sin'"
func.func @kept_anyway(%h0: tensor<2xf32>, %g0: tensor<2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>) {
  %T = arith.constant 4 : index
  %h, %tape = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<4x2xf32>) {
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  %sin = math.sin %tape : tensor<4x2xf32>
  return %g, %sin : tensor<2xf32>, tensor<4x2xf32>
}

// -----

// The second reads the first, the third the second: it is the first that is run
// again.
// CHECK: remark: [Missed] reader {{.*}} Reason="'b' runs another scan's steps again; its own steps are not run again by a third"
// CHECK: remark: [Passed] checkpointed {{.*}} Reason="'a' is run again
func.func @chain(%h0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 4 : index
  %a, %as = gradopt.scan "a" (%s) to %T carries(%hc = %h0 : tensor<2xf32>) outputs(tensor<4x2xf32>) {
    %n = math.tanh %hc : tensor<2xf32>
    gradopt.yield %n, %n : tensor<2xf32>, tensor<2xf32>
  }
  %b, %bs = gradopt.scan "b" (%s) to %T carries(%gc = %h0 : tensor<2xf32>) inputs(%y = reverse %as : tensor<4x2xf32>) outputs(reverse tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d, %d : tensor<2xf32>, tensor<2xf32>
  }
  %c = gradopt.scan "c" (%s) to %T carries(%gc = %h0 : tensor<2xf32>) inputs(%y = %bs : tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %c : tensor<2xf32>
}

// -----

// CHECK: remark: [Missed] carry {{.*}} Function=memref | Reason="the carry "carry0" of a scan without a name is memref<2xf32>, which cannot be kept for each segment; tensors and numbers can"
func.func @memref(%m: memref<2xf32>, %g0: tensor<2xf32>) -> tensor<2xf32> {
  %T = arith.constant 4 : index
  %h, %tape = gradopt.scan (%s) to %T carries(%mc = %m : memref<2xf32>) outputs(tensor<4x2xf32>) {
    %v = arith.constant dense<1.0> : tensor<2xf32>
    gradopt.yield %mc, %v : memref<2xf32>, tensor<2xf32>
  }
  %g = gradopt.scan (%s) to %T carries(%gc = %g0 : tensor<2xf32>) inputs(%y = reverse %tape : tensor<4x2xf32>) {
    %d = arith.mulf %gc, %y : tensor<2xf32>
    gradopt.yield %d : tensor<2xf32>
  }
  return %g : tensor<2xf32>
}
