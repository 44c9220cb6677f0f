// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3 | FileCheck %s

// Every op of the math dialect that has a derivative, as an op on tensors and in
// the body of a generic. The parameters are named after the ops; step functions
// have derivative 0.
// CHECK: @math_tensors
// CHECK: step {{.*}}worst error 0.00e+00

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last = affine_map<(d0, d1, d2) -> (d2)>

func.func @math_tensors(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %absf: tensor<2x3xf32> {gradopt.param = #gradopt.param<"absf", init = uniform(-1.5, 1.5)>},
    %atan: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atan", init = uniform(-1.5, 1.5)>},
    %cos: tensor<2x3xf32> {gradopt.param = #gradopt.param<"cos", init = uniform(-1.5, 1.5)>},
    %sin: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sin", init = uniform(-1.5, 1.5)>},
    %erf: tensor<2x3xf32> {gradopt.param = #gradopt.param<"erf", init = uniform(-1.5, 1.5)>},
    %exp: tensor<2x3xf32> {gradopt.param = #gradopt.param<"exp", init = uniform(-1.5, 1.5)>},
    %exp2: tensor<2x3xf32> {gradopt.param = #gradopt.param<"exp2", init = uniform(-1.5, 1.5)>},
    %expm1: tensor<2x3xf32> {gradopt.param = #gradopt.param<"expm1", init = uniform(-1.5, 1.5)>},
    %log: tensor<2x3xf32> {gradopt.param = #gradopt.param<"log", init = uniform(0.5, 2.0)>},
    %log1p: tensor<2x3xf32> {gradopt.param = #gradopt.param<"log1p", init = uniform(-0.4, 0.4)>},
    %log2: tensor<2x3xf32> {gradopt.param = #gradopt.param<"log2", init = uniform(0.5, 2.0)>},
    %sqrt: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sqrt", init = uniform(0.5, 2.0)>},
    %rsqrt: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rsqrt", init = uniform(0.5, 2.0)>},
    %tanh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"tanh", init = uniform(-1.5, 1.5)>},
    %fma_a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"fma_a", init = uniform(-1.5, 1.5)>},
    %fma_b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"fma_b", init = uniform(-1.5, 1.5)>},
    %fma_c: tensor<2x3xf32> {gradopt.param = #gradopt.param<"fma_c", init = uniform(-1.5, 1.5)>},
    %pow_x: tensor<2x3xf32> {gradopt.param = #gradopt.param<"pow_x", init = uniform(0.5, 2.0)>},
    %pow_p: tensor<2x3xf32> {gradopt.param = #gradopt.param<"pow_p", init = uniform(-1.5, 1.5)>},
    %step: tensor<2x3xf32> {gradopt.param = #gradopt.param<"step", init = uniform(-1.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y_absf = math.absf %absf : tensor<2x3xf32>
  %y_atan = math.atan %atan : tensor<2x3xf32>
  %y_cos = math.cos %cos : tensor<2x3xf32>
  %y_sin = math.sin %sin : tensor<2x3xf32>
  %y_erf = math.erf %erf : tensor<2x3xf32>
  %y_exp = math.exp %exp : tensor<2x3xf32>
  %y_exp2 = math.exp2 %exp2 : tensor<2x3xf32>
  %y_expm1 = math.expm1 %expm1 : tensor<2x3xf32>
  %y_log = math.log %log : tensor<2x3xf32>
  %y_log1p = math.log1p %log1p : tensor<2x3xf32>
  %y_log2 = math.log2 %log2 : tensor<2x3xf32>
  %y_sqrt = math.sqrt %sqrt : tensor<2x3xf32>
  %y_rsqrt = math.rsqrt %rsqrt : tensor<2x3xf32>
  %y_tanh = math.tanh %tanh : tensor<2x3xf32>
  %y_fma = math.fma %fma_a, %fma_b, %fma_c : tensor<2x3xf32>
  %y_pow = math.powf %pow_x, %pow_p : tensor<2x3xf32>
  %y_square = math.fma %fma_a, %fma_a, %fma_a : tensor<2x3xf32>
  %y_ceil = math.ceil %step : tensor<2x3xf32>
  %y_floor = math.floor %step : tensor<2x3xf32>
  %y_round = math.round %step : tensor<2x3xf32>
  %y_roundeven = math.roundeven %step : tensor<2x3xf32>
  %y_trunc = math.trunc %step : tensor<2x3xf32>
  %l0 = gradopt.mean_squared_error %y_absf, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y_atan, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l2 = gradopt.mean_squared_error %y_cos, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l3 = gradopt.mean_squared_error %y_sin, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l4 = gradopt.mean_squared_error %y_erf, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l5 = gradopt.mean_squared_error %y_exp, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l6 = gradopt.mean_squared_error %y_exp2, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l7 = gradopt.mean_squared_error %y_expm1, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l8 = gradopt.mean_squared_error %y_log, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l9 = gradopt.mean_squared_error %y_log1p, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l10 = gradopt.mean_squared_error %y_log2, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l11 = gradopt.mean_squared_error %y_sqrt, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l12 = gradopt.mean_squared_error %y_rsqrt, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l13 = gradopt.mean_squared_error %y_tanh, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l14 = gradopt.mean_squared_error %y_fma, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l15 = gradopt.mean_squared_error %y_pow, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l16 = gradopt.mean_squared_error %y_square, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l17 = gradopt.mean_squared_error %y_ceil, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l18 = gradopt.mean_squared_error %y_floor, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l19 = gradopt.mean_squared_error %y_round, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l20 = gradopt.mean_squared_error %y_roundeven, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l21 = gradopt.mean_squared_error %y_trunc, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %s1 = arith.addf %l0, %l1 : tensor<f32>
  %s2 = arith.addf %s1, %l2 : tensor<f32>
  %s3 = arith.addf %s2, %l3 : tensor<f32>
  %s4 = arith.addf %s3, %l4 : tensor<f32>
  %s5 = arith.addf %s4, %l5 : tensor<f32>
  %s6 = arith.addf %s5, %l6 : tensor<f32>
  %s7 = arith.addf %s6, %l7 : tensor<f32>
  %s8 = arith.addf %s7, %l8 : tensor<f32>
  %s9 = arith.addf %s8, %l9 : tensor<f32>
  %s10 = arith.addf %s9, %l10 : tensor<f32>
  %s11 = arith.addf %s10, %l11 : tensor<f32>
  %s12 = arith.addf %s11, %l12 : tensor<f32>
  %s13 = arith.addf %s12, %l13 : tensor<f32>
  %s14 = arith.addf %s13, %l14 : tensor<f32>
  %s15 = arith.addf %s14, %l15 : tensor<f32>
  %s16 = arith.addf %s15, %l16 : tensor<f32>
  %s17 = arith.addf %s16, %l17 : tensor<f32>
  %s18 = arith.addf %s17, %l18 : tensor<f32>
  %s19 = arith.addf %s18, %l19 : tensor<f32>
  %s20 = arith.addf %s19, %l20 : tensor<f32>
  %s21 = arith.addf %s20, %l21 : tensor<f32>
  return %s21 : tensor<f32>
}

func.func @math_generic(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %absf: tensor<3xf32> {gradopt.param = #gradopt.param<"absf", init = uniform(-1.5, 1.5)>},
    %atan: tensor<3xf32> {gradopt.param = #gradopt.param<"atan", init = uniform(-1.5, 1.5)>},
    %cos: tensor<3xf32> {gradopt.param = #gradopt.param<"cos", init = uniform(-1.5, 1.5)>},
    %sin: tensor<3xf32> {gradopt.param = #gradopt.param<"sin", init = uniform(-1.5, 1.5)>},
    %erf: tensor<3xf32> {gradopt.param = #gradopt.param<"erf", init = uniform(-1.5, 1.5)>},
    %exp: tensor<3xf32> {gradopt.param = #gradopt.param<"exp", init = uniform(-1.5, 1.5)>},
    %exp2: tensor<3xf32> {gradopt.param = #gradopt.param<"exp2", init = uniform(-1.5, 1.5)>},
    %expm1: tensor<3xf32> {gradopt.param = #gradopt.param<"expm1", init = uniform(-1.5, 1.5)>},
    %log: tensor<3xf32> {gradopt.param = #gradopt.param<"log", init = uniform(0.5, 2.0)>},
    %log1p: tensor<3xf32> {gradopt.param = #gradopt.param<"log1p", init = uniform(-0.4, 0.4)>},
    %log2: tensor<3xf32> {gradopt.param = #gradopt.param<"log2", init = uniform(0.5, 2.0)>},
    %sqrt: tensor<3xf32> {gradopt.param = #gradopt.param<"sqrt", init = uniform(0.5, 2.0)>},
    %rsqrt: tensor<3xf32> {gradopt.param = #gradopt.param<"rsqrt", init = uniform(0.5, 2.0)>},
    %tanh: tensor<3xf32> {gradopt.param = #gradopt.param<"tanh", init = uniform(-1.5, 1.5)>},
    %fma_a: tensor<3xf32> {gradopt.param = #gradopt.param<"fma_a", init = uniform(-1.5, 1.5)>},
    %fma_b: tensor<3xf32> {gradopt.param = #gradopt.param<"fma_b", init = uniform(-1.5, 1.5)>},
    %fma_c: tensor<3xf32> {gradopt.param = #gradopt.param<"fma_c", init = uniform(-1.5, 1.5)>},
    %pow_x: tensor<3xf32> {gradopt.param = #gradopt.param<"pow_x", init = uniform(0.5, 2.0)>},
    %pow_p: tensor<3xf32> {gradopt.param = #gradopt.param<"pow_p", init = uniform(-1.5, 1.5)>},
    %step: tensor<3xf32> {gradopt.param = #gradopt.param<"step", init = uniform(-1.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.generic {
      indexing_maps = [#all, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #all],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %absf, %atan, %cos, %sin, %erf, %exp, %exp2, %expm1, %log, %log1p, %log2, %sqrt, %rsqrt, %tanh, %fma_a, %fma_b, %fma_c, %pow_x, %pow_p, %step : tensor<?x?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      outs(%x : tensor<?x?x3xf32>) {
  ^bb0(%xe: f32, %absf_e: f32, %atan_e: f32, %cos_e: f32, %sin_e: f32, %erf_e: f32, %exp_e: f32, %exp2_e: f32, %expm1_e: f32, %log_e: f32, %log1p_e: f32, %log2_e: f32, %sqrt_e: f32, %rsqrt_e: f32, %tanh_e: f32, %fma_a_e: f32, %fma_b_e: f32, %fma_c_e: f32, %pow_x_e: f32, %pow_p_e: f32, %step_e: f32, %out: f32):
    %y_absf = math.absf %absf_e : f32
    %y_atan = math.atan %atan_e : f32
    %y_cos = math.cos %cos_e : f32
    %y_sin = math.sin %sin_e : f32
    %y_erf = math.erf %erf_e : f32
    %y_exp = math.exp %exp_e : f32
    %y_exp2 = math.exp2 %exp2_e : f32
    %y_expm1 = math.expm1 %expm1_e : f32
    %y_log = math.log %log_e : f32
    %y_log1p = math.log1p %log1p_e : f32
    %y_log2 = math.log2 %log2_e : f32
    %y_sqrt = math.sqrt %sqrt_e : f32
    %y_rsqrt = math.rsqrt %rsqrt_e : f32
    %y_tanh = math.tanh %tanh_e : f32
    %y_fma = math.fma %fma_a_e, %fma_b_e, %fma_c_e : f32
    %y_pow = math.powf %pow_x_e, %pow_p_e : f32
    %y_square = math.fma %fma_a_e, %fma_a_e, %fma_a_e : f32
    %y_ceil = math.ceil %step_e : f32
    %y_floor = math.floor %step_e : f32
    %y_round = math.round %step_e : f32
    %y_roundeven = math.roundeven %step_e : f32
    %y_trunc = math.trunc %step_e : f32
    %s1 = arith.addf %y_absf, %y_atan : f32
    %s2 = arith.addf %s1, %y_cos : f32
    %s3 = arith.addf %s2, %y_sin : f32
    %s4 = arith.addf %s3, %y_erf : f32
    %s5 = arith.addf %s4, %y_exp : f32
    %s6 = arith.addf %s5, %y_exp2 : f32
    %s7 = arith.addf %s6, %y_expm1 : f32
    %s8 = arith.addf %s7, %y_log : f32
    %s9 = arith.addf %s8, %y_log1p : f32
    %s10 = arith.addf %s9, %y_log2 : f32
    %s11 = arith.addf %s10, %y_sqrt : f32
    %s12 = arith.addf %s11, %y_rsqrt : f32
    %s13 = arith.addf %s12, %y_tanh : f32
    %s14 = arith.addf %s13, %y_fma : f32
    %s15 = arith.addf %s14, %y_pow : f32
    %s16 = arith.addf %s15, %y_square : f32
    %s17 = arith.addf %s16, %y_ceil : f32
    %s18 = arith.addf %s17, %y_floor : f32
    %s19 = arith.addf %s18, %y_round : f32
    %s20 = arith.addf %s19, %y_roundeven : f32
    %s21 = arith.addf %s20, %y_trunc : f32
    %r = arith.mulf %s21, %xe : f32
    linalg.yield %r : f32
  } -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
