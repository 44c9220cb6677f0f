// Every op says where it came from, after each pass from the loss function to the
// last one that still sees a step on tensors.
//
// RUN: gradopt-opt %{examples}/char_lm.mlir --gradopt-differentiate --gradopt-verify-origins --gradopt-insert-gradient-clipping --gradopt-verify-origins --gradopt-insert-norm-monitors --gradopt-verify-origins --gradopt-insert-updates --gradopt-verify-origins --gradopt-insert-finite-checks --gradopt-verify-origins --gradopt-widen-floats --gradopt-verify-origins --gradopt-expand-cells --gradopt-verify-origins --convert-gradopt-to-linalg --gradopt-verify-origins --gradopt-order-loops --gradopt-verify-origins --loop-invariant-code-motion --canonicalize --cse --gradopt-verify-origins --mlir-print-debuginfo | FileCheck %s
// RUN: gradopt-opt %{examples}/exploding_rnn.mlir --gradopt-differentiate --gradopt-verify-origins --gradopt-insert-gradient-clipping --gradopt-verify-origins --gradopt-insert-norm-monitors --gradopt-verify-origins --gradopt-insert-updates --gradopt-verify-origins --gradopt-insert-finite-checks --gradopt-verify-origins --convert-gradopt-to-linalg --gradopt-verify-origins --gradopt-order-loops --gradopt-verify-origins -o /dev/null

// Gates, layers and directions are still told apart.
// CHECK-DAG: #gradopt.origin<layer = "lstm0", gate = "f", direction = "forward", source = "gradopt.lstm">
// CHECK-DAG: #gradopt.origin<layer = "lstm1", gate = "o", direction = "backward"
