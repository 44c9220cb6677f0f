// RUN: gradopt-opt %s --gradopt-lower-contractions --canonicalize | FileCheck %s --implicit-check-not=linalg.

// The structure of the loops for eight lanes of f32: what is read where, what the
// sums start from, and what of C is touched. Results are compared in
// Integration/contractions-run.test.

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64,
      "L1_cache_size_in_bytes" = 32768 : i64, "L2_cache_size_in_bytes" = 524288 : i64>>} {

// Sums in registers over the whole depth, then added to C once. B is read where
// it is: there is but one tile of rows.
// CHECK-LABEL: func.func @whole
// CHECK-SAME: (%[[A:.*]]: memref<2x8xf32>, %[[B:.*]]: memref<8x8xf32>, %[[C:.*]]: memref<2x8xf32>)
// CHECK-NOT:    memref.alloca
// CHECK:        %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK:        %[[SUMS:.*]]:2 = scf.for %[[K:.*]] = {{.*}} iter_args(%[[S0:.*]] = %[[ZERO]], %[[S1:.*]] = %[[ZERO]])
// CHECK-DAG:      %[[ROW:.*]] = vector.load %[[B]][%[[K]], %{{.*}}]
// CHECK-DAG:      memref.load %[[A]][%{{.*}}, %[[K]]]
// CHECK-DAG:      vector.fma %{{.*}}, %[[ROW]], %[[S0]]
// CHECK-DAG:      memref.load %[[A]][%{{.*}}, %[[K]]]
// CHECK-DAG:      vector.fma %{{.*}}, %[[ROW]], %[[S1]]
// CHECK:          scf.yield
// CHECK-NOT:    vector.fma
// CHECK:        vector.load %[[C]]
// CHECK:        vector.load %[[C]]
// CHECK:        vector.store %{{.*}}, %[[C]]
// CHECK:        vector.store %{{.*}}, %[[C]]
// CHECK-NOT:    vector.store
func.func @whole(%a: memref<2x8xf32>, %b: memref<8x8xf32>, %c: memref<2x8xf32>) {
  linalg.matmul ins(%a, %b : memref<2x8xf32>, memref<8x8xf32>) outs(%c : memref<2x8xf32>)
  return
}

// A block of the depth at a time, each added to C in order.
// CHECK-LABEL: func.func @blocks
// CHECK-DAG:    %[[THREE:.*]] = arith.constant 3 : index
// CHECK:        scf.for %{{.*}} = %{{.*}} to %[[THREE]]
// CHECK:          scf.for
// CHECK:            vector.fma
// CHECK:          vector.load %[[C:.*]][{{.*}}memref<1x8xf32
// CHECK:          vector.store %{{.*}}, %[[C]][
func.func @blocks(%a: memref<1x24xf32>, %b: memref<24x8xf32>, %c: memref<1x8xf32>) {
  linalg.matmul {gradopt.kernel = #gradopt.kernel<depth = 8>}
      ins(%a, %b : memref<1x24xf32>, memref<24x8xf32>) outs(%c : memref<1x8xf32>)
  return
}

// With overwrite the old elements are not read; of five columns nothing behind
// them is read or written.
// CHECK-LABEL: func.func @overwrite
// CHECK-SAME: (%{{.*}}: memref<1x3xf32>, %[[B:.*]]: memref<3x5xf32>, %{{.*}}: memref<1x5xf32>)
// CHECK-NOT:    load {{.*}}memref<1x5xf32
// CHECK-NOT:    vector.load
// CHECK:        vector.maskedload %[[B]]
// CHECK-NOT:    load {{.*}}memref<1x5xf32
// CHECK-NOT:    vector.load
// CHECK:        vector.maskedstore
// CHECK-NOT:    vector.{{(masked)?}}store
func.func @overwrite(%a: memref<1x3xf32>, %b: memref<3x5xf32>, %c: memref<1x5xf32>) {
  linalg.matmul {gradopt.kernel = #gradopt.kernel<overwrite = true>}
      ins(%a, %b : memref<1x3xf32>, memref<3x5xf32>) outs(%c : memref<1x5xf32>)
  return
}

// A number that is written first is what is added to.
// CHECK-LABEL: func.func @number
// CHECK-SAME: %[[F:.*]]: f32, %{{.*}}: memref<1x6xf32>, %{{.*}}: memref<6x8xf32>, %{{.*}}: memref<1x8xf32>)
// CHECK-NOT:    vector.load {{.*}}memref<1x8xf32
// CHECK:        %[[ALL:.*]] = vector.broadcast %[[F]]
// CHECK-NOT:    vector.load {{.*}}memref<1x8xf32
// CHECK:        arith.addf {{.*}}%[[ALL]]
// CHECK-NOT:    vector.load {{.*}}memref<1x8xf32
// CHECK:        vector.store
func.func @number(%f: f32, %a: memref<1x6xf32>, %b: memref<6x8xf32>, %c: memref<1x8xf32>) {
  linalg.fill ins(%f : f32) outs(%c : memref<1x8xf32>)
  linalg.matmul ins(%a, %b : memref<1x6xf32>, memref<6x8xf32>) outs(%c : memref<1x8xf32>)
  return
}

// So is a bias.
// CHECK-LABEL: func.func @bias
// CHECK-SAME: %[[F:.*]]: memref<8xf32>, %{{.*}}: memref<1x6xf32>, %{{.*}}: memref<6x8xf32>, %{{.*}}: memref<1x8xf32>)
// CHECK:        %[[FROM:.*]] = memref.reinterpret_cast %[[F]]
// CHECK:        vector.fma
// CHECK:        %[[ELEMENTS:.*]] = vector.load %[[FROM]]
// CHECK:        arith.addf {{.*}}%[[ELEMENTS]]
// CHECK:        vector.store
func.func @bias(%f: memref<8xf32>, %a: memref<1x6xf32>, %b: memref<6x8xf32>, %c: memref<1x8xf32>) {
  linalg.broadcast ins(%f : memref<8xf32>) outs(%c : memref<1x8xf32>) dimensions = [0]
  linalg.matmul ins(%a, %b : memref<1x6xf32>, memref<6x8xf32>) outs(%c : memref<1x8xf32>)
  return
}

// What is computed first, or read in between, stays.
// CHECK-LABEL: func.func @not_first
// CHECK:        linalg.exp
// CHECK:        vector.fma
// CHECK:        linalg.fill
// CHECK:        memref.load
// CHECK:        vector.fma
// CHECK:        vector.load
// CHECK:        vector.store
func.func @not_first(%f: f32, %e: memref<1x8xf32>, %a: memref<1x6xf32>, %b: memref<6x8xf32>, %c: memref<1x8xf32>, %i: index) -> f32 {
  linalg.exp ins(%e : memref<1x8xf32>) outs(%c : memref<1x8xf32>)
  linalg.matmul ins(%a, %b : memref<1x6xf32>, memref<6x8xf32>) outs(%c : memref<1x8xf32>)
  linalg.fill ins(%f : f32) outs(%c : memref<1x8xf32>)
  %r = memref.load %c[%i, %i] : memref<1x8xf32>
  linalg.matmul ins(%a, %b : memref<1x6xf32>, memref<6x8xf32>) outs(%c : memref<1x8xf32>)
  return %r : f32
}

// Columns of B that do not lie one behind the other are copied to a panel.
// CHECK-LABEL: func.func @transposed
// CHECK-SAME: (%{{.*}}: memref<1x6xf32>, %[[B:.*]]: memref<8x6xf32>, %{{.*}}: memref<1x8xf32>)
// CHECK:        %[[MEMORY:.*]] = memref.alloca()
// CHECK:        %[[PANEL:.*]] = memref.reinterpret_cast %[[MEMORY]]
// CHECK-NOT:    vector.fma
// CHECK:        load %[[B]]
// CHECK-NOT:    vector.fma
// CHECK:        vector.load %[[PANEL]]
// CHECK:        vector.fma
func.func @transposed(%a: memref<1x6xf32>, %b: memref<8x6xf32>, %c: memref<1x8xf32>) {
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : memref<1x6xf32>, memref<8x6xf32>) outs(%c : memref<1x8xf32>)
  return
}

// Four lanes of f64; a loop that all have is around the product.
// CHECK-LABEL: func.func @batch
// CHECK-DAG:    %[[THREE:.*]] = arith.constant 3 : index
// CHECK:        scf.for %{{.*}} = %{{.*}} to %[[THREE]]
// CHECK:          scf.for
// CHECK:            vector.fma {{.*}} : vector<4xf64>
func.func @batch(%a: memref<3x1x8xf64>, %b: memref<3x8x4xf64>, %c: memref<3x1x4xf64>) {
  linalg.batch_matmul ins(%a, %b : memref<3x1x8xf64>, memref<3x8x4xf64>) outs(%c : memref<3x1x4xf64>)
  return
}

// Where no size is known, columns are masked where they end.
// CHECK-LABEL: func.func @dynamic
// CHECK:        scf.for
// CHECK:        vector.fma
// CHECK:        vector.maskedstore
func.func @dynamic(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>) {
  linalg.matmul ins(%a, %b : memref<?x?xf32>, memref<?x?xf32>) outs(%c : memref<?x?xf32>)
  return
}

// A sum over nothing leaves C as it is, or is what it begins with.
// CHECK-LABEL: func.func @nothing
// CHECK-NOT:    vector.store
// CHECK:        return
func.func @nothing(%a: memref<1x0xf32>, %b: memref<0x8xf32>, %c: memref<1x8xf32>) {
  linalg.matmul ins(%a, %b : memref<1x0xf32>, memref<0x8xf32>) outs(%c : memref<1x8xf32>)
  return
}
// CHECK-LABEL: func.func @nothing_but_number
// CHECK-SAME: (%[[F:.*]]: f32,
// CHECK:        %[[ALL:.*]] = vector.broadcast %[[F]]
// CHECK:        vector.store
func.func @nothing_but_number(%f: f32, %a: memref<1x0xf32>, %b: memref<0x8xf32>, %c: memref<1x8xf32>) {
  linalg.fill ins(%f : f32) outs(%c : memref<1x8xf32>)
  linalg.matmul ins(%a, %b : memref<1x0xf32>, memref<0x8xf32>) outs(%c : memref<1x8xf32>)
  return
}
}
