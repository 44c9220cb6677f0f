// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --split-input-file | FileCheck %s

// The rules of math ops, here on tensors; those on scalars are the same. The
// values are checked in test/Gradcheck.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.exp %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[DY]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[V2]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.exp %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.exp2 %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.693147182> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[V1]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.mulf %[[DY]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.exp2 %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.expm1 %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.addf %[[V1]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.mulf %[[DY]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.expm1 %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.log %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.divf %[[DY]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = gradopt.gradient %[[V2]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.log %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.log1p %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.addf %[[X]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.divf %[[DY]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.log1p %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.log2 %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.693147182> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[X]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.divf %[[DY]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.log2 %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.sqrt %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.addf %[[V1]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.divf %[[DY]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = gradopt.gradient %[[V3]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.sqrt %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.rsqrt %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<-5.000000e-01> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.divf %[[V1]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.mulf %[[V2]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[DY]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.gradient %[[V5]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V6]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.rsqrt %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.tanh %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[V1]], %[[V1]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.subf %[[V2]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.mulf %[[DY]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.gradient %[[V5]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V6]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.tanh %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.sin %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = math.cos %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[DY]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = gradopt.gradient %[[V3]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.sin %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.cos %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = math.sin %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[DY]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.negf %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.cos %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.atan %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.addf %[[V2]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.divf %[[DY]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.gradient %[[V5]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V6]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.atan %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.erf %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[X]], %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.negf %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = math.exp %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.constant dense<1.12837923> : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.mulf %[[V5]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.mulf %[[DY]], %[[V6]] : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = gradopt.gradient %[[V7]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V8]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.erf %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.absf %[[X]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.cmpf olt, %[[X]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.cmpf oeq, %[[X]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = arith.negf %[[DY]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.select %[[V3]], %[[V5]], %[[DY]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.select %[[V4]], %[[V2]], %[[V6]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = gradopt.gradient %[[V7]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V8]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.absf %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.ceil %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.fill ins(%[[V2]] : f32) outs(%[[V3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.ceil %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.floor %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.fill ins(%[[V2]] : f32) outs(%[[V3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.floor %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.round %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.fill ins(%[[V2]] : f32) outs(%[[V3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.round %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.roundeven %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.fill ins(%[[V2]] : f32) outs(%[[V3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.roundeven %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.trunc %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.fill ins(%[[V2]] : f32) outs(%[[V3]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V4]] of "x" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.trunc %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[P:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.powf %[[X]], %[[P]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = arith.subf %[[P]], %[[V3]] : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = math.powf %[[X]], %[[V4]] : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.cmpf oeq, %[[P]], %[[V2]] : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = arith.mulf %[[P]], %[[V5]] : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = arith.mulf %[[DY]], %[[V7]] : tensor<f32>
// CHECK-NEXT: %[[V9:[^ :]+]] = arith.select %[[V6]], %[[V2]], %[[V8]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V10:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V11:[^ :]+]] = math.log %[[X]] : tensor<f32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.mulf %[[V1]], %[[V11]] : tensor<f32>
// CHECK-NEXT: %[[V13:[^ :]+]] = arith.mulf %[[DY]], %[[V12]] : tensor<f32>
// CHECK-NEXT: %[[V14:[^ :]+]] = arith.cmpf oeq, %[[X]], %[[V10]] : tensor<f32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.cmpf oge, %[[P]], %[[V10]] : tensor<f32>
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.select %[[V15]], %[[V10]], %[[V13]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V17:[^ :]+]] = arith.select %[[V14]], %[[V16]], %[[V13]] : tensor<i1>, tensor<f32>
// CHECK-NEXT: %[[V18:[^ :]+]] = gradopt.gradient %[[V9]] of "x" : tensor<f32>
// CHECK-NEXT: %[[V19:[^ :]+]] = gradopt.gradient %[[V17]] of "p" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V18]], %[[V19]]
func.func @loss(%x: tensor<f32> {gradopt.param = #gradopt.param<"x">}, %p: tensor<f32> {gradopt.param = #gradopt.param<"p">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.powf %x, %p : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[A:[^:]+]]: tensor
// CHECK-SAME: %[[B:[^:]+]]: tensor
// CHECK-SAME: %[[C:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = math.fma %[[A]], %[[B]], %[[C]] : tensor<f32>
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:[^ :]+]] = arith.mulf %[[DY]], %[[B]] : tensor<f32>
// CHECK-NEXT: %[[V3:[^ :]+]] = arith.mulf %[[DY]], %[[A]] : tensor<f32>
// CHECK-NEXT: %[[V4:[^ :]+]] = gradopt.gradient %[[V2]] of "a" : tensor<f32>
// CHECK-NEXT: %[[V5:[^ :]+]] = gradopt.gradient %[[V3]] of "b" : tensor<f32>
// CHECK-NEXT: %[[V6:[^ :]+]] = gradopt.gradient %[[DY]] of "c" : tensor<f32>
// CHECK-NEXT: return %[[V1]], %[[V4]], %[[V5]], %[[V6]]
func.func @loss(%a: tensor<f32> {gradopt.param = #gradopt.param<"a">}, %b: tensor<f32> {gradopt.param = #gradopt.param<"b">}, %c: tensor<f32> {gradopt.param = #gradopt.param<"c">}) -> (tensor<f32> {gradopt.loss}) {
  %0 = math.fma %a, %b, %c : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Constants take the sizes of the tensor.
// CHECK: #[[$MAP:.+]] = affine_map<(d0) -> ()>
// CHECK: #[[$MAP1:.+]] = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor
// CHECK-SAME: %[[W:[^:]+]]: tensor
// CHECK-NEXT: %[[V1:[^ :]+]] = arith.constant 0 : index
// CHECK-NEXT: %[[V2:[^ :]+]] = tensor.dim %[[X]], %[[V1]] : tensor<?xf32>
// CHECK-NEXT: %[[V3:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?xf32>
// CHECK-NEXT: %[[V4:[^ :]+]] = linalg.broadcast ins(%[[W]] : tensor<f32>) outs(%[[V3]] : tensor<?xf32>) dimensions = [0]
// CHECK-NEXT: %[[V5:[^ :]+]] = math.tanh %[[V4]] : tensor<?xf32>
// CHECK-NEXT: %[[V6:[^ :]+]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V7:[^ :]+]] = linalg.reduce { arith.addf } ins(%[[V5]] : tensor<?xf32>) outs(%[[V6]] : tensor<f32>) dimensions = [0]
// CHECK-NEXT: %[[DY:[^ :]+]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V8:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?xf32>
// CHECK-NEXT: %[[V9:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP]], #[[$MAP1]]], iterator_types = ["parallel"]} ins(%[[DY]] : tensor<f32>) outs(%[[V8]] : tensor<?xf32>) {
// CHECK-NEXT: ^bb0(%[[V10:[^:]+]]: f32, %[[V11:[^:]+]]: f32):
// CHECK-NEXT: linalg.yield %[[V10]] : f32
// CHECK-NEXT: } -> tensor<?xf32>
// CHECK-NEXT: %[[V12:[^ :]+]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[V13:[^ :]+]] = tensor.empty(%[[V2]]) : tensor<?xf32>
// CHECK-NEXT: %[[V14:[^ :]+]] = linalg.fill ins(%[[V12]] : f32) outs(%[[V13]] : tensor<?xf32>) -> tensor<?xf32>
// CHECK-NEXT: %[[V15:[^ :]+]] = arith.mulf %[[V5]], %[[V5]] : tensor<?xf32>
// CHECK-NEXT: %[[V16:[^ :]+]] = arith.subf %[[V14]], %[[V15]] : tensor<?xf32>
// CHECK-NEXT: %[[V17:[^ :]+]] = arith.mulf %[[V9]], %[[V16]] : tensor<?xf32>
// CHECK-NEXT: %[[V18:[^ :]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: %[[V19:[^ :]+]] = tensor.empty() : tensor<f32>
// CHECK-NEXT: %[[V20:[^ :]+]] = linalg.fill ins(%[[V18]] : f32) outs(%[[V19]] : tensor<f32>) -> tensor<f32>
// CHECK-NEXT: %[[V21:[^ :]+]] = linalg.generic {indexing_maps = [#[[$MAP1]], #[[$MAP]]], iterator_types = ["reduction"]} ins(%[[V17]] : tensor<?xf32>) outs(%[[V20]] : tensor<f32>) {
// CHECK-NEXT: ^bb0(%[[V22:[^:]+]]: f32, %[[V23:[^:]+]]: f32):
// CHECK-NEXT: %[[V24:[^ :]+]] = arith.addf %[[V23]], %[[V22]] : f32
// CHECK-NEXT: linalg.yield %[[V24]] : f32
// CHECK-NEXT: } -> tensor<f32>
// CHECK-NEXT: %[[V25:[^ :]+]] = gradopt.gradient %[[V21]] of "w" : tensor<f32>
// CHECK-NEXT: return %[[V7]], %[[V25]]
func.func @loss(%x: tensor<?xf32> {gradopt.input = "x"}, %w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %ws = linalg.broadcast ins(%w : tensor<f32>) outs(%e : tensor<?xf32>) dimensions = [0]
  %t = math.tanh %ws : tensor<?xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %0 = linalg.reduce { arith.addf } ins(%t : tensor<?xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %0 : tensor<f32>
}
