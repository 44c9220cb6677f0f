// RUN: gradopt-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

func.func @input_without_time(%T: index, %x: tensor<f32>) {
  // expected-error @below {{expected a tensor whose first dimension is time, but it has no dimension}}
  gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<f32>) {
    gradopt.yield
  }
  return
}

// -----

func.func @direction_in_attributes(%T: index) {
  // expected-error @below {{'input_reverse' is written in the syntax of the scan, not in its attributes}}
  gradopt.scan (%s) to %T attributes {input_reverse = array<i1: true>} {
    gradopt.yield
  }
  return
}

// -----

func.func @names_of_another_kind(%T: index) {
  // expected-error @below {{attribute 'carry_names' failed to satisfy constraint: string array attribute}}
  gradopt.scan (%s) to %T attributes {carry_names = 3} {
    gradopt.yield
  }
  return
}

// -----

func.func @input_directions(%T: index, %x: tensor<?xf32>) {
  // expected-error @below {{gives 0 directions to 1 inputs; each input has one}}
  "gradopt.scan"(%T, %x) <{operandSegmentSizes = array<i32: 1, 0, 1>}> ({
  ^bb0(%s: index, %x_t: tensor<f32>):
    gradopt.yield
  }) : (index, tensor<?xf32>) -> ()
  return
}

// -----

func.func @history_directions(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{gives 2 directions to 1 histories; each history has one}}
  %r:2 = "gradopt.scan"(%T, %h0) <{operandSegmentSizes = array<i32: 1, 1, 0>, histories = array<i64: 0>, history_reverse = array<i1: true, false>}> ({
  ^bb0(%s: index, %h: tensor<f32>):
    gradopt.yield %h : tensor<f32>
  }) : (index, tensor<f32>) -> (tensor<f32>, tensor<?xf32>)
  return
}

// -----

func.func @number_of_results(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{has 1 results but 1 carries, 1 outputs and 0 histories; each of them is a result}}
  %r = "gradopt.scan"(%T, %h0) <{operandSegmentSizes = array<i32: 1, 1, 0>, output_reverse = array<i1: false>}> ({
  ^bb0(%s: index, %h: tensor<f32>):
    gradopt.yield %h, %h : tensor<f32>, tensor<f32>
  }) : (index, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @number_of_names(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{names 2 carries but has 1}}
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) attributes {carry_names = ["h", "c"]} {
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @same_names(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{needs carry names that are not empty and differ from each other; got "h" twice}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>, %c = %h0 : tensor<f32>) attributes {carry_names = ["h", "h"]} {
    gradopt.yield %h, %c : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @empty_name(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{needs carry names that are not empty and differ from each other; got ""}}
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) attributes {carry_names = [""]} {
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @carry_without_rank(%T: index, %h0: tensor<*xf32>) {
  // expected-error @below {{carry #0 is a tensor of unknown rank; a carry has a rank}}
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<*xf32>) {
    gradopt.yield %h : tensor<*xf32>
  }
  return
}

// -----

func.func @final_type(%T: index, %h0: tensor<2xf32>) {
  // expected-error @below {{carry #0 begins as 'tensor<2xf32>' but ends as 'tensor<?xf32>'; a carry has one type}}
  %r = "gradopt.scan"(%T, %h0) <{operandSegmentSizes = array<i32: 1, 1, 0>}> ({
  ^bb0(%s: index, %h: tensor<2xf32>):
    gradopt.yield %h : tensor<2xf32>
  }) : (index, tensor<2xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @input_of_rank_0(%T: index, %x: tensor<f32>) {
  // expected-error @below {{input #0 has no dimension; its first dimension must be time}}
  "gradopt.scan"(%T, %x) <{operandSegmentSizes = array<i32: 1, 0, 1>, input_reverse = array<i1: false>}> ({
  ^bb0(%s: index, %x_t: tensor<f32>):
    gradopt.yield
  }) : (index, tensor<f32>) -> ()
  return
}

// -----

func.func @output_is_scalar(%T: index, %x: f32) {
  // expected-error @below {{output #0 is 'f32'; it must be a ranked tensor whose first dimension is time}}
  %r = "gradopt.scan"(%T) <{operandSegmentSizes = array<i32: 1, 0, 0>, output_reverse = array<i1: false>}> ({
  ^bb0(%s: index):
    gradopt.yield %x : f32
  }) : (index) -> f32
  return
}

// -----

func.func @history_of_no_carry(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{history #0 is of carry 1, but there are 1 carries}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) histories(1 : tensor<?xf32>) {
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @history_of_negative_carry(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{history #0 is of carry -1, but there are 1 carries}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) histories(-1 : tensor<?xf32>) {
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @history_of_scalar(%T: index, %h0: f32) {
  // expected-error @below {{history #0 is of carry 0, which is not a tensor; only tensors have a history}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : f32) histories(0 : tensor<?xf32>) {
    gradopt.yield %h : f32
  }
  return
}

// -----

func.func @history_rows(%T: index, %h0: tensor<2xf32>) {
  // expected-error @below {{history #0 is 'tensor<?x3xf32>', but a history of carry 0 has rows of 'tensor<2xf32>'}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<2xf32>) histories(0 : tensor<?x3xf32>) {
    gradopt.yield %h : tensor<2xf32>
  }
  return
}

// -----

func.func @negative_count() {
  %T = arith.constant -1 : index
  // expected-error @below {{has -1 steps; the step count must not be negative}}
  gradopt.scan (%s) to %T {
    gradopt.yield
  }
  return
}

// -----

func.func @history_of_negative_length(%T: index, %h0: tensor<f32>) {
  // expected-error @below {{has -1 steps; the step count must not be negative}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) histories(0 : tensor<0xf32>) {
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @input_length(%x: tensor<4xf32>) {
  %T = arith.constant 5 : index
  // expected-error @below {{input #0 has length 4 in time, but with 5 steps it must be 5}}
  gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<4xf32>) {
    gradopt.yield
  }
  return
}

// -----

func.func @output_length(%T: index, %x: tensor<4xf32>) {
  // expected-error @below {{output #1 has length 5 in time, but with 4 steps it must be 4}}
  %r:2 = gradopt.scan (%s) to %T inputs(%x_t = %x : tensor<4xf32>) outputs(tensor<?xf32>, tensor<5xf32>) {
    gradopt.yield %x_t, %x_t : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @history_length(%T: index, %x: tensor<4xf32>, %h0: tensor<f32>) {
  // expected-error @below {{history #0 has length 4 in time, but with 4 steps it must be 5}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) inputs(%x_t = %x : tensor<4xf32>) histories(0 : tensor<4xf32>) {
    gradopt.yield %x_t : tensor<f32>
  }
  return
}

// -----

func.func @body_arguments(%T: index) {
  // expected-error @below {{body has 0 arguments, but it needs 1: the step index, each carry and a slice of each input}}
  "gradopt.scan"(%T) <{operandSegmentSizes = array<i32: 1, 0, 0>}> ({
    gradopt.yield
  }) : (index) -> ()
  return
}

// -----

func.func @body_argument_type(%T: index, %x: tensor<?x2xf32>) {
  // expected-error @below {{body argument #1 is 'tensor<3xf32>', but it must be 'tensor<2xf32>'}}
  "gradopt.scan"(%T, %x) <{operandSegmentSizes = array<i32: 1, 0, 1>, input_reverse = array<i1: false>}> ({
  ^bb0(%s: index, %x_t: tensor<3xf32>):
    gradopt.yield
  }) : (index, tensor<?x2xf32>) -> ()
  return
}

// -----

func.func @no_yield(%T: index) {
  // expected-error @below {{body must end with a gradopt.yield}}
  gradopt.scan (%s) to %T {
    "other.end"() : () -> ()
  }
  return
}

// -----

func.func @number_of_values(%T: index, %h0: tensor<f32>) {
  // expected-note @below {{the scan is here}}
  %r:2 = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<f32>) outputs(tensor<?xf32>) {
    // expected-error @below {{gives 1 values, but its scan has 1 carries and 1 outputs}}
    gradopt.yield %h : tensor<f32>
  }
  return
}

// -----

func.func @next_type(%T: index, %h0: tensor<?xf32>, %g: tensor<2xf32>) {
  %r = gradopt.scan (%s) to %T carries(%h = %h0 : tensor<?xf32>) {
    // expected-error @below {{carry #0 is 'tensor<?xf32>', but its next value is 'tensor<2xf32>'}}
    gradopt.yield %g : tensor<2xf32>
  }
  return
}

// -----

func.func @slice_type(%T: index, %g: tensor<2xf32>) {
  %r = gradopt.scan (%s) to %T outputs(tensor<?x3xf32>) {
    // expected-error @below {{output #0 has slices of 'tensor<3xf32>', but what is yielded is 'tensor<2xf32>'}}
    gradopt.yield %g : tensor<2xf32>
  }
  return
}

// -----

func.func @yield_elsewhere() {
  // expected-error @below {{expects parent op to be one of 'gradopt.scan, gradopt.guard'}}
  gradopt.yield
}
