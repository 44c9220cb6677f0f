// RUN: split-file %s %t

// What the tool says of a wrong gradient, and that it fails. The loss has a jump
// at the parameter's value, which no derivative knows.
// RUN: not gradopt-gradcheck %t/jump.mlir 2>&1 | FileCheck %s --check-prefix=JUMP --match-full-lines
// JUMP: @loss
// JUMP-NEXT: smooth  worst error {{[0-9.]+e-[01][0-9]}} at [0, {{[01]}}]  ok
// JUMP-NEXT: jump  worst error {{[0-9.]+}}e+05 at []: gradient 0, central difference {{[0-9.]+}}  FAILED
// JUMP-NOT: {{.}}

// All sizes are run, but only those that the function has.
// RUN: gradopt-gradcheck %t/sizes.mlir --time=3,0 --batch=2,1 | FileCheck %s --check-prefix=SIZES --match-full-lines
// SIZES: @both, T = 3, B = 2
// SIZES: @both, T = 3, B = 1
// SIZES: @both, T = 0, B = 2
// SIZES-NEXT: w  worst error 0.00e+00 at []  ok
// SIZES: @both, T = 0, B = 1
// SIZES: @steps, T = 3
// SIZES: @steps, T = 0
// SIZES: @none
// SIZES-NEXT: w  worst error {{.*}} at [0]  ok
// SIZES-NEXT: empty  no elements  ok
// SIZES-NOT: {{.}}
// RUN: gradopt-gradcheck %t/sizes.mlir --function=steps --seed=2 | FileCheck %s --check-prefix=ONE --match-full-lines
// ONE: @steps, T = 5
// ONE-NEXT: w  worst error {{.*}}  ok
// ONE-NOT: {{.}}

// Of a module with a recipe only the model is checked.
// RUN: gradopt-gradcheck %t/recipe.mlir | FileCheck %s --check-prefix=RECIPE --match-full-lines
// RECIPE: @model
// RECIPE-NOT: @other

// RUN: not gradopt-gradcheck %t/empty.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: no function has a result marked gradopt.loss
// RUN: not gradopt-gradcheck %t/sizes.mlir --function=absent 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: @absent is no function with a body in this module
// RUN: not gradopt-gradcheck %t/empty.mlir --function=f 2>&1 | FileCheck %s --check-prefix=LOSS
// LOSS: empty.mlir:1:1: error: 'func.func' op has no result marked gradopt.loss
// RUN: not gradopt-gradcheck %t/sizes.mlir --time=-1 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: gradopt-gradcheck: --time and --batch: a size cannot be negative
// RUN: not gradopt-gradcheck %t/sizes.mlir --float=as-is 2>&1 | FileCheck %s --check-prefix=FLOAT
// FLOAT: gradopt-gradcheck: --float and --float32-values go with --values
// RUN: not gradopt-gradcheck %t/sizes.mlir --function=none --values=x --float=as-is 2>&1 | FileCheck %s --check-prefix=JUDGE
// RUN: not gradopt-gradcheck %t/sizes.mlir --function=none --values=x --float32-values=x 2>&1 | FileCheck %s --check-prefix=JUDGE
// JUDGE: gradopt-gradcheck: --float=as-is and --float32-values go together
// RUN: not gradopt-gradcheck %t/sizes.mlir --values=x 2>&1 | FileCheck %s --check-prefix=SEVERAL
// SEVERAL: gradopt-gradcheck: --values belongs to one function: name it by --function
// RUN: not gradopt-gradcheck %t/absent.mlir 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: absent.mlir

// One function that has no derivative does not keep the others from being
// checked.
// RUN: not gradopt-gradcheck %t/two.mlir 2>&1 | FileCheck %s --check-prefix=TWO
// TWO: two.mlir:{{[0-9]+}}:{{[0-9]+}}: error: {{.*}}has no derivative
// TWO: @good
// TWO: w  worst error {{.*}}  ok

//--- jump.mlir
func.func @loss(
    %t: tensor<1x2xf32> {gradopt.input = "t"},
    %a: tensor<1x2xf32> {gradopt.param = #gradopt.param<"smooth">},
    %b: tensor<f32> {gradopt.param = #gradopt.param<"jump", init = constant(0.5)>})
    -> (tensor<f32> {gradopt.loss}) {
  %half = arith.constant dense<0.5> : tensor<f32>
  %low = arith.constant dense<0.0> : tensor<f32>
  %high = arith.constant dense<1.0> : tensor<f32>
  %c = arith.cmpf ogt, %b, %half : tensor<f32>
  %jump = arith.select %c, %high, %low : tensor<i1>, tensor<f32>
  %smooth = gradopt.mean_squared_error %a, %t : tensor<1x2xf32>, tensor<1x2xf32> -> tensor<f32>
  %loss = arith.addf %smooth, %jump : tensor<f32>
  return %loss : tensor<f32>
}

//--- sizes.mlir
func.func @both(
    %x: tensor<?x?xf32> {gradopt.input = "x"},
    %w: tensor<f32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.generic {
      indexing_maps = [affine_map<(t, b) -> ()>, affine_map<(t, b) -> (t, b)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<f32>) outs(%x : tensor<?x?xf32>) {
  ^bb0(%we: f32, %xe: f32):
    %p = arith.mulf %we, %xe : f32
    linalg.yield %p : f32
  } -> tensor<?x?xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @steps(
    %x: tensor<?x2xf32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<f32> {gradopt.loss}) {
  %y = linalg.generic {
      indexing_maps = [affine_map<(t, i) -> (i)>, affine_map<(t, i) -> (t, i)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<2xf32>) outs(%x : tensor<?x2xf32>) {
  ^bb0(%we: f32, %xe: f32):
    %p = arith.mulf %we, %xe : f32
    linalg.yield %p : f32
  } -> tensor<?x2xf32>
  %loss = gradopt.mean_squared_error %y, %x : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @none(
    %t: tensor<1xf32> {gradopt.input = "t"},
    %w: tensor<1xf32> {gradopt.param = #gradopt.param<"w">},
    %empty: tensor<0x2xf32> {gradopt.param = #gradopt.param<"empty">})
    -> (tensor<f32> {gradopt.loss}) {
  %l0 = gradopt.mean_squared_error %w, %t : tensor<1xf32>, tensor<1xf32> -> tensor<f32>
  %none = arith.constant dense<0.0> : tensor<0x2xf32>
  %l1 = gradopt.mean_squared_error %empty, %none : tensor<0x2xf32>, tensor<0x2xf32> -> tensor<f32>
  %loss = arith.addf %l0, %l1 : tensor<f32>
  return %loss : tensor<f32>
}

//--- recipe.mlir
gradopt.recipe @train { model = @model }
func.func @other(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  return %w : tensor<f32>
}
func.func @model(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = arith.mulf %w, %w : tensor<f32>
  return %loss : tensor<f32>
}

//--- empty.mlir
func.func @f(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.output = "y"}) {
  return %w : tensor<f32>
}

//--- two.mlir
func.func @bad(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = arith.bitcast %w : tensor<f32> to tensor<f32>
  return %loss : tensor<f32>
}
func.func @good(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = arith.mulf %w, %w : tensor<f32>
  return %loss : tensor<f32>
}
