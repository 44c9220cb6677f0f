// Loops that are raised and fused in a stock mlir-opt: those of other compilers,
// forward and backward.
//
// RUN: mlir-opt %S/../Transforms/raise-torch-mlir.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-raise-loops,canonicalize,cse)' | FileCheck %s --check-prefix=TORCH --implicit-check-not="scf.{{for|while}}"
// RUN: mlir-opt %S/../Transforms/raise-stablehlo.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-raise-loops,canonicalize,cse)' | FileCheck %s --check-prefix=STABLEHLO --implicit-check-not="scf.{{for|while}}"
// RUN: mlir-opt %S/../Transforms/raise-enzyme.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-raise-loops,canonicalize,cse)' | FileCheck %s --check-prefix=ENZYME --implicit-check-not="scf.{{for|while}}"
// RUN: gradopt-opt %S/../Transforms/raise-torch-mlir.mlir --gradopt-fuse-recurrent-backward > %t.torch-mlir
// RUN: mlir-opt %S/../Transforms/raise-torch-mlir.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-fuse-recurrent-backward)' | diff - %t.torch-mlir
// RUN: gradopt-opt %S/../Transforms/raise-stablehlo.mlir --gradopt-fuse-recurrent-backward > %t.stablehlo
// RUN: mlir-opt %S/../Transforms/raise-stablehlo.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-fuse-recurrent-backward)' | diff - %t.stablehlo
// RUN: gradopt-opt %S/../Transforms/raise-enzyme.mlir --gradopt-fuse-recurrent-backward > %t.enzyme
// RUN: mlir-opt %S/../Transforms/raise-enzyme.mlir --load-dialect-plugin=%{plugin} --load-pass-plugin=%{plugin} --pass-pipeline='builtin.module(gradopt-fuse-recurrent-backward)' | diff - %t.enzyme

// TORCH: gradopt.scan {{.*}} outputs(tensor<?x?x3xf32>)
// STABLEHLO: gradopt.scan {{.*}} outputs(tensor<9x2x3xf32>)
// STABLEHLO: gradopt.scan {{.*}} = reverse
// ENZYME: gradopt.scan {{.*}} outputs(tensor<10x2x3xf32>, tensor<10x2x3xf32>)
// ENZYME: gradopt.scan {{.*}} outputs(reverse tensor<10x2x3xf32>)
