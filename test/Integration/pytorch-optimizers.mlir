// Written by pytorch_optimizers.py with torch 2.13.0: 4 updates by each
// optimizer, with the parameter and the states after each of them. The number
// that is printed for a wrong element is the optimizer's times 100, plus the
// step's times 10, plus that of the value.
//
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f32/g; s/EPSILON/2.0e-6/g' > %t.f32.mlir
// RUN: gradopt-opt %t.f32.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s
// RUN: cat %S/Inputs/expect.mlir %s | sed -e 's/FLOAT/f64/g; s/EPSILON/1.0e-13/g' > %t.f64.mlir
// RUN: gradopt-opt %t.f64.mlir --convert-gradopt-to-linalg --one-shot-bufferize=bufferize-function-boundaries %{lower-to-llvm} | mlir-runner -e main -entry-point-result=void %{runner-libs} | FileCheck %s

func.func private @expect_all(%got: tensor<3xFLOAT>, %want: tensor<3xFLOAT>, %row: index, %f0: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %f = scf.for %i = %c0 to %c3 step %c1 iter_args(%failures = %f0) -> index {
    %g = tensor.extract %got[%i] : tensor<3xFLOAT>
    %w = tensor.extract %want[%i] : tensor<3xFLOAT>
    %next = func.call @expect(%g, %w, %row, %failures) : (FLOAT, FLOAT, index, index) -> index
    scf.yield %next : index
  }
  return %f : index
}

func.func private @momentum(%f0: index) -> index {
  %lr = arith.constant dense<0.125> : tensor<FLOAT>
  %p0 = arith.constant dense<[2.50000000000000000e+00, -1.00000000000000000e+00, 7.00000000000000000e+00]> : tensor<3xFLOAT>
  %s0_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %g1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %p1, %s0_1 = gradopt.momentum %p0, %g1, %s0_0 rate %lr {momentum = 0.9 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w0 = arith.constant dense<[2.25000000000000000e+00, -9.68750000000000000e-01, -1.18000000000000000e+02]> : tensor<3xFLOAT>
  %r0 = arith.constant 110 : index
  %f1 = call @expect_all(%p1, %w0, %r0, %f0) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %r1 = arith.constant 111 : index
  %f2 = call @expect_all(%s0_1, %w1, %r1, %f1) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g2 = arith.constant dense<[-1.50000000000000000e+00, 7.50000000000000000e-01, -4.00000000000000000e+01]> : tensor<3xFLOAT>
  %p2, %s0_2 = gradopt.momentum %p1, %g2, %s0_1 rate %lr {momentum = 0.9 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w2 = arith.constant dense<[2.21249999999999991e+00, -1.03437500000000004e+00, -2.25500000000000000e+02]> : tensor<3xFLOAT>
  %r2 = arith.constant 120 : index
  %f3 = call @expect_all(%p2, %w2, %r2, %f2) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w3 = arith.constant dense<[3.00000000000000044e-01, 5.25000000000000022e-01, 8.60000000000000000e+02]> : tensor<3xFLOAT>
  %r3 = arith.constant 121 : index
  %f4 = call @expect_all(%s0_2, %w3, %r3, %f3) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g3 = arith.constant dense<[5.00000000000000000e-01, 0.00000000000000000e+00, 8.00000000000000000e+00]> : tensor<3xFLOAT>
  %p3, %s0_3 = gradopt.momentum %p2, %g3, %s0_2 rate %lr {momentum = 0.9 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w4 = arith.constant dense<[2.11624999999999996e+00, -1.09343750000000006e+00, -3.23250000000000000e+02]> : tensor<3xFLOAT>
  %r4 = arith.constant 130 : index
  %f5 = call @expect_all(%p3, %w4, %r4, %f4) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w5 = arith.constant dense<[7.70000000000000018e-01, 4.72500000000000031e-01, 7.82000000000000000e+02]> : tensor<3xFLOAT>
  %r5 = arith.constant 131 : index
  %f6 = call @expect_all(%s0_3, %w5, %r5, %f5) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g4 = arith.constant dense<[4.00000000000000000e+00, 9.99999999999999955e-08, -2.00000000000000000e+00]> : tensor<3xFLOAT>
  %p4, %s0_4 = gradopt.momentum %p3, %g4, %s0_3 rate %lr {momentum = 0.9 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w6 = arith.constant dense<[1.52962500000000001e+00, -1.14659376250000000e+00, -4.10975000000000023e+02]> : tensor<3xFLOAT>
  %r6 = arith.constant 140 : index
  %f7 = call @expect_all(%p4, %w6, %r6, %f6) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w7 = arith.constant dense<[4.69299999999999962e+00, 4.25250100000000020e-01, 7.01800000000000068e+02]> : tensor<3xFLOAT>
  %r7 = arith.constant 141 : index
  %f8 = call @expect_all(%s0_4, %w7, %r7, %f7) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  return %f8 : index
}

func.func private @nesterov(%f0: index) -> index {
  %lr = arith.constant dense<0.125> : tensor<FLOAT>
  %p0 = arith.constant dense<[2.50000000000000000e+00, -1.00000000000000000e+00, 7.00000000000000000e+00]> : tensor<3xFLOAT>
  %s0_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %g1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %p1, %s0_1 = gradopt.momentum %p0, %g1, %s0_0 rate %lr {momentum = 0.75 : f64, nesterov} : tensor<3xFLOAT>, tensor<FLOAT>
  %w0 = arith.constant dense<[2.06250000000000000e+00, -9.45312500000000000e-01, -2.11750000000000000e+02]> : tensor<3xFLOAT>
  %r0 = arith.constant 210 : index
  %f1 = call @expect_all(%p1, %w0, %r0, %f0) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %r1 = arith.constant 211 : index
  %f2 = call @expect_all(%s0_1, %w1, %r1, %f1) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g2 = arith.constant dense<[-1.50000000000000000e+00, 7.50000000000000000e-01, -4.00000000000000000e+01]> : tensor<3xFLOAT>
  %p2, %s0_2 = gradopt.momentum %p1, %g2, %s0_1 rate %lr {momentum = 0.75 : f64, nesterov} : tensor<3xFLOAT>, tensor<FLOAT>
  %w2 = arith.constant dense<[2.25000000000000000e+00, -1.09179687500000000e+00, -2.73312500000000000e+02]> : tensor<3xFLOAT>
  %r2 = arith.constant 220 : index
  %f3 = call @expect_all(%p2, %w2, %r2, %f2) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w3 = arith.constant dense<[0.00000000000000000e+00, 5.62500000000000000e-01, 7.10000000000000000e+02]> : tensor<3xFLOAT>
  %r3 = arith.constant 221 : index
  %f4 = call @expect_all(%s0_2, %w3, %r3, %f3) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g3 = arith.constant dense<[5.00000000000000000e-01, 0.00000000000000000e+00, 8.00000000000000000e+00]> : tensor<3xFLOAT>
  %p3, %s0_3 = gradopt.momentum %p2, %g3, %s0_2 rate %lr {momentum = 0.75 : f64, nesterov} : tensor<3xFLOAT>, tensor<FLOAT>
  %w4 = arith.constant dense<[2.14062500000000000e+00, -1.13134765625000000e+00, -3.24984375000000000e+02]> : tensor<3xFLOAT>
  %r4 = arith.constant 230 : index
  %f5 = call @expect_all(%p3, %w4, %r4, %f4) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w5 = arith.constant dense<[5.00000000000000000e-01, 4.21875000000000000e-01, 5.40500000000000000e+02]> : tensor<3xFLOAT>
  %r5 = arith.constant 231 : index
  %f6 = call @expect_all(%s0_3, %w5, %r5, %f5) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g4 = arith.constant dense<[4.00000000000000000e+00, 9.99999999999999955e-08, -2.00000000000000000e+00]> : tensor<3xFLOAT>
  %p4, %s0_4 = gradopt.momentum %p3, %g4, %s0_3 rate %lr {momentum = 0.75 : f64, nesterov} : tensor<3xFLOAT>, tensor<FLOAT>
  %w6 = arith.constant dense<[1.23046875000000000e+00, -1.16101076406250003e+00, -3.62550781250000000e+02]> : tensor<3xFLOAT>
  %r6 = arith.constant 240 : index
  %f7 = call @expect_all(%p4, %w6, %r6, %f6) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w7 = arith.constant dense<[4.37500000000000000e+00, 3.16406350000000003e-01, 4.03375000000000000e+02]> : tensor<3xFLOAT>
  %r7 = arith.constant 241 : index
  %f8 = call @expect_all(%s0_4, %w7, %r7, %f7) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  return %f8 : index
}

func.func private @rmsprop(%f0: index) -> index {
  %lr = arith.constant dense<0.125> : tensor<FLOAT>
  %p0 = arith.constant dense<[2.50000000000000000e+00, -1.00000000000000000e+00, 7.00000000000000000e+00]> : tensor<3xFLOAT>
  %s0_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %g1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %p1, %s0_1 = gradopt.rmsprop %p0, %g1, %s0_0 rate %lr {alpha = 0.99 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w0 = arith.constant dense<[1.25000006249999740e+00, 2.49999500000199326e-01, 5.75000000012500045e+00]> : tensor<3xFLOAT>
  %r0 = arith.constant 310 : index
  %f1 = call @expect_all(%p1, %w0, %r0, %f0) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w1 = arith.constant dense<[4.00000000000000355e-02, 6.25000000000000555e-04, 1.00000000000000091e+04]> : tensor<3xFLOAT>
  %r1 = arith.constant 311 : index
  %f2 = call @expect_all(%s0_1, %w1, %r1, %f1) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g2 = arith.constant dense<[-1.50000000000000000e+00, 7.50000000000000000e-01, -4.00000000000000000e+01]> : tensor<3xFLOAT>
  %p2, %s0_2 = gradopt.rmsprop %p1, %g2, %s0_1 rate %lr {alpha = 0.99 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w2 = arith.constant dense<[2.00241161409281920e+00, -9.36447844540292840e-01, 5.80021133244954523e+00]> : tensor<3xFLOAT>
  %r2 = arith.constant 320 : index
  %f3 = call @expect_all(%p2, %w2, %r2, %f2) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w3 = arith.constant dense<[6.21000000000000579e-02, 6.24375000000000537e-03, 9.91600000000000909e+03]> : tensor<3xFLOAT>
  %r3 = arith.constant 321 : index
  %f4 = call @expect_all(%s0_2, %w3, %r3, %f3) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g3 = arith.constant dense<[5.00000000000000000e-01, 0.00000000000000000e+00, 8.00000000000000000e+00]> : tensor<3xFLOAT>
  %p3, %s0_3 = gradopt.rmsprop %p2, %g3, %s0_2 rate %lr {alpha = 0.99 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w4 = arith.constant dense<[1.75531813956023441e+00, -9.36447844540292840e-01, 5.79011880388267919e+00]> : tensor<3xFLOAT>
  %r4 = arith.constant 330 : index
  %f5 = call @expect_all(%p3, %w4, %r4, %f4) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w5 = arith.constant dense<[6.39790000000000636e-02, 6.18131250000000538e-03, 9.81748000000000866e+03]> : tensor<3xFLOAT>
  %r5 = arith.constant 331 : index
  %f6 = call @expect_all(%s0_3, %w5, %r5, %f5) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g4 = arith.constant dense<[4.00000000000000000e+00, 9.99999999999999955e-08, -2.00000000000000000e+00]> : tensor<3xFLOAT>
  %p4, %s0_4 = gradopt.rmsprop %p3, %g4, %s0_3 rate %lr {alpha = 0.99 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w6 = arith.constant dense<[6.97313657933467113e-01, -9.36448004331180806e-01, 5.79265464187985746e+00]> : tensor<3xFLOAT>
  %r6 = arith.constant 340 : index
  %f7 = call @expect_all(%p4, %w6, %r6, %f6) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w7 = arith.constant dense<[2.23339210000000205e-01, 6.11949937500010522e-03, 9.71934520000000884e+03]> : tensor<3xFLOAT>
  %r7 = arith.constant 341 : index
  %f8 = call @expect_all(%s0_4, %w7, %r7, %f7) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  return %f8 : index
}

func.func private @adam(%f0: index) -> index {
  %lr = arith.constant dense<0.125> : tensor<FLOAT>
  %p0 = arith.constant dense<[2.50000000000000000e+00, -1.00000000000000000e+00, 7.00000000000000000e+00]> : tensor<3xFLOAT>
  %s0_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %s1_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %g1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %n1 = arith.constant dense<1> : tensor<i64>
  %p1, %s0_1, %s1_1 = gradopt.adam %p0, %g1, %s0_0, %s1_0 step %n1 rate %lr {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w0 = arith.constant dense<[2.37500000062500005e+00, -8.75000004999999748e-01, 6.87500000000124967e+00]> : tensor<3xFLOAT>
  %r0 = arith.constant 410 : index
  %f1 = call @expect_all(%p1, %w0, %r0, %f0) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w1 = arith.constant dense<[1.99999999999999956e-01, -2.49999999999999944e-02, 9.99999999999999716e+01]> : tensor<3xFLOAT>
  %r1 = arith.constant 411 : index
  %f2 = call @expect_all(%s0_1, %w1, %r1, %f1) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w2 = arith.constant dense<[4.00000000000000355e-03, 6.25000000000000555e-05, 1.00000000000000091e+03]> : tensor<3xFLOAT>
  %r2 = arith.constant 412 : index
  %f3 = call @expect_all(%s1_1, %w2, %r2, %f2) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g2 = arith.constant dense<[-1.50000000000000000e+00, 7.50000000000000000e-01, -4.00000000000000000e+01]> : tensor<3xFLOAT>
  %n2 = arith.constant dense<2> : tensor<i64>
  %p2, %s0_2, %s1_2 = gradopt.adam %p1, %g2, %s0_1, %s1_1 step %n2 rate %lr {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w3 = arith.constant dense<[2.36383437476250258e+00, -9.36773733057314151e-01, 6.79502927908760057e+00]> : tensor<3xFLOAT>
  %r3 = arith.constant 420 : index
  %f4 = call @expect_all(%p2, %w3, %r3, %f3) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w4 = arith.constant dense<[2.99999999999999989e-02, 5.24999999999999911e-02, 8.59999999999999716e+01]> : tensor<3xFLOAT>
  %r4 = arith.constant 421 : index
  %f5 = call @expect_all(%s0_2, %w4, %r4, %f4) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w5 = arith.constant dense<[6.24600000000000589e-03, 6.24937500000000601e-04, 1.00060000000000093e+03]> : tensor<3xFLOAT>
  %r5 = arith.constant 422 : index
  %f6 = call @expect_all(%s1_2, %w5, %r5, %f5) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g3 = arith.constant dense<[5.00000000000000000e-01, 0.00000000000000000e+00, 8.00000000000000000e+00]> : tensor<3xFLOAT>
  %n3 = arith.constant dense<3> : tensor<i64>
  %p3, %s0_3, %s1_3 = gradopt.adam %p2, %g3, %s0_2, %s1_2 step %n3 rate %lr {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w6 = arith.constant dense<[2.33969862630996195e+00, -9.84525003692942047e-01, 6.73257473776351389e+00]> : tensor<3xFLOAT>
  %r6 = arith.constant 430 : index
  %f7 = call @expect_all(%p3, %w6, %r6, %f6) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w7 = arith.constant dense<[7.69999999999999851e-02, 4.72499999999999934e-02, 7.81999999999999744e+01]> : tensor<3xFLOAT>
  %r7 = arith.constant 431 : index
  %f8 = call @expect_all(%s0_3, %w7, %r7, %f7) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w8 = arith.constant dense<[6.48975400000000643e-03, 6.24312562500000594e-04, 9.99663400000000934e+02]> : tensor<3xFLOAT>
  %r8 = arith.constant 432 : index
  %f9 = call @expect_all(%s1_3, %w8, %r8, %f8) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g4 = arith.constant dense<[4.00000000000000000e+00, 9.99999999999999955e-08, -2.00000000000000000e+00]> : tensor<3xFLOAT>
  %n4 = arith.constant dense<4> : tensor<i64>
  %p4, %s0_4, %s1_4 = gradopt.adam %p3, %g4, %s0_3, %s1_3 step %n4 rate %lr {beta1 = 0.9 : f64, beta2 = 0.999 : f64, epsilon = 1.0e-8 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w9 = arith.constant dense<[2.26780291995866801e+00, -1.02363994808858427e+00, 6.68156125917033794e+00]> : tensor<3xFLOAT>
  %r9 = arith.constant 440 : index
  %f10 = call @expect_all(%p4, %w9, %r9, %f9) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w10 = arith.constant dense<[4.69299999999999884e-01, 4.25250099999999950e-02, 7.01799999999999784e+01]> : tensor<3xFLOAT>
  %r10 = arith.constant 441 : index
  %f11 = call @expect_all(%s0_4, %w10, %r10, %f10) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w11 = arith.constant dense<[2.24832642460000218e-02, 6.23688249937510530e-04, 9.98667736600000921e+02]> : tensor<3xFLOAT>
  %r11 = arith.constant 442 : index
  %f12 = call @expect_all(%s1_4, %w11, %r11, %f11) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  return %f12 : index
}

func.func private @adamw(%f0: index) -> index {
  %lr = arith.constant dense<0.125> : tensor<FLOAT>
  %p0 = arith.constant dense<[2.50000000000000000e+00, -1.00000000000000000e+00, 7.00000000000000000e+00]> : tensor<3xFLOAT>
  %s0_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %s1_0 = arith.constant dense<0.0> : tensor<3xFLOAT>
  %g1 = arith.constant dense<[2.00000000000000000e+00, -2.50000000000000000e-01, 1.00000000000000000e+03]> : tensor<3xFLOAT>
  %n1 = arith.constant dense<1> : tensor<i64>
  %p1, %s0_1, %s1_1 = gradopt.adamw %p0, %g1, %s0_0, %s1_0 step %n1 rate %lr {beta1 = 0.8 : f64, beta2 = 0.99 : f64, epsilon = 1.0e-8 : f64, weight_decay = 0.5 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w0 = arith.constant dense<[2.21875000062500005e+00, -8.12500004999999748e-01, 6.43750000000124967e+00]> : tensor<3xFLOAT>
  %r0 = arith.constant 510 : index
  %f1 = call @expect_all(%p1, %w0, %r0, %f0) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w1 = arith.constant dense<[3.99999999999999911e-01, -4.99999999999999889e-02, 1.99999999999999943e+02]> : tensor<3xFLOAT>
  %r1 = arith.constant 511 : index
  %f2 = call @expect_all(%s0_1, %w1, %r1, %f1) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w2 = arith.constant dense<[4.00000000000000355e-02, 6.25000000000000555e-04, 1.00000000000000091e+04]> : tensor<3xFLOAT>
  %r2 = arith.constant 512 : index
  %f3 = call @expect_all(%s1_1, %w2, %r2, %f2) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g2 = arith.constant dense<[-1.50000000000000000e+00, 7.50000000000000000e-01, -4.00000000000000000e+01]> : tensor<3xFLOAT>
  %n2 = arith.constant dense<2> : tensor<i64>
  %p2, %s0_2, %s1_2 = gradopt.adamw %p1, %g2, %s0_1, %s1_1 step %n2 rate %lr {beta1 = 0.8 : f64, beta2 = 0.99 : f64, epsilon = 1.0e-8 : f64, weight_decay = 0.5 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w3 = arith.constant dense<[2.07614698800363584e+00, -8.29906130201542913e-01, 5.96038934911970752e+00]> : tensor<3xFLOAT>
  %r3 = arith.constant 520 : index
  %f4 = call @expect_all(%p2, %w3, %r3, %f3) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w4 = arith.constant dense<[2.00000000000000143e-02, 1.09999999999999987e-01, 1.51999999999999972e+02]> : tensor<3xFLOAT>
  %r4 = arith.constant 521 : index
  %f5 = call @expect_all(%s0_2, %w4, %r4, %f4) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w5 = arith.constant dense<[6.21000000000000579e-02, 6.24375000000000537e-03, 9.91600000000000909e+03]> : tensor<3xFLOAT>
  %r5 = arith.constant 522 : index
  %f6 = call @expect_all(%s1_2, %w5, %r5, %f5) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g3 = arith.constant dense<[5.00000000000000000e-01, 0.00000000000000000e+00, 8.00000000000000000e+00]> : tensor<3xFLOAT>
  %n3 = arith.constant dense<3> : tensor<i64>
  %p3, %s0_3, %s1_3 = gradopt.adamw %p2, %g3, %s0_2, %s1_2 step %n3 rate %lr {beta1 = 0.8 : f64, beta2 = 0.99 : f64, epsilon = 1.0e-8 : f64, weight_decay = 0.5 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w6 = arith.constant dense<[1.92614293139517390e+00, -8.27447359487952006e-01, 5.53297587533301893e+00]> : tensor<3xFLOAT>
  %r6 = arith.constant 530 : index
  %f7 = call @expect_all(%p3, %w6, %r6, %f6) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w7 = arith.constant dense<[1.15999999999999992e-01, 8.79999999999999949e-02, 1.23199999999999989e+02]> : tensor<3xFLOAT>
  %r7 = arith.constant 531 : index
  %f8 = call @expect_all(%s0_3, %w7, %r7, %f7) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w8 = arith.constant dense<[6.39790000000000636e-02, 6.18131250000000538e-03, 9.81748000000000866e+03]> : tensor<3xFLOAT>
  %r8 = arith.constant 532 : index
  %f9 = call @expect_all(%s1_3, %w8, %r8, %f8) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %g4 = arith.constant dense<[4.00000000000000000e+00, 9.99999999999999955e-08, -2.00000000000000000e+00]> : tensor<3xFLOAT>
  %n4 = arith.constant dense<4> : tensor<i64>
  %p4, %s0_4, %s1_4 = gradopt.adamw %p3, %g4, %s0_3, %s1_3 step %n4 rate %lr {beta1 = 0.8 : f64, beta2 = 0.99 : f64, epsilon = 1.0e-8 : f64, weight_decay = 0.5 : f64} : tensor<3xFLOAT>, tensor<FLOAT>
  %w9 = arith.constant dense<[1.72636174895675065e+00, -8.13554256419207533e-01, 5.14531928205689315e+00]> : tensor<3xFLOAT>
  %r9 = arith.constant 540 : index
  %f10 = call @expect_all(%p4, %w9, %r9, %f9) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w10 = arith.constant dense<[8.92799999999999816e-01, 7.04000199999999937e-02, 9.81599999999999966e+01]> : tensor<3xFLOAT>
  %r10 = arith.constant 541 : index
  %f11 = call @expect_all(%s0_4, %w10, %r10, %f10) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  %w11 = arith.constant dense<[2.23339210000000205e-01, 6.11949937500010522e-03, 9.71934520000000884e+03]> : tensor<3xFLOAT>
  %r11 = arith.constant 542 : index
  %f12 = call @expect_all(%s1_4, %w11, %r11, %f11) : (tensor<3xFLOAT>, tensor<3xFLOAT>, index, index) -> index
  return %f12 : index
}

func.func @main() {
  %f0 = arith.constant 0 : index
  %f1 = call @momentum(%f0) : (index) -> index
  %f2 = call @nesterov(%f1) : (index) -> index
  %f3 = call @rmsprop(%f2) : (index) -> index
  %f4 = call @adam(%f3) : (index) -> index
  %f5 = call @adamw(%f4) : (index) -> index

  // CHECK: {{^}}0{{$}}
  vector.print %f5 : index
  return
}
