// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file | FileCheck %s

// The rules of arith ops, here on tensors; those on scalars are the same. The
// values are checked in test/Gradcheck.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.addf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = gradopt.gradient %[[DY]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[DY]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V2]], %[[V3]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.addf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.subf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.negf %[[DY]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[DY]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = gradopt.gradient %[[V2]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V3]], %[[V4]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.subf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.mulf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[DY]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[DY]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V3]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V4]], %[[V5]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.mulf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.divf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.divf %[[DY]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.divf %[[DY]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.mulf %[[V3]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.negf %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = gradopt.gradient %[[V5]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V6]], %[[V7]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.divf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.maximumf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.cmpf olt, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.cmpf oeq, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[DY]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.select %[[V3]], %[[V5]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.select %[[V2]], %[[V7]], %[[V6]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.cmpf olt, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.cmpf oeq, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.mulf %[[DY]], %[[V11]] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.select %[[V10]], %[[V12]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.select %[[V9]], %[[V14]], %[[V13]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = gradopt.gradient %[[V8]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = gradopt.gradient %[[V15]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V16]], %[[V17]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.maximumf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.minimumf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.cmpf ogt, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.cmpf oeq, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[DY]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.select %[[V3]], %[[V5]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.select %[[V2]], %[[V7]], %[[V6]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.cmpf ogt, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.cmpf oeq, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.mulf %[[DY]], %[[V11]] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.select %[[V10]], %[[V12]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.select %[[V9]], %[[V14]], %[[V13]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = gradopt.gradient %[[V8]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = gradopt.gradient %[[V15]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V16]], %[[V17]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.minimumf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.maxnumf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.cmpf olt, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.cmpf uno, %[[A]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.ori %[[V2]], %[[V3]] : tensor<i1>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.cmpf oeq, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.mulf %[[DY]], %[[V6]] : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.select %[[V5]], %[[V7]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.select %[[V4]], %[[V9]], %[[V8]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.cmpf olt, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.cmpf uno, %[[B]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.ori %[[V11]], %[[V12]] : tensor<i1>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.cmpf oeq, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.mulf %[[DY]], %[[V15]] : tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = arith.select %[[V14]], %[[V16]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V18:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V19:[^ :]+]] = arith.select %[[V13]], %[[V18]], %[[V17]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V20:[^ :]+]] = gradopt.gradient %[[V10]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V21:[^ :]+]] = gradopt.gradient %[[V19]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V20]], %[[V21]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.maxnumf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.minnumf %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.cmpf ogt, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.cmpf uno, %[[A]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.ori %[[V2]], %[[V3]] : tensor<i1>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.cmpf oeq, %[[A]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.mulf %[[DY]], %[[V6]] : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.select %[[V5]], %[[V7]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.select %[[V4]], %[[V9]], %[[V8]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = arith.cmpf ogt, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.cmpf uno, %[[B]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.ori %[[V11]], %[[V12]] : tensor<i1>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.cmpf oeq, %[[B]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.mulf %[[DY]], %[[V15]] : tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = arith.select %[[V14]], %[[V16]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V18:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V19:[^ :]+]] = arith.select %[[V13]], %[[V18]], %[[V17]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V20:[^ :]+]] = gradopt.gradient %[[V10]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V21:[^ :]+]] = gradopt.gradient %[[V19]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V20]], %[[V21]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.minnumf %a, %b : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.negf %[[A]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.negf %[[DY]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.negf %a : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.extf %[[A]] : tensor<f32> to tensor<f64>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f64>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.truncf %[[DY]] : tensor<f64> to tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f64> {gradopt.loss}) {
  %0 = arith.extf %a : tensor<f32> to tensor<f64>
  return %0 : tensor<f64>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.truncf %[[A]] : tensor<f64> to tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.extf %[[DY]] : tensor<f32> to tensor<f64>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f64>
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @loss(%a: tensor<f64> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.truncf %a : tensor<f64> to tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.cmpf uno, %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.select %[[V1]], %[[A]], %[[B]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.select %[[V1]], %[[DY]], %[[V3]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.select %[[V1]], %[[V5]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = gradopt.gradient %[[V4]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = gradopt.gradient %[[V6]] of "b" : tensor<f32>
// CHECK-NEXT: return %[[V2]], %[[V7]], %[[V8]]
func.func @loss(%x: tensor<f32> {gradopt.input = "x"}, %a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}) -> (tensor<f32> {gradopt.loss}) {
  %c = arith.cmpf uno, %x, %x : tensor<f32>
  %0 = arith.select %c, %a, %b : tensor<i1>, tensor<f32>
  return %0 : tensor<f32>
}

// -----

// The derivative of relu at 0 is 0: the inactive operand takes all of a tie. The
// select goes behind the rule for log, whose result is NaN or infinite there.
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = math.log %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.maximumf %[[V1]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.cmpf ole, %[[V2]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.divf %[[DY]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.select %[[V4]], %[[V6]], %[[V5]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = gradopt.gradient %[[V7]] of "a" : tensor<f32>
// CHECK-NEXT: return %[[V3]], %[[V8]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f32> {gradopt.loss}) {
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = math.log %a : tensor<f32>
  %0 = arith.maximumf %z, %l : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// A select goes behind one rule after the other: the branch that was not taken
// gets 0 even where its derivative is NaN.
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.cmpf uno, %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = math.sqrt %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = math.log %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.select %[[V1]], %[[V2]], %[[V4]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.divf %[[DY]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.addf %[[V3]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.divf %[[V6]], %[[V7]] : tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.select %[[V1]], %[[V9]], %[[V8]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = gradopt.gradient %[[V10]] of "a" : tensor<f32>
// CHECK-NEXT: return %[[V5]], %[[V11]]
func.func @loss(%x: tensor<f32> {gradopt.input = "x"}, %a: tensor<f32> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f32> {gradopt.loss}) {
  %c = arith.cmpf uno, %x, %x : tensor<f32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %s = math.sqrt %a : tensor<f32>
  %l = math.log %s : tensor<f32>
  %0 = arith.select %c, %z, %l : tensor<i1>, tensor<f32>
  return %0 : tensor<f32>
}

// -----

// The same operand twice.
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.mulf %[[A]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[DY]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[DY]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.addf %[[V2]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "a" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = arith.mulf %a, %a : tensor<f32>
  return %0 : tensor<f32>
}
