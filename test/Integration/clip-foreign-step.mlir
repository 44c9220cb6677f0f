// Every kind of clip and norm, executed in a step of another compiler, whose
// gradients are only marked. The thresholds are such that factors are 1/8.
//
// DEFINE: %{options} =
// DEFINE: %{check} =
// DEFINE: %{run} = gradopt-opt %s --gradopt-insert-gradient-clipping="%{options}" --convert-gradopt-to-linalg \
// DEFINE:   --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} \
// DEFINE:   | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s %{check}

// REDEFINE: %{options} = kind=value threshold=0.5
// REDEFINE: %{check} = -DA=0.5 -DB=0.5 -DC=-0.5
// RUN: %{run}

// REDEFINE: %{options} = kind=norm p=l1 threshold=0.875
// REDEFINE: %{check} = -DA=0.375 -DB=0.875 -DC=-0.875
// RUN: %{run}
// REDEFINE: %{options} = kind=norm threshold=0.625
// REDEFINE: %{check} = -DA=0.375 -DB=0.625 -DC=-0.625
// RUN: %{run}
// REDEFINE: %{options} = kind=norm p=linf threshold=0.5
// REDEFINE: %{check} = -DA=0.375 -DB=0.5 -DC=-0.5
// RUN: %{run}

// REDEFINE: %{options} = kind=group_norm p=l1 threshold=2.375
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-2.375
// RUN: %{run}
// REDEFINE: %{options} = kind=group_norm p=l2 threshold=1.625
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-1.625
// RUN: %{run}
// REDEFINE: %{options} = kind=group_norm p=linf threshold=1.5
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-1.5
// RUN: %{run}

// REDEFINE: %{options} = kind=global_norm p=l1 threshold=12.875
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-10.5
// RUN: %{run}
// REDEFINE: %{options} = kind=global_norm threshold=10.625
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-10.5
// RUN: %{run}
// REDEFINE: %{options} = kind=global_norm p=linf threshold=10.5
// REDEFINE: %{check} = -DA=0.375 -DB=1.5 -DC=-10.5
// RUN: %{run}

func.func private @step(%da: tensor<2xf32>, %db: tensor<1xf32>, %dc: tensor<f32>)
    -> (tensor<2xf32>, tensor<1xf32>, tensor<f32>) {
  %a = gradopt.gradient %da of "a" group "layer" : tensor<2xf32>
  %b = gradopt.gradient %db of "layer.b" : tensor<1xf32>
  %c = gradopt.gradient %dc of "c" : tensor<f32>
  return %a, %b, %c : tensor<2xf32>, tensor<1xf32>, tensor<f32>
}

func.func @main() {
  %da = arith.constant dense<[3.0, -4.0]> : tensor<2xf32>
  %db = arith.constant dense<12.0> : tensor<1xf32>
  %dc = arith.constant dense<-84.0> : tensor<f32>
  %a, %b, %c = call @step(%da, %db, %dc) : (tensor<2xf32>, tensor<1xf32>, tensor<f32>)
      -> (tensor<2xf32>, tensor<1xf32>, tensor<f32>)
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %a0 = tensor.extract %a[%zero] : tensor<2xf32>
  %a1 = tensor.extract %a[%one] : tensor<2xf32>
  %b0 = tensor.extract %b[%zero] : tensor<1xf32>
  %c0 = tensor.extract %c[] : tensor<f32>
  // CHECK: {{^}}[[A]]{{$}}
  vector.print %a0 : f32
  // CHECK-NEXT: {{^}}-0.5{{$}}
  vector.print %a1 : f32
  // CHECK-NEXT: {{^}}[[B]]{{$}}
  vector.print %b0 : f32
  // CHECK-NEXT: {{^}}[[C]]{{$}}
  vector.print %c0 : f32
  return
}
