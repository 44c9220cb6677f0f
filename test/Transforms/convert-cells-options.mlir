// RUN: not gradopt-opt %s --gradopt-convert-cells="from=lstm" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not gradopt-opt %s --gradopt-convert-cells="to=rnn" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: gradopt-opt %s --gradopt-convert-cells --remark-format=emitRemark --remarks-filter="gradopt-convert-cells" 2>&1 | FileCheck %s

// KIND: error: cannot convert layers from '{{lstm|rnn}}' to '{{lstm|rnn}}': 'from' is rnn, and 'to' is lstm or gru

// CHECK-DAG: remark: [Passed] initializer | Category:gradopt-convert-cells | Function=loss | Reason="parameter "w_hh" begins with orthogonal(1.10) instead of identity: a matrix of several gates is not square"
// CHECK-DAG: remark: [Passed] activation | Category:gradopt-convert-cells | Function=loss | Reason="layer "rnn" loses its activation relu: the gates of an lstm and a gru have their own"
func.func @loss(%x: tensor<?x?x2xf32>, %w_ih: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w_ih">},
                %w_hh: tensor<2x2xf32> {gradopt.param = #gradopt.param<"w_hh", init = identity(1.1)>}) -> tensor<?x?x2xf32> {
  %y, %h = gradopt.rnn relu "rnn" %x : tensor<?x?x2xf32> weights(%w_ih, %w_hh : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x?x2xf32>, tensor<?x2xf32>
  return %y : tensor<?x?x2xf32>
}
