// Vector code gives the bits that loops over elements give, writes nothing else,
// and does so for every width of vectors.

// RUN: gradopt-opt %s -o %t.loops.mlir
// RUN: gradopt-opt %t.loops.mlir --convert-vector-to-llvm %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} >%t.loops
// RUN: FileCheck %s <%t.loops

// RUN: gradopt-opt %s --gradopt-vectorize-loops --canonicalize --cse -o %t.16.mlir
// RUN: FileCheck %s --check-prefix=VECTOR <%t.16.mlir
// RUN: gradopt-opt %t.16.mlir --convert-vector-to-llvm %{lower-to-llvm} \
// RUN: | mlir-runner -O2 -e main --entry-point-result=void %{runner-libs} >%t.16
// RUN: diff %t.loops %t.16

// The runner does not know the attribute.
// RUN: sed -e 's/^module {/module attributes {dlti.target_system_spec = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64>>} {/' %t.loops.mlir >%t.in.32.mlir
// RUN: gradopt-opt %t.in.32.mlir --gradopt-vectorize-loops --canonicalize --cse \
// RUN:     --convert-vector-to-llvm %{lower-to-llvm} \
// RUN: | sed -e 's/^module attributes .*/module {/' \
// RUN: | mlir-runner -O2 -e main --entry-point-result=void %{runner-libs} >%t.32
// RUN: diff %t.loops %t.32

// RUN: sed -e 's/^module {/module attributes {dlti.target_system_spec = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 512 : i64, "vector_registers" = 32 : i64>>} {/' %t.loops.mlir >%t.in.64.mlir
// RUN: gradopt-opt %t.in.64.mlir --gradopt-vectorize-loops \
// RUN:     --convert-vector-to-llvm %{lower-to-llvm} \
// RUN: | sed -e 's/^module attributes .*/module {/' \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} >%t.64
// RUN: diff %t.loops %t.64

// All but what the test itself counts and compares with has become vectors.
// VECTOR-NOT: linalg.

#id1 = affine_map<(d0) -> (d0)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>
#turned = affine_map<(d0, d1) -> (d1, d0)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last = affine_map<(d0, d1, d2) -> (d2)>
#first2 = affine_map<(d0, d1, d2) -> (d0, d1)>

!f32s = memref<?x?xf32, strided<[?, 1], offset: ?>>
!f64s = memref<?x?xf64, strided<[?, 1], offset: ?>>
!v32 = memref<?xf32, strided<[1], offset: ?>>
!v64 = memref<?xf64, strided<[1], offset: ?>>
!vi32 = memref<?xi32, strided<[1], offset: ?>>

//===----------------------------------------------------------------------===//
// Buffers within larger ones, numbers, and what has been written
//===----------------------------------------------------------------------===//

func.func private @number(%i: index, %j: index, %seed: index) -> i32 {
  %a = arith.constant 7919 : index
  %b = arith.constant 104729 : index
  %m = arith.constant 1009 : index
  %0 = arith.muli %i, %a : index
  %1 = arith.muli %j, %b : index
  %2 = arith.addi %0, %1 : index
  %3 = arith.muli %seed, %2 : index
  %4 = arith.addi %3, %seed : index
  %5 = arith.remui %4, %m : index
  %6 = arith.index_cast %5 : index to i32
  %half = arith.constant 504 : i32
  %7 = arith.subi %6, %half : i32
  return %7 : i32
}

func.func private @f32s(%r: index, %c: index, %seed: index) -> memref<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %r2 = arith.addi %r, %c1 : index
  %c2 = arith.addi %c, %c7 : index
  %buffer = memref.alloc(%r2, %c2) : memref<?x?xf32>
  %scale = arith.constant 0.0314159 : f32
  scf.for %i = %c0 to %r2 step %c1 {
    scf.for %j = %c0 to %c2 step %c1 {
      %n = func.call @number(%i, %j, %seed) : (index, index, index) -> i32
      %f = arith.sitofp %n : i32 to f32
      %v = arith.mulf %f, %scale : f32
      memref.store %v, %buffer[%i, %j] : memref<?x?xf32>
    }
  }
  return %buffer : memref<?x?xf32>
}

func.func private @f64s(%r: index, %c: index, %seed: index) -> memref<?x?xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %r2 = arith.addi %r, %c1 : index
  %c2 = arith.addi %c, %c7 : index
  %buffer = memref.alloc(%r2, %c2) : memref<?x?xf64>
  %scale = arith.constant 0.0314159 : f64
  scf.for %i = %c0 to %r2 step %c1 {
    scf.for %j = %c0 to %c2 step %c1 {
      %n = func.call @number(%i, %j, %seed) : (index, index, index) -> i32
      %f = arith.sitofp %n : i32 to f64
      %v = arith.mulf %f, %scale : f64
      memref.store %v, %buffer[%i, %j] : memref<?x?xf64>
    }
  }
  return %buffer : memref<?x?xf64>
}

func.func private @part32(%buffer: memref<?x?xf32>, %r: index, %c: index) -> !f32s {
  %part = memref.subview %buffer[1, 3] [%r, %c] [1, 1] : memref<?x?xf32> to !f32s
  return %part : !f32s
}

func.func private @row32(%buffer: memref<?x?xf32>, %c: index) -> !v32 {
  %three = arith.constant 3 : index
  %part = memref.subview %buffer[0, %three] [1, %c] [1, 1] : memref<?x?xf32> to !v32
  return %part : !v32
}

func.func private @part64(%buffer: memref<?x?xf64>, %r: index, %c: index) -> !f64s {
  %part = memref.subview %buffer[1, 3] [%r, %c] [1, 1] : memref<?x?xf64> to !f64s
  return %part : !f64s
}

func.func private @row64(%buffer: memref<?x?xf64>, %c: index) -> !v64 {
  %three = arith.constant 3 : index
  %part = memref.subview %buffer[0, %three] [1, %c] [1, 1] : memref<?x?xf64> to !v64
  return %part : !v64
}

func.func private @add_to_hash(%hash: i64, %bits: i64) -> i64 {
  %factor = arith.constant 1099511628211 : i64
  %0 = arith.xori %hash, %bits : i64
  %1 = arith.muli %0, %factor : i64
  return %1 : i64
}

/// Prints what stands for all bits of the buffer, also around the part.
func.func private @show32(%buffer: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 1469598103934665603 : i64
  %r = memref.dim %buffer, %c0 : memref<?x?xf32>
  %c = memref.dim %buffer, %c1 : memref<?x?xf32>
  %hash = scf.for %i = %c0 to %r step %c1 iter_args(%outer = %basis) -> i64 {
    %inner = scf.for %j = %c0 to %c step %c1 iter_args(%h = %outer) -> i64 {
      %v = memref.load %buffer[%i, %j] : memref<?x?xf32>
      %b = arith.bitcast %v : f32 to i32
      %w = arith.extui %b : i32 to i64
      %next = func.call @add_to_hash(%h, %w) : (i64, i64) -> i64
      scf.yield %next : i64
    }
    scf.yield %inner : i64
  }
  vector.print %hash : i64
  return
}

func.func private @show64(%buffer: memref<?x?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 1469598103934665603 : i64
  %r = memref.dim %buffer, %c0 : memref<?x?xf64>
  %c = memref.dim %buffer, %c1 : memref<?x?xf64>
  %hash = scf.for %i = %c0 to %r step %c1 iter_args(%outer = %basis) -> i64 {
    %inner = scf.for %j = %c0 to %c step %c1 iter_args(%h = %outer) -> i64 {
      %v = memref.load %buffer[%i, %j] : memref<?x?xf64>
      %w = arith.bitcast %v : f64 to i64
      %next = func.call @add_to_hash(%h, %w) : (i64, i64) -> i64
      scf.yield %next : i64
    }
    scf.yield %inner : i64
  }
  vector.print %hash : i64
  return
}

//===----------------------------------------------------------------------===//
// Ops of dynamic sizes
//===----------------------------------------------------------------------===//

/// Two results, operands of rows and of columns, one result in place.
func.func private @pointwise(%a: !f32s, %in_place: !f32s, %other: !f32s,
                             %bias: !v32, %scale: !v32) {
  linalg.generic {indexing_maps = [#id, #id, #column, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %in_place, %bias, %scale : !f32s, !f32s, !v32, !v32)
      outs(%in_place, %other : !f32s, !f32s) {
  ^bb0(%x: f32, %y: f32, %b: f32, %s: f32, %o: f32, %p: f32):
    %0 = arith.mulf %x, %s : f32
    %1 = arith.addf %0, %b : f32
    %2 = math.fma %y, %1, %p : f32
    %3 = math.absf %2 : f32
    %4 = math.sqrt %3 : f32
    %5 = arith.divf %4, %x : f32
    linalg.yield %5, %1 : f32, f32
  }
  return
}

func.func private @mixed(%a: !f32s, %wide: !f64s, %factor: f64, %all: i1, %out: !f32s) {
  linalg.generic {indexing_maps = [#id, #id, #none, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %wide, %factor, %all : !f32s, !f64s, f64, i1) outs(%out : !f32s) {
  ^bb0(%x: f32, %w: f64, %f: f64, %c: i1, %o: f32):
    %0 = arith.extf %x : f32 to f64
    %1 = arith.mulf %0, %f : f64
    %2 = arith.addf %1, %w : f64
    %3 = arith.cmpf ogt, %2, %w : f64
    %4 = arith.truncf %2 : f64 to f32
    %5 = arith.select %3, %4, %o : f32
    %6 = arith.select %c, %x, %5 : f32
    linalg.yield %6 : f32
  }
  return
}

/// Random choices by position.
func.func private @positions(%a: !f32s, %stream: i64, %columns: index, %out: !f32s) {
  linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %stream : !f32s, i64) outs(%out : !f32s) {
  ^bb0(%x: f32, %s: i64, %o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %0 = arith.muli %i, %columns : index
    %1 = arith.addi %0, %j : index
    %2 = arith.index_cast %1 : index to i64
    %low = arith.trunci %2 : i64 to i32
    %key = arith.trunci %s : i64 to i32
    %lo, %hi = arith.mului_extended %low, %key : i32
    %3 = arith.xori %lo, %hi : i32
    %4 = arith.extui %3 : i32 to i64
    %bound = arith.constant 1000000000 : i64
    %c = arith.cmpi ult, %4, %bound : i64
    %zero = arith.constant 0.0 : f32
    %5 = arith.select %c, %zero, %x : f32
    linalg.yield %5 : f32
  }
  return
}

/// Rows of a table.
func.func private @rows(%ids: !vi32, %table: !f32s, %out: !f32s) {
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%ids : !vi32) outs(%out : !f32s) {
  ^bb0(%id: i32, %o: f32):
    %row = arith.index_cast %id : i32 to index
    %j = linalg.index 1 : index
    %0 = memref.load %table[%row, %j] : !f32s
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  }
  return
}

func.func private @named(%a: !f32s, %v: !v32, %filled: !f32s, %copied: !f32s, %spread: !f32s) {
  %c = arith.constant 2.5 : f32
  linalg.fill ins(%c : f32) outs(%filled : !f32s)
  linalg.copy ins(%a : !f32s) outs(%copied : !f32s)
  linalg.broadcast ins(%v : !v32) outs(%spread : !f32s) dimensions = [0]
  linalg.add ins(%a, %spread : !f32s, !f32s) outs(%spread : !f32s)
  linalg.map { arith.subf } ins(%a, %copied : !f32s, !f32s) outs(%copied : !f32s)
  return
}

func.func private @sums(%a: !f32s, %sum: !v32, %squares: !v64, %odd: memref<?xi64>, %max: !v32) {
  linalg.generic {indexing_maps = [#id, #column, #column], iterator_types = ["reduction", "parallel"]}
      ins(%a : !f32s) outs(%sum, %max : !v32, !v32) {
  ^bb0(%x: f32, %s: f32, %m: f32):
    %0 = arith.addf %s, %x : f32
    %1 = arith.maximumf %m, %x : f32
    linalg.yield %0, %1 : f32, f32
  }
  linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%a : !f32s) outs(%squares : !v64) {
  ^bb0(%x: f32, %s: f64):
    %0 = arith.extf %x : f32 to f64
    %1 = arith.mulf %0, %0 : f64
    %2 = arith.addf %s, %1 : f64
    linalg.yield %2 : f64
  }
  linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%a : !f32s) outs(%odd : memref<?xi64>) {
  ^bb0(%x: f32, %s: i64):
    %one = arith.constant 1 : i32
    %0 = arith.bitcast %x : f32 to i32
    %1 = arith.andi %0, %one : i32
    %2 = arith.cmpi eq, %1, %one : i32
    %3 = arith.extui %2 : i1 to i64
    %4 = arith.addi %s, %3 : i64
    linalg.yield %4 : i64
  }
  return
}

/// The sum of each row is one chain; several rows are added at once.
func.func private @row_sums(%a: !f32s, %sum: !v64) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%a : !f32s) outs(%sum : !v64) {
  ^bb0(%x: f32, %s: f64):
    %0 = arith.extf %x : f32 to f64
    %1 = arith.addf %s, %0 : f64
    linalg.yield %1 : f64
  }
  return
}

/// The transpose of `a`, alone and with other operands.
func.func private @turned(%a: !f32s, %b: !f32s, %s: !v32, %out: !f32s, %sum: !f32s) {
  linalg.transpose ins(%a : !f32s) outs(%out : !f32s) permutation = [1, 0]
  linalg.generic {indexing_maps = [#turned, #id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b, %s : !f32s, !f32s, !v32) outs(%sum : !f32s) {
  ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
    %0 = arith.subf %x, %y : f32
    %1 = arith.mulf %0, %z : f32
    linalg.yield %1 : f32
  }
  return
}

func.func private @turned_wide(%a: !f64s, %out: !f64s) {
  linalg.transpose ins(%a : !f64s) outs(%out : !f64s) permutation = [1, 0]
  return
}

/// Elements that a vector load cannot read: those of i1, and every other one.
func.func private @scattered(%a: !f32s, %mask: memref<?x?xi1>, %out: !f32s) {
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %mask : !f32s, memref<?x?xi1>) outs(%out : !f32s) {
  ^bb0(%x: f32, %m: i1, %o: f32):
    %0 = arith.select %m, %x, %o : f32
    linalg.yield %0 : f32
  }
  return
}

func.func private @strided(%a: memref<?x?xf32, strided<[?, 2], offset: ?>>, %out: !f32s) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<?x?xf32, strided<[?, 2], offset: ?>>) outs(%out : !f32s) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %x, %o : f32
    linalg.yield %0 : f32
  }
  return
}

/// Without a gap all three loops are one; bytes go with words.
func.func private @joined(%a: memref<?x?x3xf32>, %bytes: memref<?x?x3xi8>, %out: memref<?x?x3xf32>, %sum: memref<3xf32, strided<[1], offset: 2>>) {
  linalg.generic {indexing_maps = [#id3, #id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a, %bytes : memref<?x?x3xf32>, memref<?x?x3xi8>) outs(%out : memref<?x?x3xf32>) {
  ^bb0(%x: f32, %i: i8, %o: f32):
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.addf %x, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id3, #last], iterator_types = ["reduction", "reduction", "parallel"]}
      ins(%out : memref<?x?x3xf32>) outs(%sum : memref<3xf32, strided<[1], offset: 2>>) {
  ^bb0(%x: f32, %s: f32):
    %0 = arith.addf %s, %x : f32
    linalg.yield %0 : f32
  }
  return
}

//===----------------------------------------------------------------------===//
// Ops of static sizes
//===----------------------------------------------------------------------===//

!tile = memref<5x16xf32, strided<[64, 1]>>
!three = memref<5x3xf32, strided<[64, 1]>>
!many = memref<5x45xf32, strided<[64, 1]>>

func.func private @static(%buffer: memref<5x64xf32>, %from: memref<5x64xf32>, %row: memref<64xf32>) {
  %tile = memref.subview %buffer[0, 0] [5, 16] [1, 1] : memref<5x64xf32> to !tile
  %tile_from = memref.subview %from[0, 0] [5, 16] [1, 1] : memref<5x64xf32> to !tile
  linalg.add ins(%tile, %tile_from : !tile, !tile) outs(%tile : !tile)
  %three = memref.subview %buffer[0, 0] [5, 3] [1, 1] : memref<5x64xf32> to !three
  %three_from = memref.subview %from[0, 0] [5, 3] [1, 1] : memref<5x64xf32> to !three
  linalg.mul ins(%three, %three_from : !three, !three) outs(%three : !three)
  %many = memref.subview %buffer[0, 0] [5, 45] [1, 1] : memref<5x64xf32> to !many
  %many_from = memref.subview %from[0, 0] [5, 45] [1, 1] : memref<5x64xf32> to !many
  linalg.sub ins(%many, %many_from : !many, !many) outs(%many : !many)
  linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%from : memref<5x64xf32>) outs(%row : memref<64xf32>) {
  ^bb0(%x: f32, %s: f32):
    %0 = arith.addf %s, %x : f32
    linalg.yield %0 : f32
  }
  return
}

func.func private @static_turned(%a: memref<19x21xf32>, %out: memref<21x19xf32>) {
  linalg.transpose ins(%a : memref<19x21xf32>) outs(%out : memref<21x19xf32>) permutation = [1, 0]
  return
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

func.func private @all(%r: index, %c: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %true = arith.constant true
  %false = arith.constant false
  vector.print %r : index
  vector.print %c : index

  %a = call @f32s(%r, %c, %c3) : (index, index, index) -> memref<?x?xf32>
  %b = call @f32s(%r, %c, %c2) : (index, index, index) -> memref<?x?xf32>
  %d = call @f32s(%r, %c, %c4) : (index, index, index) -> memref<?x?xf32>
  %e = call @f32s(%c1, %c, %c2) : (index, index, index) -> memref<?x?xf32>
  %f = call @f32s(%c1, %r, %c4) : (index, index, index) -> memref<?x?xf32>
  %pa = call @part32(%a, %r, %c) : (memref<?x?xf32>, index, index) -> !f32s
  %pb = call @part32(%b, %r, %c) : (memref<?x?xf32>, index, index) -> !f32s
  %pd = call @part32(%d, %r, %c) : (memref<?x?xf32>, index, index) -> !f32s
  %pe = call @row32(%e, %c) : (memref<?x?xf32>, index) -> !v32
  %pf = call @row32(%f, %r) : (memref<?x?xf32>, index) -> !v32
  call @pointwise(%pa, %pb, %pd, %pe, %pf) : (!f32s, !f32s, !f32s, !v32, !v32) -> ()
  call @show32(%b) : (memref<?x?xf32>) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()

  %w = call @f64s(%r, %c, %c2) : (index, index, index) -> memref<?x?xf64>
  %pw = call @part64(%w, %r, %c) : (memref<?x?xf64>, index, index) -> !f64s
  %factor = arith.constant 0.3 : f64
  call @mixed(%pa, %pw, %factor, %false, %pd) : (!f32s, !f64s, f64, i1, !f32s) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()
  call @mixed(%pa, %pw, %factor, %true, %pd) : (!f32s, !f64s, f64, i1, !f32s) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()

  %stream = arith.constant 81985529216486895 : i64
  call @positions(%pa, %stream, %c, %pd) : (!f32s, i64, index, !f32s) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()

  // The last row of the table first.
  %ids = memref.alloc(%r) : memref<?xi32>
  scf.for %i = %c0 to %r step %c1 {
    %reverse = arith.subi %r, %i : index
    %row = arith.subi %reverse, %c1 : index
    %id = arith.index_cast %row : index to i32
    memref.store %id, %ids[%i] : memref<?xi32>
  }
  %ids_part = memref.subview %ids[0] [%r] [1] : memref<?xi32> to memref<?xi32, strided<[1]>>
  %pids = memref.cast %ids_part : memref<?xi32, strided<[1]>> to !vi32
  call @rows(%pids, %pa, %pd) : (!vi32, !f32s, !f32s) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()

  call @named(%pa, %pe, %pb, %pd, %pd) : (!f32s, !v32, !f32s, !f32s, !f32s) -> ()
  call @show32(%b) : (memref<?x?xf32>) -> ()
  call @show32(%d) : (memref<?x?xf32>) -> ()

  %squares = call @f64s(%c1, %c, %c2) : (index, index, index) -> memref<?x?xf64>
  %psquares = call @row64(%squares, %c) : (memref<?x?xf64>, index) -> !v64
  %max = call @f32s(%c1, %c, %c4) : (index, index, index) -> memref<?x?xf32>
  %pmax = call @row32(%max, %c) : (memref<?x?xf32>, index) -> !v32
  %odd = memref.alloc(%c) : memref<?xi64>
  scf.for %i = %c0 to %c step %c1 {
    %zero = arith.constant 0 : i64
    memref.store %zero, %odd[%i] : memref<?xi64>
  }
  call @sums(%pa, %pe, %psquares, %odd, %pmax) : (!f32s, !v32, !v64, memref<?xi64>, !v32) -> ()
  call @show32(%e) : (memref<?x?xf32>) -> ()
  call @show64(%squares) : (memref<?x?xf64>) -> ()
  call @show32(%max) : (memref<?x?xf32>) -> ()
  scf.for %i = %c0 to %c step %c1 {
    %v = memref.load %odd[%i] : memref<?xi64>
    vector.print %v : i64
  }

  %sums = call @f64s(%c1, %r, %c2) : (index, index, index) -> memref<?x?xf64>
  %psums = call @row64(%sums, %r) : (memref<?x?xf64>, index) -> !v64
  call @row_sums(%pa, %psums) : (!f32s, !v64) -> ()
  call @show64(%sums) : (memref<?x?xf64>) -> ()

  %t = call @f32s(%c, %r, %c2) : (index, index, index) -> memref<?x?xf32>
  %u = call @f32s(%c, %r, %c3) : (index, index, index) -> memref<?x?xf32>
  %o = call @f32s(%c, %r, %c4) : (index, index, index) -> memref<?x?xf32>
  %pt = call @part32(%t, %c, %r) : (memref<?x?xf32>, index, index) -> !f32s
  %pu = call @part32(%u, %c, %r) : (memref<?x?xf32>, index, index) -> !f32s
  %po = call @part32(%o, %c, %r) : (memref<?x?xf32>, index, index) -> !f32s
  call @turned(%pa, %pt, %pe, %pu, %po) : (!f32s, !f32s, !v32, !f32s, !f32s) -> ()
  call @show32(%u) : (memref<?x?xf32>) -> ()
  call @show32(%o) : (memref<?x?xf32>) -> ()
  %wide = call @f64s(%c, %r, %c3) : (index, index, index) -> memref<?x?xf64>
  %pwide = call @part64(%wide, %c, %r) : (memref<?x?xf64>, index, index) -> !f64s
  call @turned_wide(%pw, %pwide) : (!f64s, !f64s) -> ()
  call @show64(%wide) : (memref<?x?xf64>) -> ()

  %mask = memref.alloc(%r, %c) : memref<?x?xi1>
  scf.for %i = %c0 to %r step %c1 {
    scf.for %j = %c0 to %c step %c1 {
      %n = func.call @number(%i, %j, %c3) : (index, index, index) -> i32
      %bit = arith.trunci %n : i32 to i1
      memref.store %bit, %mask[%i, %j] : memref<?x?xi1>
    }
  }
  call @scattered(%pa, %mask, %pb) : (!f32s, memref<?x?xi1>, !f32s) -> ()
  call @show32(%b) : (memref<?x?xf32>) -> ()

  %double = arith.muli %c, %c2 : index
  %long = call @f32s(%r, %double, %c3) : (index, index, index) -> memref<?x?xf32>
  %second = memref.subview %long[0, %c1] [%r, %c] [1, 2] : memref<?x?xf32> to memref<?x?xf32, strided<[?, 2], offset: ?>>
  call @strided(%second, %pb) : (memref<?x?xf32, strided<[?, 2], offset: ?>>, !f32s) -> ()
  call @show32(%b) : (memref<?x?xf32>) -> ()

  %cube = memref.alloc(%r, %c) : memref<?x?x3xf32>
  %bytes = memref.alloc(%r, %c) : memref<?x?x3xi8>
  scf.for %i = %c0 to %r step %c1 {
    scf.for %j = %c0 to %c step %c1 {
      scf.for %k = %c0 to %c3 step %c1 {
        %n = func.call @number(%i, %j, %k) : (index, index, index) -> i32
        %x = arith.sitofp %n : i32 to f32
        %byte = arith.trunci %n : i32 to i8
        memref.store %x, %cube[%i, %j, %k] : memref<?x?x3xf32>
        memref.store %byte, %bytes[%i, %j, %k] : memref<?x?x3xi8>
      }
    }
  }
  %threes = call @f32s(%c0, %c0, %c3) : (index, index, index) -> memref<?x?xf32>
  %three = memref.reinterpret_cast %threes to offset: [2], sizes: [3], strides: [1] : memref<?x?xf32> to memref<3xf32, strided<[1], offset: 2>>
  call @joined(%cube, %bytes, %cube, %three) : (memref<?x?x3xf32>, memref<?x?x3xi8>, memref<?x?x3xf32>, memref<3xf32, strided<[1], offset: 2>>) -> ()
  call @show32(%threes) : (memref<?x?xf32>) -> ()
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %c9 = arith.constant 9 : index
  %c16 = arith.constant 16 : index
  %c17 = arith.constant 17 : index
  %c43 = arith.constant 43 : index
  call @all(%c0, %c0) : (index, index) -> ()
  call @all(%c0, %c9) : (index, index) -> ()
  call @all(%c5, %c0) : (index, index) -> ()
  call @all(%c1, %c1) : (index, index) -> ()
  call @all(%c1, %c43) : (index, index) -> ()
  call @all(%c3, %c7) : (index, index) -> ()
  call @all(%c8, %c16) : (index, index) -> ()
  call @all(%c17, %c43) : (index, index) -> ()
  call @all(%c43, %c17) : (index, index) -> ()

  %c4 = arith.constant 4 : index
  %c63 = arith.constant 57 : index
  %a = call @f32s(%c4, %c63, %c3) : (index, index, index) -> memref<?x?xf32>
  %b = call @f32s(%c4, %c63, %c5) : (index, index, index) -> memref<?x?xf32>
  %sa = memref.cast %a : memref<?x?xf32> to memref<5x64xf32>
  %sb = memref.cast %b : memref<?x?xf32> to memref<5x64xf32>
  %e = call @f32s(%c0, %c63, %c5) : (index, index, index) -> memref<?x?xf32>
  %row = memref.reinterpret_cast %e to offset: [0], sizes: [64], strides: [1] : memref<?x?xf32> to memref<64xf32>
  call @static(%sa, %sb, %row) : (memref<5x64xf32>, memref<5x64xf32>, memref<64xf32>) -> ()
  call @show32(%a) : (memref<?x?xf32>) -> ()
  call @show32(%e) : (memref<?x?xf32>) -> ()

  %c18 = arith.constant 18 : index
  %c20 = arith.constant 20 : index
  %c14 = arith.constant 14 : index
  %c12 = arith.constant 12 : index
  %t = call @f32s(%c18, %c14, %c3) : (index, index, index) -> memref<?x?xf32>
  %u = call @f32s(%c20, %c12, %c5) : (index, index, index) -> memref<?x?xf32>
  %st = memref.cast %t : memref<?x?xf32> to memref<19x21xf32>
  %su = memref.cast %u : memref<?x?xf32> to memref<21x19xf32>
  call @static_turned(%st, %su) : (memref<19x21xf32>, memref<21x19xf32>) -> ()
  call @show32(%u) : (memref<?x?xf32>) -> ()
  return
}

// CHECK: {{^}}17{{ *$}}
// CHECK-NEXT: {{^}}43{{ *$}}
// CHECK-COUNT-40: {{-?[0-9]+}}
