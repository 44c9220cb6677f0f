// RUN: gradopt-opt %s --split-input-file --gradopt-share-buffers --canonicalize --cse | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// What is made to be copied is made where it is copied to.
// CHECK-LABEL: @forward
// CHECK-SAME:    %[[X:[^:, ]+]]: memref<4x8xf32>
// CHECK:         %[[Y:.+]] = memref.alloc() : memref<16x4x16xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for
// CHECK:           %[[ROW:.+]] = memref.subview %[[Y]][%{{.+}}, 0, 8] [1, 4, 8]
// CHECK-NOT:       memref.copy
// CHECK:           linalg.exp ins(%[[X]] : {{.+}}) outs(%[[ROW]]
// CHECK-NOT:       memref.copy
func.func @forward(%x: memref<4x8xf32>, %out: memref<16x4x16xf32>) {
  %y = memref.alloc() : memref<16x4x16xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.for %t = %c0 to %c16 step %c1 {
    %a = memref.alloc() : memref<4x8xf32>
    linalg.exp ins(%x : memref<4x8xf32>) outs(%a : memref<4x8xf32>)
    %row = memref.subview %y[%t, 0, 8] [1, 4, 8] [1, 1, 1] : memref<16x4x16xf32> to memref<4x8xf32, strided<[16, 1], offset: ?>>
    memref.copy %a, %row : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1], offset: ?>>
  }
  linalg.exp ins(%y : memref<16x4x16xf32>) outs(%out : memref<16x4x16xf32>)
  return
}

// -----

// It may be read again behind the copy.
// CHECK-LABEL: @forward_read_again
// CHECK-SAME:    %[[X:[^:, ]+]]: memref<4x8xf32>, %[[Z:[^:, ]+]]: memref<4x8xf32>
// CHECK:         %[[Y:.+]] = memref.alloc() : memref<4x16xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         %[[PART:.+]] = memref.subview %[[Y]][0, 8] [4, 8]
// CHECK:         linalg.exp ins(%[[X]] : {{.+}}) outs(%[[PART]]
// CHECK-NOT:     memref.copy
// CHECK:         linalg.tanh ins(%[[PART]] : {{.+}}) outs(%[[Z]]
func.func @forward_read_again(%x: memref<4x8xf32>, %z: memref<4x8xf32>, %out: memref<4x16xf32>) {
  %y = memref.alloc() : memref<4x16xf32>
  %a = memref.alloc() : memref<4x8xf32>
  linalg.exp ins(%x : memref<4x8xf32>) outs(%a : memref<4x8xf32>)
  %part = memref.subview %y[0, 8] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>
  memref.copy %a, %part : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>
  linalg.tanh ins(%a : memref<4x8xf32>) outs(%z : memref<4x8xf32>)
  linalg.exp ins(%y : memref<4x16xf32>) outs(%out : memref<4x16xf32>)
  return
}

// -----

// Behind the copy the one is changed, and then the other.
// CHECK-LABEL: @forward_written_again
// CHECK:         memref.copy
// CHECK:         memref.copy
func.func @forward_written_again(%x: memref<4x8xf32>, %z: memref<4x8xf32>) {
  %y = memref.alloc() : memref<4x8xf32>
  %a = memref.alloc() : memref<4x8xf32>
  linalg.exp ins(%x : memref<4x8xf32>) outs(%a : memref<4x8xf32>)
  memref.copy %a, %y : memref<4x8xf32> to memref<4x8xf32>
  linalg.add ins(%a, %x : memref<4x8xf32>, memref<4x8xf32>) outs(%a : memref<4x8xf32>)
  linalg.add ins(%y, %a : memref<4x8xf32>, memref<4x8xf32>) outs(%z : memref<4x8xf32>)
  %v = memref.alloc() : memref<4x8xf32>
  %b = memref.alloc() : memref<4x8xf32>
  linalg.exp ins(%x : memref<4x8xf32>) outs(%b : memref<4x8xf32>)
  memref.copy %b, %v : memref<4x8xf32> to memref<4x8xf32>
  linalg.add ins(%v, %x : memref<4x8xf32>, memref<4x8xf32>) outs(%v : memref<4x8xf32>)
  linalg.add ins(%v, %b : memref<4x8xf32>, memref<4x8xf32>) outs(%z : memref<4x8xf32>)
  return
}

// -----

// The target is read in between.
// CHECK-LABEL: @forward_read
// CHECK:         memref.alloc
// CHECK:         memref.copy
func.func @forward_read(%x: memref<4x8xf32>, %z: memref<4x8xf32>) {
  %y = memref.alloc() : memref<4x8xf32>
  linalg.tanh ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32>)
  %a = memref.alloc() : memref<4x8xf32>
  linalg.exp ins(%x : memref<4x8xf32>) outs(%a : memref<4x8xf32>)
  linalg.add ins(%y, %a : memref<4x8xf32>, memref<4x8xf32>) outs(%z : memref<4x8xf32>)
  memref.copy %a, %y : memref<4x8xf32> to memref<4x8xf32>
  linalg.add ins(%y, %x : memref<4x8xf32>, memref<4x8xf32>) outs(%z : memref<4x8xf32>)
  return
}

// -----

// Nothing reads the first buffer.
// CHECK-LABEL: @unread
// CHECK-NEXT:    return
func.func @unread(%x: f32) {
  %a = memref.alloc() : memref<4x8xf32>
  linalg.fill ins(%x : f32) outs(%a : memref<4x8xf32>)
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// Gates take the place of what they are made of, each that of its own columns, and
// their gradient that of the gates.
// CHECK-LABEL: @tape
// CHECK:         %[[XW:.+]] = memref.alloc(%{{.+}}, %{{.+}}) : memref<?x?x16xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         return
func.func @tape(%T: index, %B: index, %in: memref<?x?x16xf32>, %out: memref<?x?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %xw = memref.alloc(%T, %B) : memref<?x?x16xf32>
  linalg.exp ins(%in : memref<?x?x16xf32>) outs(%xw : memref<?x?x16xf32>)
  %i = memref.alloc(%T, %B) : memref<?x?x8xf32>
  %f = memref.alloc(%T, %B) : memref<?x?x8xf32>
  scf.for %t = %c0 to %T step %c1 {
    %xi = memref.subview %xw[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x16xf32> to memref<?x8xf32, strided<[16, 1], offset: ?>>
    %xf = memref.subview %xw[%t, 0, 8] [1, %B, 8] [1, 1, 1] : memref<?x?x16xf32> to memref<?x8xf32, strided<[16, 1], offset: ?>>
    %it = memref.subview %i[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
    %ft = memref.subview %f[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%xi, %xf : memref<?x8xf32, strided<[16, 1], offset: ?>>, memref<?x8xf32, strided<[16, 1], offset: ?>>)
        outs(%it, %ft : memref<?x8xf32, strided<[8, 1], offset: ?>>, memref<?x8xf32, strided<[8, 1], offset: ?>>) {
    ^bb0(%a: f32, %b: f32, %o0: f32, %o1: f32):
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %a, %b : f32
      linalg.yield %0, %1 : f32, f32
    }
  }
  %dg = memref.alloc(%T, %B) : memref<?x?x16xf32>
  %last = arith.subi %T, %c1 : index
  scf.for %s = %c0 to %T step %c1 {
    %t = arith.subi %last, %s : index
    %it = memref.subview %i[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
    %ft = memref.subview %f[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
    %di = memref.subview %dg[%t, 0, 8] [1, %B, 8] [1, 1, 1] : memref<?x?x16xf32> to memref<?x8xf32, strided<[16, 1], offset: ?>>
    %df = memref.subview %dg[%t, 0, 0] [1, %B, 8] [1, 1, 1] : memref<?x?x16xf32> to memref<?x8xf32, strided<[16, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%it, %ft : memref<?x8xf32, strided<[8, 1], offset: ?>>, memref<?x8xf32, strided<[8, 1], offset: ?>>)
        outs(%di, %df : memref<?x8xf32, strided<[16, 1], offset: ?>>, memref<?x8xf32, strided<[16, 1], offset: ?>>) {
    ^bb0(%a: f32, %b: f32, %o0: f32, %o1: f32):
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %a, %b : f32
      linalg.yield %0, %1 : f32, f32
    }
  }
  linalg.exp ins(%dg : memref<?x?x16xf32>) outs(%out : memref<?x?x16xf32>)
  return
}

// -----

// The old rows are read behind the loop.
// CHECK-LABEL: @read_behind
// CHECK-COUNT-2: memref.alloc
func.func @read_behind(%T: index, %in: memref<?x8xf32>, %out: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%T) : memref<?x8xf32>
  linalg.exp ins(%in : memref<?x8xf32>) outs(%x : memref<?x8xf32>)
  %y = memref.alloc(%T) : memref<?x8xf32>
  scf.for %t = %c0 to %T step %c1 {
    %xt = memref.subview %x[%t, 0] [1, 8] [1, 1] : memref<?x8xf32> to memref<8xf32, strided<[1], offset: ?>>
    %yt = memref.subview %y[%t, 0] [1, 8] [1, 1] : memref<?x8xf32> to memref<8xf32, strided<[1], offset: ?>>
    linalg.tanh ins(%xt : memref<8xf32, strided<[1], offset: ?>>) outs(%yt : memref<8xf32, strided<[1], offset: ?>>)
  }
  linalg.add ins(%x, %y : memref<?x8xf32>, memref<?x8xf32>) outs(%out : memref<?x8xf32>)
  return
}

// -----

// The rows are not of the same step: the next step would read what this one wrote.
// CHECK-LABEL: @next_row
// CHECK-COUNT-2: memref.alloc
func.func @next_row(%T: index, %in: memref<?x8xf32>, %out: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%T) : memref<?x8xf32>
  linalg.exp ins(%in : memref<?x8xf32>) outs(%x : memref<?x8xf32>)
  %y = memref.alloc(%T) : memref<?x8xf32>
  scf.for %t = %c0 to %T step %c1 {
    %next = arith.addi %t, %c1 : index
    %xt = memref.subview %x[%t, 0] [1, 8] [1, 1] : memref<?x8xf32> to memref<8xf32, strided<[1], offset: ?>>
    %yt = memref.subview %y[%next, 0] [1, 8] [1, 1] : memref<?x8xf32> to memref<8xf32, strided<[1], offset: ?>>
    linalg.tanh ins(%xt : memref<8xf32, strided<[1], offset: ?>>) outs(%yt : memref<8xf32, strided<[1], offset: ?>>)
  }
  linalg.exp ins(%y : memref<?x8xf32>) outs(%out : memref<?x8xf32>)
  return
}

// -----

// A contraction reads elements that it has overwritten; a transposed read, too.
// CHECK-LABEL: @not_elementwise
// CHECK-COUNT-3: memref.alloc
func.func @not_elementwise(%T: index, %w: memref<8x8xf32>, %in: memref<?x8x8xf32>, %out: memref<?x8x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = memref.alloc(%T) : memref<?x8x8xf32>
  linalg.exp ins(%in : memref<?x8x8xf32>) outs(%x : memref<?x8x8xf32>)
  %y = memref.alloc(%T) : memref<?x8x8xf32>
  scf.for %t = %c0 to %T step %c1 {
    %xt = memref.subview %x[%t, 0, 0] [1, 8, 8] [1, 1, 1] : memref<?x8x8xf32> to memref<8x8xf32, strided<[8, 1], offset: ?>>
    %yt = memref.subview %y[%t, 0, 0] [1, 8, 8] [1, 1, 1] : memref<?x8x8xf32> to memref<8x8xf32, strided<[8, 1], offset: ?>>
    linalg.matmul ins(%xt, %w : memref<8x8xf32, strided<[8, 1], offset: ?>>, memref<8x8xf32>) outs(%yt : memref<8x8xf32, strided<[8, 1], offset: ?>>)
  }
  %z = memref.alloc(%T) : memref<?x8x8xf32>
  scf.for %t = %c0 to %T step %c1 {
    %yt = memref.subview %y[%t, 0, 0] [1, 8, 8] [1, 1, 1] : memref<?x8x8xf32> to memref<8x8xf32, strided<[8, 1], offset: ?>>
    %zt = memref.subview %z[%t, 0, 0] [1, 8, 8] [1, 1, 1] : memref<?x8x8xf32> to memref<8x8xf32, strided<[8, 1], offset: ?>>
    linalg.transpose ins(%yt : memref<8x8xf32, strided<[8, 1], offset: ?>>) outs(%zt : memref<8x8xf32, strided<[8, 1], offset: ?>>) permutation = [1, 0]
  }
  linalg.add ins(%x, %z : memref<?x8x8xf32>, memref<?x8x8xf32>) outs(%out : memref<?x8x8xf32>)
  return
}

// -----

// Lifetimes that do not meet: of static sizes, the larger one; of others the larger
// one when this runs. T - 1 is no size if it is negative.
// CHECK-LABEL: @static
// CHECK:         %[[A:.+]] = memref.alloc() : memref<16384xi8>
// CHECK-DAG:     memref.view %[[A]][%c0][] : memref<16384xi8> to memref<64x64xf32>
// CHECK-DAG:     memref.view %[[A]][%c0][] : memref<16384xi8> to memref<32x32xf64>
// CHECK-NOT:     memref.alloc
// CHECK-LABEL: @dynamic
// CHECK-SAME:    %[[T:[^:, ]+]]: index
// CHECK:         %[[LESS:.+]] = arith.subi %[[T]], %c1
// CHECK-DAG:     %[[CLAMPED:.+]] = arith.maxsi %[[LESS]], %c0
// CHECK-DAG:     %[[S0:.+]] = arith.muli %[[CLAMPED]], %c8192
// CHECK-DAG:     %[[S1:.+]] = arith.muli %[[T]], %c4096
// CHECK:         %[[MAX:.+]] = arith.maxsi
// CHECK:         %[[A:.+]] = memref.alloc(%[[MAX]]) : memref<?xi8>
// CHECK-DAG:     memref.view %[[A]][%c0][%[[LESS]]] : memref<?xi8> to memref<?x32x64xf32>
// CHECK-DAG:     memref.view %[[A]][%c0][%[[T]]] : memref<?xi8> to memref<?x512xf64>
// CHECK-NOT:     memref.alloc
func.func @static(%x: memref<64x64xf32>, %y: memref<32x32xf64>) {
  %a = memref.alloc() : memref<64x64xf32>
  linalg.exp ins(%x : memref<64x64xf32>) outs(%a : memref<64x64xf32>)
  linalg.exp ins(%a : memref<64x64xf32>) outs(%x : memref<64x64xf32>)
  %b = memref.alloc() : memref<32x32xf64>
  linalg.exp ins(%y : memref<32x32xf64>) outs(%b : memref<32x32xf64>)
  linalg.exp ins(%b : memref<32x32xf64>) outs(%y : memref<32x32xf64>)
  return
}
func.func @dynamic(%T: index, %x: memref<?x32x64xf32>, %y: memref<?x512xf64>) {
  %c1 = arith.constant 1 : index
  %less = arith.subi %T, %c1 : index
  %a = memref.alloc(%less) : memref<?x32x64xf32>
  linalg.exp ins(%x : memref<?x32x64xf32>) outs(%a : memref<?x32x64xf32>)
  linalg.exp ins(%a : memref<?x32x64xf32>) outs(%x : memref<?x32x64xf32>)
  %b = memref.alloc(%T) : memref<?x512xf64>
  linalg.exp ins(%y : memref<?x512xf64>) outs(%b : memref<?x512xf64>)
  linalg.exp ins(%b : memref<?x512xf64>) outs(%y : memref<?x512xf64>)
  return
}

// -----

// Both are needed at once; few bytes; a branch returns one.
// CHECK-LABEL: @apart
// CHECK-COUNT-2: memref.alloc() : memref<64x64xf32>
// CHECK-LABEL: @few
// CHECK-COUNT-2: memref.alloc
// CHECK-LABEL: @escapes
// CHECK-COUNT-3: memref.alloc
func.func @apart(%x: memref<64x64xf32>) {
  %a = memref.alloc() : memref<64x64xf32>
  %b = memref.alloc() : memref<64x64xf32>
  linalg.exp ins(%x : memref<64x64xf32>) outs(%a : memref<64x64xf32>)
  linalg.transpose ins(%a : memref<64x64xf32>) outs(%b : memref<64x64xf32>) permutation = [1, 0]
  linalg.add ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%x : memref<64x64xf32>)
  return
}
func.func @few(%x: memref<4xf32>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<4xf32>
  linalg.exp ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  linalg.exp ins(%a : memref<4xf32>) outs(%x : memref<4xf32>)
  %b = memref.alloc() : memref<8xf32>
  linalg.exp ins(%y : memref<8xf32>) outs(%b : memref<8xf32>)
  linalg.exp ins(%b : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}
func.func @escapes(%c: i1, %x: memref<64x64xf32>) {
  %a = memref.alloc() : memref<64x64xf32>
  linalg.exp ins(%x : memref<64x64xf32>) outs(%a : memref<64x64xf32>)
  %b = memref.alloc() : memref<64x64xf32>
  linalg.exp ins(%x : memref<64x64xf32>) outs(%b : memref<64x64xf32>)
  %r = scf.if %c -> memref<64x64xf32> {
    scf.yield %a : memref<64x64xf32>
  } else {
    scf.yield %b : memref<64x64xf32>
  }
  %d = memref.alloc() : memref<64x64xf32>
  linalg.exp ins(%r : memref<64x64xf32>) outs(%d : memref<64x64xf32>)
  linalg.exp ins(%d : memref<64x64xf32>) outs(%x : memref<64x64xf32>)
  return
}
