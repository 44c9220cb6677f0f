// RUN: gradopt-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(gradopt-plan-kernels))' | FileCheck %s

#avx2 = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "vector_registers" = 16 : i64, "L1_cache_size_in_bytes" = 32768 : i64, "L2_cache_size_in_bytes" = 524288 : i64>>

module attributes {dlti.target_system_spec = #avx2} {
// Outside of loops: of a contraction the more of rows and columns; thread 0 alone.
// CHECK-LABEL: func.func @alone
func.func @alone(%x: memref<64x256xf32>, %w: memref<256x1024xf32>, %z: memref<64x1024xf32>,
                 %one: memref<1x256xf32>, %few: memref<1x1024xf32>,
                 %tall: memref<256x64xf32>, %narrow: memref<64x256xf32>, %square: memref<256x256xf32>, %small: memref<8xf32>, %zero: f32) {
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>} ins(%{{.*}}, %{{.*}} : memref<64x256xf32>
  linalg.matmul ins(%x, %w : memref<64x256xf32>, memref<256x1024xf32>) outs(%z : memref<64x1024xf32>)
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 64>} ins(%{{.*}}, %{{.*}} : memref<1x256xf32>
  linalg.matmul ins(%one, %w : memref<1x256xf32>, memref<256x1024xf32>) outs(%few : memref<1x1024xf32>)
  // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 0>} ins(%{{.*}}, %{{.*}} : memref<256x64xf32>
  linalg.matmul ins(%tall, %narrow : memref<256x64xf32>, memref<64x256xf32>) outs(%square : memref<256x256xf32>)
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<>}
  linalg.fill ins(%zero : f32) outs(%small : memref<8xf32>)
  // What someone has chosen stays.
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 2>}
  linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 2>} ins(%zero : f32) outs(%small : memref<8xf32>)
  return
}

// In a loop: the columns of a contraction by the period of those who read it.
// CHECK-LABEL: func.func @columns
func.func @columns(%h: memref<65x32x256xf32>, %w: memref<256x512xf32>, %z: memref<32x512xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, period = 256, grain = 16, rows = 6, columns = 16>}
    linalg.matmul ins(%now, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x512xf32>) outs(%z : memref<32x512xf32>)
    %a = memref.subview %z[0, 0] [32, 256] [1, 1] : memref<32x512xf32> to memref<32x256xf32, strided<[512, 1]>>
    %b = memref.subview %z[0, 256] [32, 256] [1, 1] : memref<32x512xf32> to memref<32x256xf32, strided<[512, 1], offset: 256>>
    // CHECK: linalg.mul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, columns = 16>}
    linalg.mul ins(%a, %b : memref<32x256xf32, strided<[512, 1]>>, memref<32x256xf32, strided<[512, 1], offset: 256>>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  return
}

// Weights that fit into a core's cache, and rows for several threads.
// CHECK-LABEL: func.func @rows
func.func @rows(%h: memref<65x32x64xf32>, %w: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 0, rows = 6, columns = 16>}
    linalg.matmul ins(%now, %w : memref<32x64xf32, strided<[64, 1], offset: ?>>, memref<64x64xf32>) outs(%then : memref<32x64xf32, strided<[64, 1], offset: ?>>)
  }
  return
}

// A sum over the rows: threads would have to meet for it, so that all is divided
// by columns.
// CHECK-LABEL: func.func @sum_of_rows
func.func @sum_of_rows(%h: memref<65x32x64xf32>, %w: memref<64x64xf32>, %s: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 64] [1, 1, 1] : memref<65x32x64xf32> to memref<32x64xf32, strided<[64, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 6, columns = 16>}
    linalg.matmul ins(%now, %w : memref<32x64xf32, strided<[64, 1], offset: ?>>, memref<64x64xf32>) outs(%then : memref<32x64xf32, strided<[64, 1], offset: ?>>)
    // CHECK: linalg.generic {{.*}} attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, columns = 16>}
    linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>], iterator_types = ["reduction", "parallel"]}
        ins(%then : memref<32x64xf32, strided<[64, 1], offset: ?>>) outs(%s : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %o, %a : f32
      linalg.yield %r : f32
    }
  }
  return
}

// Less than a barrier costs: wide tiles, one thread.
// CHECK-LABEL: func.func @single
func.func @single(%h: memref<65x1x64xf32>, %w: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 1, 64] [1, 1, 1] : memref<65x1x64xf32> to memref<1x64xf32, strided<[64, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 1, 64] [1, 1, 1] : memref<65x1x64xf32> to memref<1x64xf32, strided<[64, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<rows = 1, columns = 64>}
    linalg.matmul ins(%now, %w : memref<1x64xf32, strided<[64, 1], offset: ?>>, memref<64x64xf32>) outs(%then : memref<1x64xf32, strided<[64, 1], offset: ?>>)
  }
  return
}

// A gradient and an update, with sums of both: a thread sums up the columns that
// it has written. What fills them has the same shares.
// CHECK-LABEL: func.func @sums
func.func @sums(%x: memref<512x256xf32>, %y: memref<512x1024xf32>, %g: memref<256x1024xf32>, %s: memref<1024xf64>,
                %p: memref<256x1024xf32>, %new: memref<256x1024xf32>, %n: memref<1024xi32>,
                %xs: memref<512x64xf32>, %ys: memref<512x48xf32>, %gs: memref<64x48xf32>, %ss: memref<48xf64>,
                %zero: f32, %none: i32, %nothing: f64, %rate: f32) {
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>}
  linalg.fill ins(%zero : f32) outs(%g : memref<256x1024xf32>)
  // CHECK: linalg.contract {{.*}} {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16>}
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %y : memref<512x256xf32>, memref<512x1024xf32>) outs(%g : memref<256x1024xf32>)
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 16>}
  linalg.fill ins(%nothing : f64) outs(%s : memref<1024xf64>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<1024xf64>) attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 32>}
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>], iterator_types = ["reduction", "parallel"]}
      ins(%g : memref<256x1024xf32>) outs(%s : memref<1024xf64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %q = arith.mulf %w, %w : f64
    %r = arith.addf %o, %q : f64
    linalg.yield %r : f64
  }
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<256x1024xf32>) attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 4>}
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> ()>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %p, %rate : memref<256x1024xf32>, memref<256x1024xf32>, f32) outs(%new : memref<256x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %l: f32, %o: f32):
    %d = arith.mulf %a, %l : f32
    %e = arith.subf %b, %d : f32
    linalg.yield %e : f32
  }
  // CHECK: linalg.fill {gradopt.kernel = #gradopt.kernel<split = 0, grain = 16>}
  linalg.fill ins(%none : i32) outs(%n : memref<1024xi32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<1024xi32>) attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 4>}
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>], iterator_types = ["reduction", "parallel"]}
      ins(%new : memref<256x1024xf32>) outs(%n : memref<1024xi32>) {
  ^bb0(%a: f32, %o: i32):
    %i = arith.fptosi %a : f32 to i32
    %r = arith.addi %o, %i : i32
    linalg.yield %r : i32
  }
  // Too few columns for threads: by rows.
  // CHECK: linalg.contract {{.*}} {gradopt.kernel = #gradopt.kernel<split = 0>}
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%xs, %ys : memref<512x64xf32>, memref<512x48xf32>) outs(%gs : memref<64x48xf32>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<48xf64>) attrs = {gradopt.kernel = #gradopt.kernel<>}
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>], iterator_types = ["reduction", "parallel"]}
      ins(%gs : memref<64x48xf32>) outs(%ss : memref<48xf64>) {
  ^bb0(%a: f32, %o: f64):
    %w = arith.extf %a : f32 to f64
    %r = arith.addf %o, %w : f64
    linalg.yield %r : f64
  }
  return
}

// A loop between has written the buffer in another way.
// CHECK-LABEL: func.func @written_in_a_loop
func.func @written_in_a_loop(%x: memref<64x256xf32>, %y: memref<256x1024xf32>, %g: memref<64x1024xf32>, %s: memref<1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  linalg.matmul ins(%x, %y : memref<64x256xf32>, memref<256x1024xf32>) outs(%g : memref<64x1024xf32>)
  scf.for %t = %c0 to %c64 step %c1 {
    %row = memref.subview %g[%t, 0] [1, 1024] [1, 1] : memref<64x1024xf32> to memref<1024xf32, strided<[1], offset: ?>>
    linalg.exp ins(%row : memref<1024xf32, strided<[1], offset: ?>>) outs(%row : memref<1024xf32, strided<[1], offset: ?>>)
  }
  // CHECK: linalg.generic {{.*}} attrs = {gradopt.kernel = #gradopt.kernel<split = 1, grain = 64, columns = 64>}
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>], iterator_types = ["reduction", "parallel"]}
      ins(%g : memref<64x1024xf32>) outs(%s : memref<1024xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  return
}
}

// -----

// Twice the width and the registers.
#avx512 = #dlti.target_system_spec<"CPU" = #dlti.target_device_spec<"max_vector_op_width" = 512 : i64, "vector_registers" = 32 : i64>>
module attributes {dlti.target_system_spec = #avx512} {
// CHECK-LABEL: func.func @avx512
func.func @avx512(%h: memref<65x32x256xf32>, %w: memref<256x256xf32>, %d: memref<65x32x256xf64>, %wd: memref<256x256xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %h[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    %then = memref.subview %h[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf32> to memref<32x256xf32, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 32, rows = 12, columns = 32>}
    linalg.matmul ins(%now, %w : memref<32x256xf32, strided<[256, 1], offset: ?>>, memref<256x256xf32>) outs(%then : memref<32x256xf32, strided<[256, 1], offset: ?>>)
  }
  scf.for %t = %c0 to %c64 step %c1 {
    %next = arith.addi %t, %c1 : index
    %now = memref.subview %d[%t, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf64> to memref<32x256xf64, strided<[256, 1], offset: ?>>
    %then = memref.subview %d[%next, 0, 0] [1, 32, 256] [1, 1, 1] : memref<65x32x256xf64> to memref<32x256xf64, strided<[256, 1], offset: ?>>
    // CHECK: linalg.matmul {gradopt.kernel = #gradopt.kernel<split = 1, grain = 16, rows = 12, columns = 16>}
    linalg.matmul ins(%now, %wd : memref<32x256xf64, strided<[256, 1], offset: ?>>, memref<256x256xf64>) outs(%then : memref<32x256xf64, strided<[256, 1], offset: ?>>)
  }
  return
}
}
