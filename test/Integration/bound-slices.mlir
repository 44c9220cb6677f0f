// Slices outside of a tensor are moved inside; a tensor that is too small gives
// zeros, and takes what fits.
// RUN: gradopt-opt %s --gradopt-bound-slices --one-shot-bufferize="bufferize-function-boundaries" \
// RUN:     --canonicalize %{lower-to-llvm} \
// RUN: | mlir-runner -e main --entry-point-result=void %{runner-libs} \
// RUN: | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @take(%x: tensor<?x2xf32>, %i: index) {
  %s = tensor.extract_slice %x[%i, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<2xf32>
  %u = tensor.cast %s : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

// Every second row, 2 of them.
func.func private @take_two(%x: tensor<?x2xf32>, %i: index) {
  %s = tensor.extract_slice %x[%i, 1] [2, 1] [2, 1] : tensor<?x2xf32> to tensor<2xf32>
  %u = tensor.cast %s : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func private @put(%x: tensor<?x2xf32>, %i: index) {
  %f = arith.constant 9.0 : f32
  %e = tensor.empty() : tensor<2x2xf32>
  %nine = linalg.fill ins(%f : f32) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %s = tensor.insert_slice %nine into %x[%i, 0] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<?x2xf32>
  %u = tensor.cast %s : tensor<?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  %first = arith.constant -5 : index
  %c1 = arith.constant 1 : index
  %last = arith.constant 1000000000000 : index
  %three = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %one = arith.constant dense<[[7.0, 8.0]]> : tensor<1x2xf32>
  %zero = tensor.empty() : tensor<0x2xf32>
  %x3 = tensor.cast %three : tensor<3x2xf32> to tensor<?x2xf32>
  %x1 = tensor.cast %one : tensor<1x2xf32> to tensor<?x2xf32>
  %x0 = tensor.cast %zero : tensor<0x2xf32> to tensor<?x2xf32>

  // CHECK: [1,  2]
  call @take(%x3, %first) : (tensor<?x2xf32>, index) -> ()
  // CHECK: [3,  4]
  call @take(%x3, %c1) : (tensor<?x2xf32>, index) -> ()
  // CHECK: [5,  6]
  call @take(%x3, %last) : (tensor<?x2xf32>, index) -> ()
  // CHECK: [0,  0]
  call @take(%x0, %first) : (tensor<?x2xf32>, index) -> ()
  // CHECK: [0,  0]
  call @take(%x0, %last) : (tensor<?x2xf32>, index) -> ()

  // CHECK: [2,  6]
  call @take_two(%x3, %last) : (tensor<?x2xf32>, index) -> ()
  // CHECK: [8,  0]
  call @take_two(%x1, %c1) : (tensor<?x2xf32>, index) -> ()

  // CHECK: {{\[}}[9,   9],
  // CHECK-NEXT: [9,   9],
  // CHECK-NEXT: [5,   6]]
  call @put(%x3, %first) : (tensor<?x2xf32>, index) -> ()
  // CHECK: {{\[}}[1,   2],
  // CHECK-NEXT: [9,   9],
  // CHECK-NEXT: [9,   9]]
  call @put(%x3, %last) : (tensor<?x2xf32>, index) -> ()
  // CHECK: {{\[}}[9,   9]]
  call @put(%x1, %last) : (tensor<?x2xf32>, index) -> ()
  // CHECK: sizes = [0, 2]
  call @put(%x0, %first) : (tensor<?x2xf32>, index) -> ()
  return
}
