// RUN: gradopt-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  %0 = gradopt.guard(%w : tensor<3xf32>) {
    // expected-error @below {{'gradopt.yield' op in a guard must give whether the step is good and one new value for each old one: 2 values, got 1}}
    gradopt.yield %ok : i1
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  gradopt.guard() {
    // expected-error @below {{'gradopt.yield' op in a guard must give whether the step is good and one new value for each old one: 1 values, got 0}}
    gradopt.yield
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  %0 = gradopt.guard(%w : tensor<3xf32>) {
    // expected-error @below {{'gradopt.yield' op in a guard must first give whether the step is good (i1), got 'tensor<3xf32>'}}
    gradopt.yield %w, %w : tensor<3xf32>, tensor<3xf32>
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  %0:2 = gradopt.guard(%w, %v : tensor<3xf32>, tensor<4xf32>) {
    // expected-error @below {{'gradopt.yield' op gives new value #1 as 'tensor<3xf32>', but the old one is 'tensor<4xf32>'}}
    gradopt.yield %ok, %w, %w : i1, tensor<3xf32>, tensor<3xf32>
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  // expected-error @below {{'gradopt.guard' op must have one result of the same type for each old value}}
  %0 = "gradopt.guard"(%w) ({
    gradopt.yield %ok, %w : i1, tensor<3xf32>
  }) : (tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  // expected-error @below {{'gradopt.guard' op must have one result of the same type for each old value}}
  "gradopt.guard"(%w) ({
    gradopt.yield %ok, %w : i1, tensor<3xf32>
  }) : (tensor<3xf32>) -> ()
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  // expected-error @below {{'gradopt.guard' op body must not have arguments: it may use the values from outside}}
  %0 = gradopt.guard(%w : tensor<3xf32>) {
  ^bb0(%a: tensor<3xf32>):
    gradopt.yield %ok, %a : i1, tensor<3xf32>
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  // expected-error @below {{'gradopt.guard' op body must end with gradopt.yield}}
  %0 = gradopt.guard(%w : tensor<3xf32>) {
    cf.assert %ok, "never"
    "test.end"() : () -> ()
  }
  return
}

// -----

func.func @f(%w: tensor<3xf32>, %v: tensor<4xf32>, %ok: i1) {
  // expected-error @below {{'gradopt.yield' op expects parent op to be one of 'gradopt.scan, gradopt.guard'}}
  gradopt.yield %ok : i1
  return
}
