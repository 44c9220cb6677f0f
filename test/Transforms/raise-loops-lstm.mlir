// An LSTM and its backward pass, both written by hand as scf.for: the weight
// gradients are summed up in the loop, step by step. Raised and fused, the
// reverse scan holds one contraction, that of the gates' gradients with the
// recurrent weights, and each weight gradient is one contraction behind it.
//
// RUN: gradopt-opt %s --gradopt-raise-loops --canonicalize --cse | FileCheck %s --check-prefix=RAISED --implicit-check-not=scf.for
// RUN: gradopt-opt %s --gradopt-fuse-recurrent-backward | FileCheck %s --implicit-check-not=scf.for

// RAISED: gradopt.scan
// RAISED-SAME: carries({{.*}} : tensor<4x8xf32>, {{.*}} : tensor<4x8xf32>) inputs({{.*}}) outputs(tensor<?x4x32xf32>) histories(0 : tensor<?x4x8xf32>, 1 : tensor<?x4x8xf32>)
// RAISED: gradopt.scan
// RAISED-SAME: carries({{.*}} : tensor<4x8xf32>, {{.*}} : tensor<4x8xf32>, {{.*}} : tensor<5x32xf32>, {{.*}} : tensor<8x32xf32>, {{.*}} : tensor<32xf32>)
// RAISED-SAME: outputs(reverse tensor<?x4x5xf32>)
// RAISED-NOT: arith.subi

// CHECK-LABEL: func.func @lstm
// CHECK: linalg.{{contract|matmul}}
// CHECK: gradopt.scan
// CHECK-NOT: linalg.{{contract|matmul}}
// CHECK: linalg.{{contract|matmul}}
// CHECK-NOT: linalg.{{contract|matmul}}
// CHECK: gradopt.yield
// CHECK: gradopt.scan
// CHECK-SAME: carries({{.*}} : tensor<4x8xf32>, {{.*}} : tensor<4x8xf32>) inputs
// CHECK-NOT: linalg.{{contract|matmul}}
// CHECK: linalg.{{contract|matmul}} {{.*}} -> tensor<4x8xf32>
// CHECK-NOT: linalg.{{contract|matmul}}
// CHECK: gradopt.yield
// CHECK-COUNT-3: linalg.{{contract|matmul}}
// CHECK-NOT: linalg.{{contract|matmul}}

#bij_bi = affine_map<(b, i, j) -> (b, i)>
#bij_bj = affine_map<(b, i, j) -> (b, j)>
#bij_ij = affine_map<(b, i, j) -> (i, j)>
#bj = affine_map<(b, j) -> (b, j)>
#j = affine_map<(b, j) -> (j)>

func.func @lstm(%x: tensor<?x4x5xf32>, %h0: tensor<4x8xf32>, %c0: tensor<4x8xf32>,
                %w_ih: tensor<5x32xf32>, %w_hh: tensor<8x32xf32>, %b: tensor<32xf32>,
                %dy: tensor<?x4x8xf32>)
    -> (tensor<?x4x8xf32>, tensor<?x4x5xf32>, tensor<5x32xf32>, tensor<8x32xf32>, tensor<32xf32>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %one = arith.constant dense<1.0> : tensor<4x8xf32>
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %T = tensor.dim %x, %0 : tensor<?x4x5xf32>
  %T1 = arith.addi %T, %1 : index
  %rows = tensor.empty(%T1) : tensor<?x4x8xf32>
  %hs0 = tensor.insert_slice %h0 into %rows[0, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<4x8xf32> into tensor<?x4x8xf32>
  %cs0 = tensor.insert_slice %c0 into %rows[0, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<4x8xf32> into tensor<?x4x8xf32>
  %gates0 = tensor.empty(%T) : tensor<?x4x32xf32>
  %wide = tensor.empty() : tensor<4x32xf32>
  %narrow = tensor.empty() : tensor<4x8xf32>
  %f:3 = scf.for %t = %0 to %T step %1 iter_args(%hs = %hs0, %cs = %cs0, %gates = %gates0)
      -> (tensor<?x4x8xf32>, tensor<?x4x8xf32>, tensor<?x4x32xf32>) {
    %h = tensor.extract_slice %hs[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %c = tensor.extract_slice %cs[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<?x4x5xf32> to tensor<4x5xf32>
    %bias = linalg.broadcast ins(%b : tensor<32xf32>) outs(%wide : tensor<4x32xf32>) dimensions = [0]
    %zx = linalg.matmul ins(%x_t, %w_ih : tensor<4x5xf32>, tensor<5x32xf32>) outs(%bias : tensor<4x32xf32>) -> tensor<4x32xf32>
    %z = linalg.matmul ins(%h, %w_hh : tensor<4x8xf32>, tensor<8x32xf32>) outs(%zx : tensor<4x32xf32>) -> tensor<4x32xf32>
    %zi = tensor.extract_slice %z[0, 0] [4, 8] [1, 1] : tensor<4x32xf32> to tensor<4x8xf32>
    %zf = tensor.extract_slice %z[0, 8] [4, 8] [1, 1] : tensor<4x32xf32> to tensor<4x8xf32>
    %zg = tensor.extract_slice %z[0, 16] [4, 8] [1, 1] : tensor<4x32xf32> to tensor<4x8xf32>
    %zo = tensor.extract_slice %z[0, 24] [4, 8] [1, 1] : tensor<4x32xf32> to tensor<4x8xf32>
    %a:4 = linalg.generic {indexing_maps = [#bj, #bj, #bj, #bj, #bj, #bj, #bj, #bj], iterator_types = ["parallel", "parallel"]}
        ins(%zi, %zf, %zg, %zo : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
        outs(%narrow, %narrow, %narrow, %narrow : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
    ^bb0(%vi: f32, %vf: f32, %vg: f32, %vo: f32, %o0: f32, %o1: f32, %o2: f32, %o3: f32):
      %i0 = arith.mulf %vi, %half : f32
      %i1 = math.tanh %i0 : f32
      %i2 = arith.mulf %i1, %half : f32
      %i3 = arith.addf %i2, %half : f32
      %f0 = arith.mulf %vf, %half : f32
      %f1 = math.tanh %f0 : f32
      %f2 = arith.mulf %f1, %half : f32
      %f3 = arith.addf %f2, %half : f32
      %g = math.tanh %vg : f32
      %u0 = arith.mulf %vo, %half : f32
      %u1 = math.tanh %u0 : f32
      %u2 = arith.mulf %u1, %half : f32
      %u3 = arith.addf %u2, %half : f32
      linalg.yield %i3, %f3, %g, %u3 : f32, f32, f32, f32
    } -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
    %fc = arith.mulf %a#1, %c : tensor<4x8xf32>
    %ig = arith.mulf %a#0, %a#2 : tensor<4x8xf32>
    %c1 = arith.addf %fc, %ig : tensor<4x8xf32>
    %tc = math.tanh %c1 : tensor<4x8xf32>
    %h1 = arith.mulf %a#3, %tc : tensor<4x8xf32>
    %k0 = tensor.insert_slice %a#0 into %wide[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %k1 = tensor.insert_slice %a#1 into %k0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %k2 = tensor.insert_slice %a#2 into %k1[0, 16] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %k3 = tensor.insert_slice %a#3 into %k2[0, 24] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %after = arith.addi %t, %1 : index
    %hs1 = tensor.insert_slice %h1 into %hs[%after, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<4x8xf32> into tensor<?x4x8xf32>
    %cs1 = tensor.insert_slice %c1 into %cs[%after, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<4x8xf32> into tensor<?x4x8xf32>
    %gates1 = tensor.insert_slice %k3 into %gates[%t, 0, 0] [1, 4, 32] [1, 1, 1] : tensor<4x32xf32> into tensor<?x4x32xf32>
    scf.yield %hs1, %cs1, %gates1 : tensor<?x4x8xf32>, tensor<?x4x8xf32>, tensor<?x4x32xf32>
  }

  %dh_T = arith.constant dense<0.0> : tensor<4x8xf32>
  %dw_ih0 = arith.constant dense<0.0> : tensor<5x32xf32>
  %dw_hh0 = arith.constant dense<0.0> : tensor<8x32xf32>
  %db0 = arith.constant dense<0.0> : tensor<32xf32>
  %dx_t0 = arith.constant dense<0.0> : tensor<4x5xf32>
  %dx0 = tensor.empty(%T) : tensor<?x4x5xf32>
  %g:6 = scf.for %s = %0 to %T step %1
      iter_args(%dh = %dh_T, %dc = %dh_T, %dw_ih = %dw_ih0, %dw_hh = %dw_hh0, %db = %db0, %dx = %dx0)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<5x32xf32>, tensor<8x32xf32>, tensor<32xf32>, tensor<?x4x5xf32>) {
    %after = arith.subi %T, %s : index
    %t = arith.subi %after, %1 : index
    %h = tensor.extract_slice %f#0[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %c = tensor.extract_slice %f#1[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %c1 = tensor.extract_slice %f#1[%after, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %x_t = tensor.extract_slice %x[%t, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<?x4x5xf32> to tensor<4x5xf32>
    %dy_t = tensor.extract_slice %dy[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x8xf32> to tensor<4x8xf32>
    %i = tensor.extract_slice %f#2[%t, 0, 0] [1, 4, 8] [1, 1, 1] : tensor<?x4x32xf32> to tensor<4x8xf32>
    %fg = tensor.extract_slice %f#2[%t, 0, 8] [1, 4, 8] [1, 1, 1] : tensor<?x4x32xf32> to tensor<4x8xf32>
    %gg = tensor.extract_slice %f#2[%t, 0, 16] [1, 4, 8] [1, 1, 1] : tensor<?x4x32xf32> to tensor<4x8xf32>
    %o = tensor.extract_slice %f#2[%t, 0, 24] [1, 4, 8] [1, 1, 1] : tensor<?x4x32xf32> to tensor<4x8xf32>
    %dh1 = arith.addf %dh, %dy_t : tensor<4x8xf32>
    %tc = math.tanh %c1 : tensor<4x8xf32>
    %do = arith.mulf %dh1, %tc : tensor<4x8xf32>
    %dtc = arith.mulf %dh1, %o : tensor<4x8xf32>
    %tc2 = arith.mulf %tc, %tc : tensor<4x8xf32>
    %slope = arith.subf %one, %tc2 : tensor<4x8xf32>
    %dcc = arith.mulf %dtc, %slope : tensor<4x8xf32>
    %dc1 = arith.addf %dc, %dcc : tensor<4x8xf32>
    %dc_next = arith.mulf %dc1, %fg : tensor<4x8xf32>
    %di = arith.mulf %dc1, %gg : tensor<4x8xf32>
    %df = arith.mulf %dc1, %c : tensor<4x8xf32>
    %dg = arith.mulf %dc1, %i : tensor<4x8xf32>
    %ni = arith.subf %one, %i : tensor<4x8xf32>
    %si = arith.mulf %i, %ni : tensor<4x8xf32>
    %dzi = arith.mulf %di, %si : tensor<4x8xf32>
    %nf = arith.subf %one, %fg : tensor<4x8xf32>
    %sf = arith.mulf %fg, %nf : tensor<4x8xf32>
    %dzf = arith.mulf %df, %sf : tensor<4x8xf32>
    %g2 = arith.mulf %gg, %gg : tensor<4x8xf32>
    %sg = arith.subf %one, %g2 : tensor<4x8xf32>
    %dzg = arith.mulf %dg, %sg : tensor<4x8xf32>
    %no = arith.subf %one, %o : tensor<4x8xf32>
    %so = arith.mulf %o, %no : tensor<4x8xf32>
    %dzo = arith.mulf %do, %so : tensor<4x8xf32>
    %k0 = tensor.insert_slice %dzi into %wide[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %k1 = tensor.insert_slice %dzf into %k0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %k2 = tensor.insert_slice %dzg into %k1[0, 16] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %dz = tensor.insert_slice %dzo into %k2[0, 24] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x32xf32>
    %dx_t = linalg.contract indexing_maps = [#bij_bj, #bij_ij, #bij_bi] ins(%dz, %w_ih : tensor<4x32xf32>, tensor<5x32xf32>) outs(%dx_t0 : tensor<4x5xf32>) -> tensor<4x5xf32>
    %dh_next = linalg.contract indexing_maps = [#bij_bj, #bij_ij, #bij_bi] ins(%dz, %w_hh : tensor<4x32xf32>, tensor<8x32xf32>) outs(%dh_T : tensor<4x8xf32>) -> tensor<4x8xf32>
    %dw_ih1 = linalg.contract indexing_maps = [#bij_bi, #bij_bj, #bij_ij] ins(%x_t, %dz : tensor<4x5xf32>, tensor<4x32xf32>) outs(%dw_ih : tensor<5x32xf32>) -> tensor<5x32xf32>
    %dw = linalg.contract indexing_maps = [#bij_bi, #bij_bj, #bij_ij] ins(%h, %dz : tensor<4x8xf32>, tensor<4x32xf32>) outs(%dw_hh0 : tensor<8x32xf32>) -> tensor<8x32xf32>
    %dw_hh1 = arith.addf %dw_hh, %dw : tensor<8x32xf32>
    %db1 = linalg.generic {indexing_maps = [#bj, #j], iterator_types = ["reduction", "parallel"]} ins(%dz : tensor<4x32xf32>) outs(%db : tensor<32xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %next = arith.addf %sum, %v : f32
      linalg.yield %next : f32
    } -> tensor<32xf32>
    %dx1 = tensor.insert_slice %dx_t into %dx[%t, 0, 0] [1, 4, 5] [1, 1, 1] : tensor<4x5xf32> into tensor<?x4x5xf32>
    scf.yield %dh_next, %dc_next, %dw_ih1, %dw_hh1, %db1, %dx1 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<5x32xf32>, tensor<8x32xf32>, tensor<32xf32>, tensor<?x4x5xf32>
  }
  return %f#0, %g#5, %g#2, %g#3, %g#4 : tensor<?x4x8xf32>, tensor<?x4x5xf32>, tensor<5x32xf32>, tensor<8x32xf32>, tensor<32xf32>
}
