// RUN: gradopt-gradcheck %s | FileCheck %s

// The rest of the math dialect and arith.remf, as ops on tensors and in the body of
// a generic. The parameters are named after the ops.

// CHECK: copysign_s {{.*}}worst error 0.00e+00

#id = affine_map<(i, j) -> (i, j)>

func.func @tensors(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %acos: tensor<2x3xf32> {gradopt.param = #gradopt.param<"acos", init = uniform(-0.8, 0.8)>},
    %asin: tensor<2x3xf32> {gradopt.param = #gradopt.param<"asin", init = uniform(-0.8, 0.8)>},
    %acosh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"acosh", init = uniform(1.5, 3.0)>},
    %asinh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"asinh", init = uniform(-1.5, 1.5)>},
    %atanh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atanh", init = uniform(-0.8, 0.8)>},
    %cbrt: tensor<2x3xf32> {gradopt.param = #gradopt.param<"cbrt", init = uniform(0.3, 2.0)>},
    %cosh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"cosh", init = uniform(-1.5, 1.5)>},
    %sinh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sinh", init = uniform(-1.5, 1.5)>},
    %tan: tensor<2x3xf32> {gradopt.param = #gradopt.param<"tan", init = uniform(-1.0, 1.0)>},
    %erfc: tensor<2x3xf32> {gradopt.param = #gradopt.param<"erfc", init = uniform(-1.5, 1.5)>},
    %log10: tensor<2x3xf32> {gradopt.param = #gradopt.param<"log10", init = uniform(0.5, 2.0)>},
    %atan2_a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atan2_a", init = uniform(0.3, 1.5)>},
    %atan2_b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atan2_b", init = uniform(0.3, 1.5)>},
    %copysign_x: tensor<2x3xf32> {gradopt.param = #gradopt.param<"copysign_x", init = uniform(0.3, 1.5)>},
    %copysign_s: tensor<2x3xf32> {gradopt.param = #gradopt.param<"copysign_s", init = uniform(0.3, 1.5)>},
    %rem_a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rem_a", init = uniform(2.1, 2.9)>},
    %rem_b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rem_b", init = uniform(0.5, 0.6)>},
    %powi: tensor<2x3xf32> {gradopt.param = #gradopt.param<"powi", init = uniform(0.4, 1.5)>},
    %clamp: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp", init = uniform(-0.4, 0.4)>},
    %clamp_min: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp_min", init = uniform(0.05, 0.2)>},
    %clamp_max: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp_max", init = uniform(-0.1, 0.1)>})
    -> (tensor<f32> {gradopt.loss}) {
  %n = arith.constant dense<[[3, -2, 1], [0, 2, -1]]> : tensor<2x3xi32>
  %low = arith.constant dense<-0.15> : tensor<2x3xf32>
  %high = arith.constant dense<1.1> : tensor<2x3xf32>
  %y_acos = math.acos %acos : tensor<2x3xf32>
  %y_asin = math.asin %asin : tensor<2x3xf32>
  %s_asin = arith.addf %y_acos, %y_asin : tensor<2x3xf32>
  %y_acosh = math.acosh %acosh : tensor<2x3xf32>
  %s_acosh = arith.addf %s_asin, %y_acosh : tensor<2x3xf32>
  %y_asinh = math.asinh %asinh : tensor<2x3xf32>
  %s_asinh = arith.addf %s_acosh, %y_asinh : tensor<2x3xf32>
  %y_atanh = math.atanh %atanh : tensor<2x3xf32>
  %s_atanh = arith.addf %s_asinh, %y_atanh : tensor<2x3xf32>
  %y_cbrt = math.cbrt %cbrt : tensor<2x3xf32>
  %s_cbrt = arith.addf %s_atanh, %y_cbrt : tensor<2x3xf32>
  %y_cosh = math.cosh %cosh : tensor<2x3xf32>
  %s_cosh = arith.addf %s_cbrt, %y_cosh : tensor<2x3xf32>
  %y_sinh = math.sinh %sinh : tensor<2x3xf32>
  %s_sinh = arith.addf %s_cosh, %y_sinh : tensor<2x3xf32>
  %y_tan = math.tan %tan : tensor<2x3xf32>
  %s_tan = arith.addf %s_sinh, %y_tan : tensor<2x3xf32>
  %y_erfc = math.erfc %erfc : tensor<2x3xf32>
  %s_erfc = arith.addf %s_tan, %y_erfc : tensor<2x3xf32>
  %y_log10 = math.log10 %log10 : tensor<2x3xf32>
  %s_log10 = arith.addf %s_erfc, %y_log10 : tensor<2x3xf32>
  %y_atan2 = math.atan2 %atan2_a, %atan2_b : tensor<2x3xf32>
  %s_atan2 = arith.addf %s_log10, %y_atan2 : tensor<2x3xf32>
  %y_copysign = math.copysign %copysign_x, %copysign_s : tensor<2x3xf32>
  %s_copysign = arith.addf %s_atan2, %y_copysign : tensor<2x3xf32>
  %y_rem = arith.remf %rem_a, %rem_b : tensor<2x3xf32>
  %s_rem = arith.addf %s_copysign, %y_rem : tensor<2x3xf32>
  %y_powi = math.fpowi %powi, %n : tensor<2x3xf32>, tensor<2x3xi32>
  %s_powi = arith.addf %s_rem, %y_powi : tensor<2x3xf32>
  %y_clamp = math.clampf %clamp to [%high, %low] : tensor<2x3xf32>
  %s_clamp = arith.addf %s_powi, %y_clamp : tensor<2x3xf32>
  %y_clamp_min = math.clampf %clamp to [%clamp_min, %low] : tensor<2x3xf32>
  %s_clamp_min = arith.addf %s_clamp, %y_clamp_min : tensor<2x3xf32>
  %y_clamp_max = math.clampf %clamp to [%high, %clamp_max] : tensor<2x3xf32>
  %s_clamp_max = arith.addf %s_clamp_min, %y_clamp_max : tensor<2x3xf32>
  %loss = gradopt.mean_squared_error %s_clamp_max, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @body(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %acos: tensor<2x3xf32> {gradopt.param = #gradopt.param<"acos", init = uniform(-0.8, 0.8)>},
    %asin: tensor<2x3xf32> {gradopt.param = #gradopt.param<"asin", init = uniform(-0.8, 0.8)>},
    %acosh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"acosh", init = uniform(1.5, 3.0)>},
    %asinh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"asinh", init = uniform(-1.5, 1.5)>},
    %atanh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atanh", init = uniform(-0.8, 0.8)>},
    %cbrt: tensor<2x3xf32> {gradopt.param = #gradopt.param<"cbrt", init = uniform(0.3, 2.0)>},
    %cosh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"cosh", init = uniform(-1.5, 1.5)>},
    %sinh: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sinh", init = uniform(-1.5, 1.5)>},
    %tan: tensor<2x3xf32> {gradopt.param = #gradopt.param<"tan", init = uniform(-1.0, 1.0)>},
    %erfc: tensor<2x3xf32> {gradopt.param = #gradopt.param<"erfc", init = uniform(-1.5, 1.5)>},
    %log10: tensor<2x3xf32> {gradopt.param = #gradopt.param<"log10", init = uniform(0.5, 2.0)>},
    %atan2_a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atan2_a", init = uniform(0.3, 1.5)>},
    %atan2_b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"atan2_b", init = uniform(0.3, 1.5)>},
    %copysign_x: tensor<2x3xf32> {gradopt.param = #gradopt.param<"copysign_x", init = uniform(0.3, 1.5)>},
    %copysign_s: tensor<2x3xf32> {gradopt.param = #gradopt.param<"copysign_s", init = uniform(0.3, 1.5)>},
    %rem_a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rem_a", init = uniform(2.1, 2.9)>},
    %rem_b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rem_b", init = uniform(0.5, 0.6)>},
    %powi: tensor<2x3xf32> {gradopt.param = #gradopt.param<"powi", init = uniform(0.4, 1.5)>},
    %clamp: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp", init = uniform(-0.4, 0.4)>},
    %clamp_min: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp_min", init = uniform(0.05, 0.2)>},
    %clamp_max: tensor<2x3xf32> {gradopt.param = #gradopt.param<"clamp_max", init = uniform(-0.1, 0.1)>},
    %sincos: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sincos", init = uniform(-1.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %e = tensor.empty() : tensor<2x3xf32>
  %n = arith.constant -3 : i32
  %low = arith.constant -0.15 : f32
  %high = arith.constant 1.1 : f32
  %r = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acos, %asin, %acosh, %asinh, %atanh, %cbrt, %cosh, %sinh, %tan, %erfc, %log10, %atan2_a, %atan2_b, %copysign_x, %copysign_s, %rem_a, %rem_b, %powi, %clamp, %clamp_min, %clamp_max, %sincos :
          tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%acos_e: f32, %asin_e: f32, %acosh_e: f32, %asinh_e: f32, %atanh_e: f32, %cbrt_e: f32, %cosh_e: f32, %sinh_e: f32, %tan_e: f32, %erfc_e: f32, %log10_e: f32, %atan2_a_e: f32, %atan2_b_e: f32, %copysign_x_e: f32, %copysign_s_e: f32, %rem_a_e: f32, %rem_b_e: f32, %powi_e: f32, %clamp_e: f32, %clamp_min_e: f32, %clamp_max_e: f32, %sincos_e: f32, %out: f32):
    %y_acos = math.acos %acos_e : f32
    %y_asin = math.asin %asin_e : f32
    %s_asin = arith.addf %y_acos, %y_asin : f32
    %y_acosh = math.acosh %acosh_e : f32
    %s_acosh = arith.addf %s_asin, %y_acosh : f32
    %y_asinh = math.asinh %asinh_e : f32
    %s_asinh = arith.addf %s_acosh, %y_asinh : f32
    %y_atanh = math.atanh %atanh_e : f32
    %s_atanh = arith.addf %s_asinh, %y_atanh : f32
    %y_cbrt = math.cbrt %cbrt_e : f32
    %s_cbrt = arith.addf %s_atanh, %y_cbrt : f32
    %y_cosh = math.cosh %cosh_e : f32
    %s_cosh = arith.addf %s_cbrt, %y_cosh : f32
    %y_sinh = math.sinh %sinh_e : f32
    %s_sinh = arith.addf %s_cosh, %y_sinh : f32
    %y_tan = math.tan %tan_e : f32
    %s_tan = arith.addf %s_sinh, %y_tan : f32
    %y_erfc = math.erfc %erfc_e : f32
    %s_erfc = arith.addf %s_tan, %y_erfc : f32
    %y_log10 = math.log10 %log10_e : f32
    %s_log10 = arith.addf %s_erfc, %y_log10 : f32
    %y_atan2 = math.atan2 %atan2_a_e, %atan2_b_e : f32
    %s_atan2 = arith.addf %s_log10, %y_atan2 : f32
    %y_copysign = math.copysign %copysign_x_e, %copysign_s_e : f32
    %s_copysign = arith.addf %s_atan2, %y_copysign : f32
    %y_rem = arith.remf %rem_a_e, %rem_b_e : f32
    %s_rem = arith.addf %s_copysign, %y_rem : f32
    %y_powi = math.fpowi %powi_e, %n : f32, i32
    %s_powi = arith.addf %s_rem, %y_powi : f32
    %y_clamp = math.clampf %clamp_e to [%high, %low] : f32
    %s_clamp = arith.addf %s_powi, %y_clamp : f32
    %y_clamp_min = math.clampf %clamp_e to [%clamp_min_e, %low] : f32
    %s_clamp_min = arith.addf %s_clamp, %y_clamp_min : f32
    %y_clamp_max = math.clampf %clamp_e to [%high, %clamp_max_e] : f32
    %s_clamp_max = arith.addf %s_clamp_min, %y_clamp_max : f32
    %sin, %cos = math.sincos %sincos_e : f32
    %cos2 = arith.mulf %cos, %cos : f32
    %sc = arith.addf %sin, %cos2 : f32
    %all = arith.addf %s_clamp_max, %sc : f32
    linalg.yield %all : f32
  } -> tensor<2x3xf32>
  %loss = gradopt.mean_squared_error %r, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
