// RUN: gradopt-opt %s --gradopt-insert-norm-monitors="through-time=true" --remark-format=emitRemark --remarks-filter="gradopt-insert-norm-monitors" 2>&1 | FileCheck %s

// A scan inside another one runs once for each step of the outer one.

// CHECK: remark: [Missed] nested-scan | Category:gradopt-insert-norm-monitors | Function=nested | Reason="a scan in another op's region is not watched: a record holds one value for each of its steps"
// CHECK: gradopt.scan "inner"
// CHECK-NOT: gradopt.norm
// CHECK: gradopt.norm l2
// CHECK: gradopt.record "through_time/outer/carry0/norm"
// CHECK-NOT: gradopt.record
func.func @nested(%T: index, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %h1 = gradopt.scan "outer" (%s) to %T carries(%h = %h0 : tensor<2xf32>) {
    %k1 = gradopt.scan "inner" (%r) to %T carries(%k = %h : tensor<2xf32>) {
      %0 = math.tanh %k : tensor<2xf32>
      gradopt.yield %0 : tensor<2xf32>
    }
    %1 = math.tanh %k1 : tensor<2xf32>
    gradopt.yield %1 : tensor<2xf32>
  }
  %g = gradopt.gradient %h1 of "w" : tensor<2xf32>
  return %g : tensor<2xf32>
}
