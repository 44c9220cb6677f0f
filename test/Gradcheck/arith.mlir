// RUN: gradopt-gradcheck %s --time=0,1,5 --batch=1,3

// Every op of the arith dialect that has a derivative, as an op on tensors and in
// the body of a generic. The parameters are named after the ops.

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last = affine_map<(d0, d1, d2) -> (d2)>

func.func @arith_tensors(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %add_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"add_l", init = uniform(-1.5, 1.5)>},
    %add_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"add_r", init = uniform(-1.5, 1.5)>},
    %sub_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sub_l", init = uniform(-1.5, 1.5)>},
    %sub_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"sub_r", init = uniform(-1.5, 1.5)>},
    %mul_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"mul_l", init = uniform(-1.5, 1.5)>},
    %mul_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"mul_r", init = uniform(-1.5, 1.5)>},
    %div_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"div_l", init = uniform(0.5, 2.0)>},
    %div_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"div_r", init = uniform(0.5, 2.0)>},
    %maximum_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"maximum_l", init = uniform(-1.5, 1.5)>},
    %maximum_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"maximum_r", init = uniform(-1.5, 1.5)>},
    %minimum_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"minimum_l", init = uniform(-1.5, 1.5)>},
    %minimum_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"minimum_r", init = uniform(-1.5, 1.5)>},
    %maxnum_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"maxnum_l", init = uniform(-1.5, 1.5)>},
    %maxnum_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"maxnum_r", init = uniform(-1.5, 1.5)>},
    %minnum_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"minnum_l", init = uniform(-1.5, 1.5)>},
    %minnum_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"minnum_r", init = uniform(-1.5, 1.5)>},
    %neg: tensor<2x3xf32> {gradopt.param = #gradopt.param<"neg", init = uniform(-1.5, 1.5)>},
    %wide: tensor<2x3xf32> {gradopt.param = #gradopt.param<"wide", init = uniform(-1.5, 1.5)>},
    %select_l: tensor<2x3xf32> {gradopt.param = #gradopt.param<"select_l", init = uniform(-1.5, 1.5)>},
    %select_r: tensor<2x3xf32> {gradopt.param = #gradopt.param<"select_r", init = uniform(-1.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y_add = arith.addf %add_l, %add_r : tensor<2x3xf32>
  %y_sub = arith.subf %sub_l, %sub_r : tensor<2x3xf32>
  %y_mul = arith.mulf %mul_l, %mul_r : tensor<2x3xf32>
  %y_div = arith.divf %div_l, %div_r : tensor<2x3xf32>
  %y_maximum = arith.maximumf %maximum_l, %maximum_r : tensor<2x3xf32>
  %y_minimum = arith.minimumf %minimum_l, %minimum_r : tensor<2x3xf32>
  %y_maxnum = arith.maxnumf %maxnum_l, %maxnum_r : tensor<2x3xf32>
  %y_minnum = arith.minnumf %minnum_l, %minnum_r : tensor<2x3xf32>
  %y_same = arith.mulf %mul_l, %mul_l : tensor<2x3xf32>
  %y_both = arith.divf %div_r, %div_r : tensor<2x3xf32>
  %y_neg = arith.negf %neg : tensor<2x3xf32>
  %w_wide = arith.extf %wide : tensor<2x3xf32> to tensor<2x3xf64>
  %w_square = arith.mulf %w_wide, %w_wide : tensor<2x3xf64>
  %y_wide = arith.truncf %w_square : tensor<2x3xf64> to tensor<2x3xf32>
  %c = arith.cmpf olt, %select_l, %select_r : tensor<2x3xf32>
  %sum = arith.addf %select_l, %select_r : tensor<2x3xf32>
  %y_select = arith.select %c, %select_l, %sum : tensor<2x3xi1>, tensor<2x3xf32>
  %l0 = gradopt.mean_squared_error %y_add, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l1 = gradopt.mean_squared_error %y_sub, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l2 = gradopt.mean_squared_error %y_mul, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l3 = gradopt.mean_squared_error %y_div, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l4 = gradopt.mean_squared_error %y_maximum, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l5 = gradopt.mean_squared_error %y_minimum, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l6 = gradopt.mean_squared_error %y_maxnum, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l7 = gradopt.mean_squared_error %y_minnum, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l8 = gradopt.mean_squared_error %y_same, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l9 = gradopt.mean_squared_error %y_both, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l10 = gradopt.mean_squared_error %y_neg, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l11 = gradopt.mean_squared_error %y_wide, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  %l12 = gradopt.mean_squared_error %y_select, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
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
  return %s12 : tensor<f32>
}

func.func @arith_generic(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %add_l: tensor<3xf32> {gradopt.param = #gradopt.param<"add_l", init = uniform(-1.5, 1.5)>},
    %add_r: tensor<3xf32> {gradopt.param = #gradopt.param<"add_r", init = uniform(-1.5, 1.5)>},
    %sub_l: tensor<3xf32> {gradopt.param = #gradopt.param<"sub_l", init = uniform(-1.5, 1.5)>},
    %sub_r: tensor<3xf32> {gradopt.param = #gradopt.param<"sub_r", init = uniform(-1.5, 1.5)>},
    %mul_l: tensor<3xf32> {gradopt.param = #gradopt.param<"mul_l", init = uniform(-1.5, 1.5)>},
    %mul_r: tensor<3xf32> {gradopt.param = #gradopt.param<"mul_r", init = uniform(-1.5, 1.5)>},
    %div_l: tensor<3xf32> {gradopt.param = #gradopt.param<"div_l", init = uniform(0.5, 2.0)>},
    %div_r: tensor<3xf32> {gradopt.param = #gradopt.param<"div_r", init = uniform(0.5, 2.0)>},
    %maximum_l: tensor<3xf32> {gradopt.param = #gradopt.param<"maximum_l", init = uniform(-1.5, 1.5)>},
    %maximum_r: tensor<3xf32> {gradopt.param = #gradopt.param<"maximum_r", init = uniform(-1.5, 1.5)>},
    %minimum_l: tensor<3xf32> {gradopt.param = #gradopt.param<"minimum_l", init = uniform(-1.5, 1.5)>},
    %minimum_r: tensor<3xf32> {gradopt.param = #gradopt.param<"minimum_r", init = uniform(-1.5, 1.5)>},
    %maxnum_l: tensor<3xf32> {gradopt.param = #gradopt.param<"maxnum_l", init = uniform(-1.5, 1.5)>},
    %maxnum_r: tensor<3xf32> {gradopt.param = #gradopt.param<"maxnum_r", init = uniform(-1.5, 1.5)>},
    %minnum_l: tensor<3xf32> {gradopt.param = #gradopt.param<"minnum_l", init = uniform(-1.5, 1.5)>},
    %minnum_r: tensor<3xf32> {gradopt.param = #gradopt.param<"minnum_r", init = uniform(-1.5, 1.5)>},
    %neg: tensor<3xf32> {gradopt.param = #gradopt.param<"neg", init = uniform(-1.5, 1.5)>},
    %wide: tensor<3xf32> {gradopt.param = #gradopt.param<"wide", init = uniform(-1.5, 1.5)>},
    %select_l: tensor<3xf32> {gradopt.param = #gradopt.param<"select_l", init = uniform(-1.5, 1.5)>},
    %select_r: tensor<3xf32> {gradopt.param = #gradopt.param<"select_r", init = uniform(-1.5, 1.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.generic {
      indexing_maps = [#all, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #last, #all],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %add_l, %add_r, %sub_l, %sub_r, %mul_l, %mul_r, %div_l, %div_r, %maximum_l, %maximum_r, %minimum_l, %minimum_r, %maxnum_l, %maxnum_r, %minnum_l, %minnum_r, %neg, %wide, %select_l, %select_r : tensor<?x?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      outs(%x : tensor<?x?x3xf32>) {
  ^bb0(%xe: f32, %add_l_e: f32, %add_r_e: f32, %sub_l_e: f32, %sub_r_e: f32, %mul_l_e: f32, %mul_r_e: f32, %div_l_e: f32, %div_r_e: f32, %maximum_l_e: f32, %maximum_r_e: f32, %minimum_l_e: f32, %minimum_r_e: f32, %maxnum_l_e: f32, %maxnum_r_e: f32, %minnum_l_e: f32, %minnum_r_e: f32, %neg_e: f32, %wide_e: f32, %select_l_e: f32, %select_r_e: f32, %out: f32):
    %y_add = arith.addf %add_l_e, %add_r_e : f32
    %y_sub = arith.subf %sub_l_e, %sub_r_e : f32
    %y_mul = arith.mulf %mul_l_e, %mul_r_e : f32
    %y_div = arith.divf %div_l_e, %div_r_e : f32
    %y_maximum = arith.maximumf %maximum_l_e, %maximum_r_e : f32
    %y_minimum = arith.minimumf %minimum_l_e, %minimum_r_e : f32
    %y_maxnum = arith.maxnumf %maxnum_l_e, %maxnum_r_e : f32
    %y_minnum = arith.minnumf %minnum_l_e, %minnum_r_e : f32
    %y_same = arith.mulf %mul_l_e, %mul_l_e : f32
    %y_both = arith.divf %div_r_e, %div_r_e : f32
    %y_neg = arith.negf %neg_e : f32
    %w_wide = arith.extf %wide_e : f32 to f64
    %w_square = arith.mulf %w_wide, %w_wide : f64
    %y_wide = arith.truncf %w_square : f64 to f32
    %c = arith.cmpf olt, %select_l_e, %select_r_e : f32
    %sum = arith.addf %select_l_e, %select_r_e : f32
    %y_select = arith.select %c, %select_l_e, %sum : f32
    %s1 = arith.addf %y_add, %y_sub : f32
    %s2 = arith.addf %s1, %y_mul : f32
    %s3 = arith.addf %s2, %y_div : f32
    %s4 = arith.addf %s3, %y_maximum : f32
    %s5 = arith.addf %s4, %y_minimum : f32
    %s6 = arith.addf %s5, %y_maxnum : f32
    %s7 = arith.addf %s6, %y_minnum : f32
    %s8 = arith.addf %s7, %y_same : f32
    %s9 = arith.addf %s8, %y_both : f32
    %s10 = arith.addf %s9, %y_neg : f32
    %s11 = arith.addf %s10, %y_wide : f32
    %s12 = arith.addf %s11, %y_select : f32
    %r = arith.mulf %s12, %xe : f32
    linalg.yield %r : f32
  } -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// relu, and a clamp of which both ends bite.
func.func @constants(
    %x: tensor<?x?x3xf32> {gradopt.input = "x"},
    %w: tensor<3xf32> {gradopt.param = #gradopt.param<"w", init = uniform(0.5, 2.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -0.5 : f32
  %high = arith.constant 0.5 : f32
  %y = linalg.generic {
      indexing_maps = [#all, #last, #all],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %w : tensor<?x?x3xf32>, tensor<3xf32>)
      outs(%x : tensor<?x?x3xf32>) {
  ^bb0(%xe: f32, %we: f32, %out: f32):
    %z = arith.mulf %xe, %we : f32
    %relu = arith.maximumf %zero, %z : f32
    %above = arith.maxnumf %z, %low : f32
    %inside = arith.minnumf %high, %above : f32
    %r = arith.subf %relu, %inside : f32
    linalg.yield %r : f32
  } -> tensor<?x?x3xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?x3xf32>, tensor<?x?x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}

// The condition is one for the whole tensor.
func.func @select_scalar(
    %t: tensor<2x3xf32> {gradopt.input = "t"},
    %flag: tensor<1xi1> {gradopt.input = "flag"},
    %a: tensor<2x3xf32> {gradopt.param = #gradopt.param<"a", init = uniform(-1.0, 1.0)>},
    %b: tensor<2x3xf32> {gradopt.param = #gradopt.param<"b", init = uniform(-1.0, 1.0)>})
    -> (tensor<f32> {gradopt.loss}) {
  %zero = arith.constant 0 : index
  %c = tensor.extract %flag[%zero] : tensor<1xi1>
  %y = arith.select %c, %a, %b : tensor<2x3xf32>
  %z = arith.mulf %y, %y : tensor<2x3xf32>
  %loss = gradopt.mean_squared_error %z, %t : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
