// RUN: gradopt-opt %s --gradopt-differentiate=model=loss --gradopt-verify-origins --split-input-file | FileCheck %s

// What the reverse scan is made of and what it keeps. The values of the
// derivatives are checked in test/Gradcheck/scan.mlir.

// An rnn. The values of the carry before and after each step are two slices of
// one history; the input is read again; nothing else is kept.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?x2xf32>
// CHECK-SAME: %[[H0:[^:]+]]: tensor<?x3xf32>
// CHECK-SAME: %[[W:[^:]+]]: tensor<2x3xf32>
// CHECK-SAME: %[[U:[^:]+]]: tensor<3x3xf32>
// CHECK: %[[T:.+]] = tensor.dim %[[X]]
// CHECK: %[[F:.+]]:2 = gradopt.scan "rnn" ({{.+}}) to %[[T]] carries({{.+}} = %[[H0]] : tensor<?x3xf32>)
// CHECK-SAME: inputs({{[^ ]+}} = %[[X]] : tensor<?x?x2xf32>) histories(0 : tensor<?x?x3xf32>)
// CHECK: %[[DH:.+]] = linalg.generic
// CHECK: %[[AFTER:.+]] = tensor.extract_slice %[[F]]#1[1, 0, 0] [%[[T]], %{{.+}}, 3] [1, 1, 1]
// CHECK: %[[BEFORE:.+]] = tensor.extract_slice %[[F]]#1[0, 0, 0] [%[[T]], %{{.+}}, 3] [1, 1, 1]
// CHECK: %[[R:.+]]:3 = gradopt.scan "rnn" ({{.+}}) to %[[T]]
// CHECK-SAME: carries(%[[dh:[^ ]+]] = %[[DH]] : tensor<?x3xf32>, %[[dw:[^ ]+]] = %{{.+}} : tensor<2x3xf32>, %[[du:[^ ]+]] = %{{.+}} : tensor<3x3xf32>)
// CHECK-SAME: inputs(%[[after:[^ ]+]] = reverse %[[AFTER]] : tensor<?x?x3xf32>, %[[before:[^ ]+]] = reverse %[[BEFORE]] : tensor<?x?x3xf32>, %[[x:[^ ]+]] = reverse %[[X]] : tensor<?x?x2xf32>) {
// CHECK: %[[TOTAL:.+]] = gradopt.gradient %[[dh]] of "h" group "rnn"
// CHECK: arith.mulf %[[after]], %[[after]]
// CHECK: %[[DZ:.+]] = arith.mulf %[[TOTAL]], %{{.+}} : tensor<?x3xf32>
// CHECK: %[[NEXT:.+]] = linalg.generic {{.+}} ins(%[[U]], %[[DZ]] :
// CHECK: %[[STEPU:.+]] = linalg.generic {{.+}} ins(%[[before]], %[[DZ]] :
// CHECK: %[[STEPW:.+]] = linalg.generic {{.+}} ins(%[[x]], %[[DZ]] :
// CHECK: %[[SUMW:.+]] = arith.addf %[[dw]], %[[STEPW]]
// CHECK: %[[SUMU:.+]] = arith.addf %[[du]], %[[STEPU]]
// CHECK: gradopt.yield %[[NEXT]], %[[SUMW]], %[[SUMU]]
// CHECK: gradopt.gradient %[[R]]#1 of "rnn.w" group "rnn"
// CHECK: gradopt.gradient %[[R]]#2 of "rnn.u" group "rnn"
func.func @loss(%x: tensor<?x?x2xf32> {gradopt.input = "x"}, %h0: tensor<?x3xf32> {gradopt.state = "h"},
    %w: tensor<2x3xf32> {gradopt.param = #gradopt.param<"rnn.w">}, %u: tensor<3x3xf32> {gradopt.param = #gradopt.param<"rnn.u">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x2xf32>
  %h_n = gradopt.scan "rnn" (%s) to %T carries(%h = %h0 : tensor<?x3xf32>) inputs(%x_t = %x : tensor<?x?x2xf32>) attributes {carry_names = ["h"]} {
    %B = tensor.dim %x_t, %c0 : tensor<?x2xf32>
    %e = tensor.empty(%B) : tensor<?x3xf32>
    %f = arith.constant 0.0 : f32
    %z = linalg.fill ins(%f : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
    %a = linalg.matmul ins(%x_t, %w : tensor<?x2xf32>, tensor<2x3xf32>) outs(%z : tensor<?x3xf32>) -> tensor<?x3xf32>
    %b = linalg.matmul ins(%h, %u : tensor<?x3xf32>, tensor<3x3xf32>) outs(%a : tensor<?x3xf32>) -> tensor<?x3xf32>
    %h1 = math.tanh %b : tensor<?x3xf32>
    gradopt.yield %h1 : tensor<?x3xf32>
  }
  %l = gradopt.mean_squared_error %h_n, %h0 : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// A scan that goes back in time: what is added to it does too, and the reverse
// scan goes forward. A carry that the loss does not need is left out of the
// reverse scan, and an integer is not active. Of a splat the scalar is kept, as
// a tensor of rank 0.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4x2xf32>
// CHECK-SAME: %[[W:[^:]+]]: tensor<2xf32>
// CHECK: %[[F:.+]]:6 = gradopt.scan "r"
// CHECK-SAME: inputs({{.+}} = reverse %[[X]] : tensor<4x2xf32>) outputs(reverse tensor<4x2xf32>, reverse tensor<4xf32>) histories(reverse 0 : tensor<5x2xf32>)
// CHECK: %[[K:.+]] = arith.mulf %{{.+}}, %{{.+}} : f32
// CHECK: %[[KEPT:.+]] = tensor.from_elements %[[K]] : tensor<f32>
// CHECK: gradopt.yield {{.+}}, %[[KEPT]] :
// CHECK: %[[DY:.+]] = linalg.generic
// CHECK: %[[BEFORE:.+]] = tensor.extract_slice %[[F]]#5[1, 0] [4, 2] [1, 1]
// CHECK: gradopt.scan "r" ({{.+}}) to %{{.+}} carries(%[[dh:[^ ]+]] = {{[^,]+}} : tensor<2xf32>, %[[dw:[^ ]+]] = {{[^,]+}} : tensor<2xf32>)
// CHECK-SAME: inputs(%[[dy:[^ ]+]] = %[[DY]] : tensor<4x2xf32>, %[[x:[^ ]+]] = %[[X]] : tensor<4x2xf32>, %[[k:[^ ]+]] = %[[F]]#4 : tensor<4xf32>, %[[before:[^ ]+]] = %[[BEFORE]] : tensor<4x2xf32>) {
// CHECK: %[[KS:.+]] = tensor.extract %[[k]][] : tensor<f32>
// CHECK: %[[SPLAT:.+]] = tensor.splat %[[KS]]
// CHECK: %[[DB:.+]] = arith.mulf %[[dy]], %[[x]]
// CHECK: %[[SUM:.+]] = arith.addf %[[dh]], %[[DB]]
// CHECK: %[[TOTAL:.+]] = gradopt.gradient %[[SUM]] of "h" group "r"
// CHECK: %[[DA:.+]] = arith.mulf %[[TOTAL]], %[[SPLAT]]
// CHECK: %[[NEXT:.+]] = arith.mulf %[[DA]], %[[W]]
// CHECK: %[[STEP:.+]] = arith.mulf %[[DA]], %[[before]]
// CHECK: %[[SUMW:.+]] = arith.addf %[[dw]], %[[STEP]]
// CHECK: gradopt.yield %[[NEXT]], %[[SUMW]] :
func.func @loss(%x: tensor<4x2xf32> {gradopt.input = "x", gradopt.dims = ""}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c4 = arith.constant 4 : index
  %0 = tensor.extract_slice %x[0, 0] [1, 2] [1, 1] : tensor<4x2xf32> to tensor<2xf32>
  %n0 = arith.constant 0 : i32
  %f0 = arith.constant 0.0 : f32
  %h_n, %n, %f, %y = gradopt.scan "r" (%s) to %c4 carries(%h = %0 : tensor<2xf32>, %n = %n0 : i32, %f = %f0 : f32) inputs(%x_t = reverse %x : tensor<4x2xf32>) outputs(reverse tensor<4x2xf32>) attributes {carry_names = ["h", "n", "f"]} {
    %n1 = arith.addi %n, %n : i32
    %nf = arith.sitofp %n : i32 to f32
    %si = arith.index_cast %s : index to i32
    %sf = arith.sitofp %si : i32 to f32
    %k = arith.mulf %nf, %sf : f32
    %ks = tensor.splat %k : tensor<2xf32>
    %a = arith.mulf %h, %w : tensor<2xf32>
    %b = arith.mulf %a, %ks : tensor<2xf32>
    %y_t = arith.mulf %b, %x_t : tensor<2xf32>
    %g = arith.mulf %f, %f : f32
    %f1 = arith.addf %g, %sf : f32
    gradopt.yield %b, %n1, %f1, %y_t : tensor<2xf32>, i32, f32, tensor<2xf32>
  }
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%y : tensor<4x2xf32>) outs(%z : tensor<f32>) dimensions = [0, 1]
  return %l : tensor<f32>
}

// -----

// Activity goes around the loop: the carry starts as a constant. The step index
// is computed from the reverse one. What is an output already is not kept again.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[W:[^:]+]]: tensor<f32>
// CHECK: %[[C4:.+]] = arith.constant 4 : index
// CHECK: %[[F:.+]]:2 = gradopt.scan ({{.+}}) to %[[C4]] carries({{[^,]+}}) outputs(tensor<4xf32>) {
// CHECK: gradopt.scan (%[[s:.+]]) to %[[C4]] carries(%[[dh:[^ ]+]] = {{[^,]+}} : tensor<f32>, %[[dw:[^ ]+]] = {{[^,]+}} : tensor<f32>) inputs(%[[y:[^ ]+]] = reverse %[[F]]#1 : tensor<4xf32>) {
// CHECK: %[[C1:.+]] = arith.constant 1 : index
// CHECK: %[[LAST:.+]] = arith.subi %[[C4]], %[[C1]] : index
// CHECK: %[[S:.+]] = arith.subi %[[LAST]], %[[s]] : index
// CHECK: %[[I:.+]] = arith.index_cast %[[S]] : index to i32
// CHECK: arith.sitofp %[[I]] : i32 to f32
// CHECK: gradopt.gradient %[[dh]] of "carry0" :
// CHECK: arith.mulf %[[y]], %[[y]]
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c4 = arith.constant 4 : index
  %h0 = arith.constant dense<0.0> : tensor<f32>
  %h_n, %y = gradopt.scan (%s) to %c4 carries(%h = %h0 : tensor<f32>) outputs(tensor<4xf32>) {
    %i = arith.index_cast %s : index to i32
    %f = arith.sitofp %i : i32 to f32
    %fs = tensor.from_elements %f : tensor<f32>
    %z = arith.mulf %w, %fs : tensor<f32>
    %a = arith.addf %h, %z : tensor<f32>
    %h1 = math.tanh %a : tensor<f32>
    gradopt.yield %h1, %h1 : tensor<f32>, tensor<f32>
  }
  return %h_n : tensor<f32>
}

// -----

// One value that is the next value of two carries is the derivative of both; a
// carry whose next value is another carry is marked where its own part enters.

// CHECK-LABEL: func.func @loss_step(
// CHECK: gradopt.scan "s" {{.+}} carries(%[[da:[^ ]+]] = {{[^,]+}} : tensor<2xf32>, %[[db:[^ ]+]] = {{[^,]+}} : tensor<2xf32>, %[[dc:[^ ]+]] = {{[^,]+}} : tensor<2xf32>, %[[dw:[^ ]+]] = {{[^,]+}} : tensor<2xf32>)
// CHECK: %[[SUM:.+]] = arith.addf %[[da]], %[[db]]
// CHECK: %[[C:.+]] = gradopt.gradient %[[dc]] of "c" group "s"
// CHECK: %[[A:.+]] = gradopt.gradient %[[SUM]] of "a" group "s"
// CHECK: %[[B:.+]] = gradopt.gradient %[[A]] of "b" group "s"
// CHECK: %[[NEXT:.+]] = arith.addf %[[C]], %{{.+}} :
// CHECK: gradopt.yield %[[NEXT]], %{{.+}}, %{{.+}}, %{{.+}} :
func.func @loss(%x: tensor<2xf32> {gradopt.input = "x", gradopt.dims = ""}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c3 = arith.constant 3 : index
  %r:3 = gradopt.scan "s" (%s) to %c3 carries(%a = %x : tensor<2xf32>, %b = %x : tensor<2xf32>, %c = %x : tensor<2xf32>) attributes {carry_names = ["a", "b", "c"]} {
    %p = arith.mulf %a, %w : tensor<2xf32>
    gradopt.yield %p, %p, %a : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  %0 = arith.addf %r#0, %r#1 : tensor<2xf32>
  %1 = arith.addf %0, %r#2 : tensor<2xf32>
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%1 : tensor<2xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}

// -----

// The cotangent of a history: rows after the steps are inputs of the reverse
// scan, the row that is left over belongs to the initial carry. No steps, so that
// the slices of the tape are empty.

// CHECK-LABEL: func.func @loss_step(
// CHECK: %[[F:.+]]:2 = gradopt.scan
// CHECK: %[[DHS:.+]] = linalg.generic {{.+}} outs(%{{.+}} : tensor<1x2xf32>)
// CHECK: %[[ROWS:.+]] = tensor.extract_slice %[[DHS]][0, 0] [0, 2] [1, 1] : tensor<1x2xf32> to tensor<0x2xf32>
// CHECK: %[[FIRST:.+]] = tensor.extract_slice %[[DHS]][0, 0] [1, 2] [1, 1] : tensor<1x2xf32> to tensor<2xf32>
// CHECK: %[[R:.+]]:2 = gradopt.scan {{.+}} inputs(%{{[^ ]+}} = reverse %[[ROWS]] : tensor<0x2xf32>
// CHECK: %[[DH0:.+]] = arith.addf %[[FIRST]], %[[R]]#0
// CHECK: gradopt.gradient %[[DH0]] of "h"
func.func @loss(%h0: tensor<2xf32> {gradopt.param = #gradopt.param<"h">}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %h_n, %hs = gradopt.scan (%s) to %c0 carries(%h = %h0 : tensor<2xf32>) histories(0 : tensor<1x2xf32>) {
    %p = arith.mulf %h, %w : tensor<2xf32>
    gradopt.yield %p : tensor<2xf32>
  }
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%hs : tensor<1x2xf32>) outs(%z : tensor<f32>) dimensions = [0, 1]
  return %l : tensor<f32>
}

// -----

// A scan in a scan. What the inner one adds is kept by the outer one in turn; the
// inner reverse scan reads slices of it.

// CHECK-LABEL: func.func @loss_step(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x4x2xf32>
// CHECK: %[[F:.+]]:2 = gradopt.scan "outer" {{.+}} outputs(tensor<?x5x2xf32>) attributes
// CHECK: %[[I:.+]]:2 = gradopt.scan "inner" {{.+}} histories(0 : tensor<5x2xf32>) attributes
// CHECK: gradopt.yield %[[I]]#0, %[[I]]#1 :
// CHECK: %[[R:.+]]:2 = gradopt.scan "outer" {{.+}} inputs(%[[hs:[^ ]+]] = reverse %[[F]]#1 : tensor<?x5x2xf32>, %[[x:[^ ]+]] = reverse %[[X]] : tensor<?x4x2xf32>) {
// CHECK: %[[BEFORE:.+]] = tensor.extract_slice %[[hs]][0, 0] [4, 2] [1, 1]
// CHECK: gradopt.scan "inner" {{.+}} inputs(%{{[^ ]+}} = reverse %[[x]] : tensor<4x2xf32>, %{{[^ ]+}} = reverse %[[BEFORE]] : tensor<4x2xf32>)
// CHECK: gradopt.gradient %{{.+}} of "i" group "inner"
// CHECK: gradopt.gradient %[[R]]#1 of "w"
func.func @loss(%x: tensor<?x4x2xf32> {gradopt.input = "x"}, %h0: tensor<2xf32> {gradopt.input = "h", gradopt.dims = ""}, %w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %T = tensor.dim %x, %c0 : tensor<?x4x2xf32>
  %h_n = gradopt.scan "outer" (%s) to %T carries(%h = %h0 : tensor<2xf32>) inputs(%x_t = %x : tensor<?x4x2xf32>) attributes {carry_names = ["h"]} {
    %i_n = gradopt.scan "inner" (%r) to %c4 carries(%i = %h : tensor<2xf32>) inputs(%x_i = %x_t : tensor<4x2xf32>) attributes {carry_names = ["i"]} {
      %a = arith.mulf %i, %w : tensor<2xf32>
      %b = arith.mulf %a, %x_i : tensor<2xf32>
      gradopt.yield %b : tensor<2xf32>
    }
    gradopt.yield %i_n : tensor<2xf32>
  }
  %z = arith.constant dense<0.0> : tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%h_n : tensor<2xf32>) outs(%z : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}

// -----

// What does not reach the loss has no reverse scan, whatever is in it.

// CHECK-LABEL: func.func @loss_step(
// CHECK: gradopt.scan
// CHECK-NOT: gradopt.scan
// CHECK: return
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.metric = "m"}, tensor<f32> {gradopt.loss}) {
  %c3 = arith.constant 3 : index
  %h_n, %y = gradopt.scan (%s) to %c3 carries(%h = %w : tensor<f32>) outputs(tensor<3xf32>) {
    %0 = arith.remf %h, %w : tensor<f32>
    gradopt.yield %0, %0 : tensor<f32>, tensor<f32>
  }
  return %h_n, %w : tensor<f32>, tensor<f32>
}

// -----

// Of a scan that reaches the loss, neither does an output without a use.

// CHECK-LABEL: func.func @loss_step(
// CHECK: gradopt.scan {{.+}} carries(%[[dh:[^ ]+]] = {{[^,]+}} : tensor<f32>, %[[dw:[^ ]+]] = {{[^,]+}} : tensor<f32>) {
// CHECK-NEXT: %[[G:.+]] = gradopt.gradient %[[dh]]
// CHECK-NEXT: %[[S:.+]] = arith.addf %[[dw]], %[[G]]
// CHECK-NEXT: gradopt.yield %[[G]], %[[S]]
func.func @loss(%w: tensor<f32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<f32> {gradopt.loss}) {
  %c3 = arith.constant 3 : index
  %z = arith.constant dense<0.0> : tensor<f32>
  %h_n, %y = gradopt.scan (%s) to %c3 carries(%h = %z : tensor<f32>) outputs(tensor<3xf32>) {
    %0 = arith.addf %h, %w : tensor<f32>
    %1 = arith.remf %h, %w : tensor<f32>
    gradopt.yield %0, %1 : tensor<f32>, tensor<f32>
  }
  return %h_n : tensor<f32>
}
