// One row has room for many columns. That they do not fit the memory for panels
// with a deep block is no error: the tile is narrower.

// RUN: gradopt-opt %s --gradopt-lower-contractions | FileCheck %s

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 512 : i64,
      "vector_registers" = 32 : i64, "L1_cache_size_in_bytes" = 49152 : i64,
      "L2_cache_size_in_bytes" = 1048576 : i64>>} {
  // CHECK-LABEL: @row
  // CHECK: vector.fma {{.*}} : vector<16xf32>
  // CHECK-NOT: linalg.
  func.func @row(%a: memref<1x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1x1024xf32>) {
    linalg.matmul ins(%a, %b : memref<1x1024xf32>, memref<1024x1024xf32>) outs(%c : memref<1x1024xf32>)
    return
  }
}
