// What --values says of files that do not fit, or whose values are wrong. The
// file is that of one of the networks in Integration/Inputs/networks.py; the
// models here are like that as far as each case needs it.

// DEFINE: %{f64} = %{inputs}/recurrent/rnn_tanh-1-forward_f64.safetensors

// RUN: not gradopt-gradcheck %s --function=absent_value --values=%{f64} 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: rnn_tanh-1-forward_f64.safetensors: the file has no value of "k"
// RUN: not gradopt-gradcheck %s --function=shape --values=%{f64} 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: rnn_tanh-1-forward_f64.safetensors: "x" has shape [5, 3, 4] in the file, but the function takes [5, 2, 4]
// RUN: not gradopt-gradcheck %s --function=dynamic --batch=2 --values=%{f64} 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// DYNAMIC: "x" has shape [5, 3, 4] in the file, but the function takes [5, 2, 4]: --time and --batch give the dynamic sizes
// RUN: not gradopt-gradcheck %s --function=type --values=%{f64} 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: "x" is F32[5x3x4] in the file, but the function takes integers
// RUN: not gradopt-gradcheck %s --function=dynamic --values=%{f64} 2>&1 | FileCheck %s --check-prefix=LEFT
// LEFT: rnn_tanh-1-forward_f64.safetensors: "{{.*}}" is no argument or result of the function
// RUN: not gradopt-gradcheck %s --function=dynamic --values=%s 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: gradopt-gradcheck: {{.*}}values.mlir
// RUN: not gradopt-gradcheck %s --function=dynamic --values=%t.absent 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: gradopt-gradcheck: {{.*}}values{{.*}}.absent

// The network itself: a value that is off by a rounding of f32 is found, and so is a file of f32 results that belongs to
// another one.
// RUN: %{python} %S/../Integration/Inputs/networks.py rnn_tanh-1-forward > %t.mlir
// RUN: gradopt-gradcheck %t.mlir --values=%{f64}
// RUN: %{python} %S/Inputs/change_value.py %{f64} grad.weight_hh_l0 %t.wrong
// RUN: not gradopt-gradcheck %t.mlir --values=%t.wrong | FileCheck %s --check-prefix=WRONG
// WRONG: grad.weight_hh_l0  error 1.{{[0-9]+}}e-07, at most 1.00e-12  FAILED
// RUN: not gradopt-gradcheck %t.mlir --values=%{f64} --float=as-is \
// RUN:   --float32-values=%{inputs}/recurrent/lstm-1-forward_f32.safetensors 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: lstm-1-forward_f32.safetensors: "{{.*}}" is not there with the shape that it has in

// A carried state has two values: h, and next.h after the step. Indices are
// integers in the file.
// RUN: %{python} %S/Inputs/write_state.py %t.safetensors
// RUN: gradopt-gradcheck %s --function=state --batch=1 --values=%t.safetensors | FileCheck %s --check-prefix=STATE --match-full-lines
// STATE: @state, B = 1
// STATE-DAG: next.h  error 0.00e+00, at most 1.00e-12  ok
// STATE-DAG: loss  error 0.00e+00, at most 1.00e-12  ok
// STATE-DAG: grad.table  error 0.00e+00, at most 1.00e-12  ok

func.func @state(
    %tokens: tensor<?xi32> {gradopt.input = "tokens", gradopt.dims = "B"},
    %h: tensor<?x1xf32> {gradopt.state = "h"},
    %table: tensor<2x1xf32> {gradopt.param = #gradopt.param<"table">})
    -> (tensor<f32> {gradopt.loss}, tensor<?x1xf32> {gradopt.state = "h"}) {
  %w = gradopt.embedding %table, %tokens : tensor<2x1xf32>, tensor<?xi32> -> tensor<?x1xf32>
  %h1 = arith.mulf %h, %w : tensor<?x1xf32>
  %loss = gradopt.mean_squared_error %h1, %h : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<f32>
  return %loss, %h1 : tensor<f32>, tensor<?x1xf32>
}
func.func @absent_value(%w: tensor<f32> {gradopt.param = #gradopt.param<"k">}) -> (tensor<f32> {gradopt.loss}) {
  return %w : tensor<f32>
}
func.func @shape(
    %x: tensor<5x2x4xf32> {gradopt.input = "x"},
    %b: tensor<3xf32> {gradopt.param = #gradopt.param<"bias_ih_l0">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = gradopt.mean_squared_error %x, %x : tensor<5x2x4xf32>, tensor<5x2x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @dynamic(
    %x: tensor<?x?x4xf32> {gradopt.input = "x"},
    %b: tensor<3xf32> {gradopt.param = #gradopt.param<"bias_ih_l0">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = gradopt.mean_squared_error %x, %x : tensor<?x?x4xf32>, tensor<?x?x4xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @type(
    %x: tensor<5x3x4xi32> {gradopt.input = "x"},
    %w: tensor<2xf32> {gradopt.param = #gradopt.param<"x">}) -> (tensor<f32> {gradopt.loss}) {
  %loss = gradopt.mean_squared_error %w, %w : tensor<2xf32>, tensor<2xf32> -> tensor<f32>
  return %loss : tensor<f32>
}
