// From a loss function to the LLVM dialect in a stock mlir-opt.
//
// RUN: mlir-opt %{examples}/exploding_rnn.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-training-step,gradopt-lower-reference)' | FileCheck %s --implicit-check-not=gradopt.

// CHECK-DAG: llvm.mlir.global external constant @step_manifest
// CHECK-DAG: llvm.func @step(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32)
// CHECK-DAG: llvm.func @step_commit(%{{.*}}: !llvm.ptr)
// CHECK-DAG: llvm.func @step_layout(%{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> i64
