// RUN: gradopt-opt %s --gradopt-verify-origins -split-input-file -verify-diagnostics

// Ops that are written in a file have its positions.
func.func @step(%x: f32) -> f32 attributes {gradopt.differentiated} {
  %0 = arith.addf %x, %x : f32
  return %0 : f32
}

// -----

// Only steps are looked at.
func.func @foreign(%x: f32) -> f32 {
  %0 = arith.addf %x, %x : f32 loc(unknown)
  return %0 : f32 loc(unknown)
}

// -----

#origin = #gradopt.origin<layer = "lstm", source = "gradopt.lstm">
// expected-note @below {{in this function}}
func.func @step(%x: f32) -> f32 attributes {gradopt.differentiated} {
  // Constants are exempt.
  %c = arith.constant 1.0 : f32 loc(unknown)
  %0 = arith.addf %x, %c : f32 loc(fused<#origin>[unknown])
  %1 = arith.addf %0, %c : f32 loc("name"(fused<#origin>[unknown]))
  %2 = arith.addf %1, %c : f32 loc(callsite("callee" at fused<#origin>[unknown]))
  %3 = arith.addf %2, %c : f32 loc(callsite("file.mlir":1:2 at unknown))
  %4 = arith.addf %3, %c : f32 loc(fused["nothing", "file.mlir":1:2])
  %5 = arith.addf %4, %c : f32 loc(fused<"note">["nothing", fused<#origin>["nothing"]])
  // expected-error @unknown {{'arith.addf' op has no origin: the location of an op of a step must hold a #gradopt.origin or a position in a file}}
  %6 = arith.addf %5, %c : f32 loc("nothing")
  return %6 : f32
}

// -----

// An op in the body of another one, and the scalar body of a linalg op.
// expected-note @below {{in this function}}
func.func @step(%n: index, %x: tensor<3xf32>) -> tensor<3xf32> attributes {gradopt.differentiated} {
  %0 = gradopt.scan (%s) to %n carries(%c = %x : tensor<3xf32>) {
    // expected-error @unknown {{'tensor.empty' op has no origin}}
    %e = tensor.empty() : tensor<3xf32> loc(unknown)
    %1 = linalg.map ins(%c : tensor<3xf32>) outs(%e : tensor<3xf32>) (%a: f32, %b: f32) {
      %2 = arith.addf %a, %a : f32 loc(unknown)
      linalg.yield %2 : f32 loc(unknown)
    }
    gradopt.yield %1 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
