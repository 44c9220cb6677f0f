// RUN: gradopt-opt %s --gradopt-vectorize-loops --remark-format=emitRemark --remarks-filter="gradopt-vectorize-loops" -o %t 2>&1 | FileCheck %s
// RUN: FileCheck %s --check-prefix=KEPT <%t

#id = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>

// KEPT-LABEL: func @one_chain
// KEPT: linalg.generic
func.func @one_chain(%a: memref<64xf32>, %sum: memref<f32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}this is computed one element at a time: its results do not end in a parallel loop; a sum in a fixed order is one chain of additions
  linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]} ins(%a : memref<64xf32>) outs(%sum : memref<f32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %o, %x : f32
    linalg.yield %0 : f32
  }
  return
}

// KEPT-LABEL: func @gaps_in_result
// KEPT: linalg.generic
func.func @gaps_in_result(%a: memref<64xf32>, %b: memref<64xf32, strided<[2]>>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}a result's elements do not lie side by side
  linalg.copy ins(%a : memref<64xf32>) outs(%b : memref<64xf32, strided<[2]>>)
  return
}

// KEPT-LABEL: func @gaps_in_copy
// KEPT: linalg.generic
func.func @gaps_in_copy(%a: memref<64xf32, strided<[2]>>, %b: memref<64xf32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}it copies elements that do not lie side by side
  linalg.copy ins(%a : memref<64xf32, strided<[2]>>) outs(%b : memref<64xf32>)
  return
}

/// Elements of i1 are not bytes in a vector.
// KEPT-LABEL: func @bits
// KEPT: linalg.generic
func.func @bits(%a: memref<64xf32>, %b: memref<64xi1>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}a result's elements do not lie side by side
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<64xf32>) outs(%b : memref<64xi1>) {
  ^bb0(%x: f32, %o: i1):
    %0 = arith.cmpf oeq, %x, %x : f32
    linalg.yield %0 : i1
  }
  return
}

// KEPT-LABEL: func @scalar_op
// KEPT: linalg.generic
func.func @scalar_op(%a: memref<64xindex>, %table: memref<8xf32>, %b: memref<64xf32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}'memref.load' reads elements that do not lie side by side
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<64xindex>) outs(%b : memref<64xf32>) {
  ^bb0(%i: index, %o: f32):
    %0 = memref.load %table[%i] : memref<8xf32>
    linalg.yield %0 : f32
  }
  return
}

/// A lane that is masked off would divide by zero.
// KEPT-LABEL: func @division
// KEPT: linalg.generic
func.func @division(%a: memref<7xi32>, %d: i32, %b: memref<7xi32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}'arith.divsi' may fail for elements that do not exist
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<7xi32>) outs(%b : memref<7xi32>) {
  ^bb0(%x: i32, %y: i32):
    %0 = arith.divsi %x, %y : i32
    linalg.yield %0 : i32
  }
  // All lanes share this divisor.
  // CHECK-NOT: Function=division
  linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]} ins(%a, %d : memref<7xi32>, i32) outs(%b : memref<7xi32>) {
  ^bb0(%x: i32, %y: i32, %o: i32):
    %0 = arith.divsi %x, %y : i32
    linalg.yield %0 : i32
  }
  return
}

// KEPT-LABEL: func @branch
// KEPT: linalg.generic
func.func @branch(%a: memref<64xf32>, %c: i1, %b: memref<64xf32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}'scf.if' has no form for vectors
  linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]} ins(%a, %c : memref<64xf32>, i1) outs(%b : memref<64xf32>) {
  ^bb0(%x: f32, %y: i1, %o: f32):
    %0 = scf.if %y -> f32 {
      scf.yield %x : f32
    } else {
      scf.yield %o : f32
    }
    linalg.yield %0 : f32
  }
  return
}

// KEPT-LABEL: func @complex
// KEPT: linalg.generic
func.func @complex(%a: memref<64xcomplex<f32>>, %b: memref<64xcomplex<f32>>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}it has an element type that vectors do not have
  linalg.copy ins(%a : memref<64xcomplex<f32>>) outs(%b : memref<64xcomplex<f32>>)
  return
}

// KEPT-LABEL: func @short_rows
// KEPT: linalg.generic
func.func @short_rows(%a: memref<8x1xf32, strided<[4, 1]>>, %b: memref<8x1xf32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}its rows have one element
  linalg.copy ins(%a : memref<8x1xf32, strided<[4, 1]>>) outs(%b : memref<8x1xf32>)
  return
}

/// Which iteration comes last decides.
// KEPT-LABEL: func @several_writers
// KEPT: linalg.generic
func.func @several_writers(%a: memref<4x8xf32>, %b: memref<8xf32>) {
  // CHECK: [[@LINE+1]]:3: remark: {{.*}}several iterations of its parallel loops give one element
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>], iterator_types = ["parallel", "parallel"]} ins(%a : memref<4x8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  return
}
