// RUN: gradopt-opt %s | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --mlir-print-op-generic | gradopt-opt | FileCheck %s
// RUN: gradopt-opt %s --emit-bytecode | gradopt-opt | FileCheck %s

// CHECK-LABEL: func @rnn
func.func @rnn(%x: tensor<?x?x3xf32>, %h0: tensor<?x5xf32>, %w_ih: tensor<3x5xf32>, %w_hh: tensor<5x5xf32>, %b: tensor<5xf32>) {
  // CHECK: %{{.*}}, %{{.*}} = gradopt.rnn tanh "a" %[[X:.*]] : tensor<?x?x3xf32> init(%[[H:.*]] : tensor<?x5xf32>) weights(%[[WI:.*]], %[[WH:.*]] : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%[[B:.*]] : tensor<5xf32>) bias_hh(%[[B]] : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  %0:2 = gradopt.rnn tanh "a" %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_ih(%b : tensor<5xf32>) bias_hh(%b : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: gradopt.rnn relu %[[X]] init(%[[H]]) weights(%[[WI]], %[[WH]]) bias_hh(%[[B]] : tensor<5xf32>) :
  %1:2 = gradopt.rnn relu %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) bias_hh(%b : tensor<5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  // CHECK: gradopt.rnn identity %[[X]] init(%[[H]]) weights(%[[WI]], %[[WH]]) : tensor<?x?x3xf32>
  %2:2 = gradopt.rnn identity %x : tensor<?x?x3xf32> init(%h0 : tensor<?x5xf32>) weights(%w_ih, %w_hh : tensor<3x5xf32>, tensor<5x5xf32>) -> tensor<?x?x5xf32>, tensor<?x5xf32>
  return
}

// CHECK-LABEL: func @lstm
func.func @lstm(%x: tensor<7x2x3xf64>, %h0: tensor<2x5xf64>, %c0: tensor<2x5xf64>, %w_ih: tensor<3x20xf64>,
                %w_hh: tensor<5x20xf64>, %b: tensor<20xf64>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = gradopt.lstm "l.0" %[[X:.*]] : tensor<7x2x3xf64> init(%[[H:.*]], %[[C:.*]] : tensor<2x5xf64>, tensor<2x5xf64>) weights(%[[WI:.*]], %[[WH:.*]] : tensor<3x20xf64>, tensor<5x20xf64>) bias_ih(%[[B:.*]] : tensor<20xf64>) -> tensor<7x2x5xf64>, tensor<2x5xf64>, tensor<2x5xf64>
  %0:3 = gradopt.lstm "l.0" %x : tensor<7x2x3xf64>
      init(%h0, %c0 : tensor<2x5xf64>, tensor<2x5xf64>)
      weights(%w_ih, %w_hh : tensor<3x20xf64>, tensor<5x20xf64>) bias_ih(%b : tensor<20xf64>)
      -> tensor<7x2x5xf64>, tensor<2x5xf64>, tensor<2x5xf64>
  return
}
