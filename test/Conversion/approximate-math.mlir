// RUN: gradopt-opt %s --gradopt-approximate-math --split-input-file --canonicalize --cse | FileCheck %s
// RUN: gradopt-opt %s --gradopt-approximate-math --remark-format=emitRemark --remarks-filter="gradopt-approximate-math" --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK --implicit-check-not=remark:

// Products and sums, since nothing says that there is an FMA.
// CHECK-LABEL: func @tanh
// CHECK-NOT: math.
// CHECK: arith.mulf %{{.*}} : vector<4xf32>
// CHECK-NOT: math.
// CHECK: arith.divf %{{.*}} : vector<4xf32>
// CHECK-NOT: math.
// CHECK: return
func.func @tanh(%x: vector<4xf32>) -> vector<4xf32> {
  %y = math.tanh %x : vector<4xf32>
  return %y : vector<4xf32>
}

// Every function and type; nothing is left for libm.
// CHECK-LABEL: func @all
// CHECK-NOT: math.{{exp|tanh|log}}
// CHECK: return
func.func @all(%x: f32, %y: f64, %v: vector<7xf32>, %w: vector<2x3xf64>, %s: vector<[4]xf32>)
    -> (f32, f32, f64, f64, vector<7xf32>, vector<7xf32>, vector<2x3xf64>, vector<[4]xf32>) {
  %0 = math.exp %x : f32
  %1 = math.log %0 : f32
  %2 = math.tanh %y : f64
  %3 = math.log1p %2 : f64
  %4 = math.expm1 %v : vector<7xf32>
  %5 = math.log %4 : vector<7xf32>
  %6 = math.exp %w : vector<2x3xf64>
  %7 = math.tanh %s : vector<[4]xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : f32, f32, f64, f64, vector<7xf32>, vector<7xf32>, vector<2x3xf64>, vector<[4]xf32>
}

// Also in the body of another op.
// CHECK-LABEL: func @inside
// CHECK-NOT: math.exp
// CHECK: linalg.yield
func.func @inside(%x: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      outs(%x : memref<?xf32>) {
  ^bb0(%a: f32):
    %y = math.exp %a : f32
    linalg.yield %y : f32
  }
  return
}

// Half precision, tensors and functions without an expansion stay. What the
// hardware computes is no call.
// CHECK-LABEL: func @left
// CHECK: math.exp %{{.*}} : f16
// CHECK: math.tanh %{{.*}} : tensor<4xf32>
// CHECK: math.sin %{{.*}} : f32
// CHECK: math.erf %{{.*}} : vector<8xf32>
// CHECK: math.sqrt %{{.*}} : vector<8xf32>
// CHECK: math.rsqrt %{{.*}} : vector<8xf32>
// CHECK: math.powf %{{.*}} : vector<8xf64>
// REMARK: remark: [Missed] scalar-calls | Category:gradopt-approximate-math | Function=left | Reason="'math.erf' of vector<8xf32> is computed by a call of libm for each element"
// REMARK: remark: [Missed] scalar-calls | Category:gradopt-approximate-math | Function=left | Reason="'math.powf' of vector<8xf64>
func.func @left(%h: f16, %t: tensor<4xf32>, %x: f32, %v: vector<8xf32>, %w: vector<8xf64>)
    -> (f16, tensor<4xf32>, f32, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf64>) {
  %0 = math.exp %h : f16
  %1 = math.tanh %t : tensor<4xf32>
  %2 = math.sin %x : f32
  %3 = math.erf %v : vector<8xf32>
  %4 = math.sqrt %v : vector<8xf32>
  %5 = math.rsqrt %v : vector<8xf32>
  %6 = math.powf %w, %w : vector<8xf64>
  return %0, %1, %2, %3, %4, %5, %6 : f16, tensor<4xf32>, f32, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf64>
}

// -----

// From 32 bytes on there is an FMA. A number and a vector have the same ops.
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64>>} {
// CHECK-LABEL: func @fma_vector
// CHECK-COUNT-11: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: math.
// CHECK-LABEL: func @fma_number
// CHECK-COUNT-11: math.fma {{.*}} : f32
// CHECK-NOT: math.
func.func @fma_vector(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.tanh %x : vector<8xf32>
  return %y : vector<8xf32>
}
func.func @fma_number(%x: f32) -> f32 {
  %y = math.tanh %x : f32
  return %y : f32
}
}

// -----

// Both ways to write a sigmoid are one function, with constants on either side.
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64>>} {
// CHECK-LABEL: func @sigmoid_tanh
// CHECK-COUNT-10: math.fma
// CHECK-NEXT: %[[Y:.*]] = arith.divf
// CHECK-NEXT: return %[[Y]]
func.func @sigmoid_tanh(%x: vector<8xf32>) -> vector<8xf32> {
  %half = arith.constant dense<0.5> : vector<8xf32>
  %a = arith.mulf %half, %x : vector<8xf32>
  %t = math.tanh %a : vector<8xf32>
  %b = arith.mulf %t, %half : vector<8xf32>
  %y = arith.addf %half, %b : vector<8xf32>
  return %y : vector<8xf32>
}
// CHECK-LABEL: func @sigmoid_exp
// CHECK-COUNT-10: math.fma
// CHECK-NEXT: %[[Y:.*]] = arith.divf
// CHECK-NEXT: return %[[Y]]
func.func @sigmoid_exp(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %m = arith.negf %x : f32
  %e = math.exp %m : f32
  %d = arith.addf %e, %one : f32
  %y = arith.divf %one, %d : f32
  return %y : f32
}
// What only looks like it is not: other numbers, or parts with other uses.
// CHECK-LABEL: func @other_scale
// CHECK-COUNT-11: math.fma
// CHECK: arith.divf
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NEXT: return
func.func @other_scale(%x: f32) -> f32 {
  %half = arith.constant 0.5 : f32
  %quarter = arith.constant 0.25 : f32
  %a = arith.mulf %x, %quarter : f32
  %t = math.tanh %a : f32
  %b = arith.mulf %t, %half : f32
  %y = arith.addf %b, %half : f32
  return %y : f32
}
// CHECK-LABEL: func @other_use
// CHECK-COUNT-11: math.fma
// CHECK: %[[T:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: %[[B:.*]] = arith.mulf %[[T]]
// CHECK: %[[Y:.*]] = arith.addf %[[B]]
// CHECK-NEXT: return %[[Y]], %[[T]]
func.func @other_use(%x: f32) -> (f32, f32) {
  %half = arith.constant 0.5 : f32
  %a = arith.mulf %x, %half : f32
  %t = math.tanh %a : f32
  %b = arith.mulf %t, %half : f32
  %y = arith.addf %b, %half : f32
  return %y, %t : f32, f32
}
// CHECK-LABEL: func @other_division
// CHECK-COUNT-9: math.fma
// CHECK: arith.divf %{{.*}}, %arg0 : f32
func.func @other_division(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %m = arith.negf %x : f32
  %e = math.exp %m : f32
  %d = arith.addf %e, %one : f32
  %y = arith.divf %d, %x : f32
  return %y : f32
}
}

// -----

// Unless the description says otherwise.
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 256 : i64, "fma" = 0 : i64>>} {
// CHECK-LABEL: func @no_fma
// CHECK-NOT: math.
// CHECK: return
func.func @no_fma(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.exp %x : vector<8xf32>
  return %y : vector<8xf32>
}
// CHECK-LABEL: func @no_exact_product
// CHECK-NOT: math.fma
// CHECK: return
func.func @no_exact_product(%x: vector<8xf32>, %s: vector<8xf64>) -> vector<8xf64> {
  %w = arith.extf %x : vector<8xf32> to vector<8xf64>
  %p = arith.mulf %w, %w : vector<8xf64>
  %y = arith.addf %s, %p : vector<8xf64>
  return %y : vector<8xf64>
}
}

// -----

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 128 : i64, "fma" = 1 : i64>>} {
// A product that is exact in f64 is added without being rounded; others are not.
// CHECK-LABEL: func @exact_product
// CHECK-SAME: (%[[X:.*]]: f32, %[[S:.*]]: f64)
// CHECK: %[[W:.*]] = arith.extf %[[X]]
// CHECK: %[[Y:.*]] = math.fma %[[W]], %[[W]], %[[S]] : f64
// CHECK: %[[P:.*]] = arith.mulf %[[Y]], %[[W]]
// CHECK: arith.addf %[[S]], %[[P]]
func.func @exact_product(%x: f32, %s: f64) -> f64 {
  %w = arith.extf %x : f32 to f64
  %p = arith.mulf %w, %w : f64
  %y = arith.addf %s, %p : f64
  %q = arith.mulf %y, %w : f64
  %z = arith.addf %s, %q : f64
  return %z : f64
}
// CHECK-LABEL: func @narrow_fma
// CHECK: math.fma
func.func @narrow_fma(%x: vector<4xf32>) -> vector<4xf32> {
  %y = math.exp %x : vector<4xf32>
  return %y : vector<4xf32>
}
}
