// RUN: gradopt-opt %s --split-input-file --verify-diagnostics --gradopt-lower-contractions

// What gradopt.kernel asks for must fit: the sums of a tile the vector registers,
// its factors the memory for copies.

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64>>} {
  func.func @fits(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
    linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 8, columns = 16>}
        ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%c : memref<64x64xf32>)
    return
  }
  func.func @wide(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
    // expected-error@+1 {{a tile of 8 rows and 24 columns, as gradopt.kernel asks for, takes 8 x 3 vector registers, and the target has 16; ask for a smaller one, or for none}}
    linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 8, columns = 24>}
        ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%c : memref<64x64xf32>)
    return
  }
}

// -----

// Twice as many elements of half the size.
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64>>} {
  func.func @wide_f64(%a: memref<?x?xf64>, %b: memref<?x?xf64>, %c: memref<?x?xf64>) {
    // expected-error@+1 {{a tile of 5 rows and 16 columns, as gradopt.kernel asks for, takes 5 x 4 vector registers, and the target has 16}}
    linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 5, columns = 16>}
        ins(%a, %b : memref<?x?xf64>, memref<?x?xf64>) outs(%c : memref<?x?xf64>)
    return
  }
}

// -----

// No registers for a tile of so many rows, whatever the columns.
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64>>} {
  func.func @high(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
    // expected-error@+1 {{a tile of 32 rows and 8 columns, as gradopt.kernel asks for, takes 32 x 1 vector registers, and the target has 16}}
    linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 40>}
        ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%c : memref<64x64xf32>)
    return
  }
}

// -----

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64>>} {
  // Of a sum with fewer terms no more are asked for.
  func.func @shallow(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
    linalg.matmul {gradopt.kernel = #gradopt.kernel<columns = 16, depth = 100000>}
        ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%c : memref<64x64xf32>)
    return
  }
  func.func @deep(%a: memref<64x?xf32>, %b: memref<?x64xf32>, %c: memref<64x64xf32>) {
    // expected-error@+1 {{a block of depth 100000, as gradopt.kernel asks for, takes more than 524288 bytes for a tile of 6 rows and 16 columns; ask for a smaller depth, or for none}}
    linalg.matmul {gradopt.kernel = #gradopt.kernel<columns = 16, depth = 100000>}
        ins(%a, %b : memref<64x?xf32>, memref<?x64xf32>) outs(%c : memref<64x64xf32>)
    return
  }
}
