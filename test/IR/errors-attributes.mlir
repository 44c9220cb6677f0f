// RUN: gradopt-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// expected-error @below {{the name of a parameter must not be empty}}
"test.op"() {a = #gradopt.param<"">} : () -> ()

// -----

// expected-error @below {{unknown part 'start': write init}}
"test.op"() {a = #gradopt.param<"a", start = zeros>} : () -> ()

// -----

// expected-error @below {{part 'init' is given twice}}
"test.op"() {a = #gradopt.param<"a", init = zeros, init = zeros>} : () -> ()

// -----

// expected-error @below {{unknown initializer 'glorot': write zeros, constant, uniform, normal, xavier, orthogonal or identity}}
"test.op"() {a = #gradopt.param<"a", init = glorot>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write zeros}}
"test.op"() {a = #gradopt.param<"a", init = zeros(0.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write constant(c)}}
"test.op"() {a = #gradopt.param<"a", init = constant>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write uniform(low, high)}}
"test.op"() {a = #gradopt.param<"a", init = uniform(1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write normal(mean, deviation)}}
"test.op"() {a = #gradopt.param<"a", init = normal(1.0, 1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write xavier or xavier(gain)}}
"test.op"() {a = #gradopt.param<"a", init = xavier(1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write orthogonal or orthogonal(gain)}}
"test.op"() {a = #gradopt.param<"a", init = orthogonal(1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write identity or identity(scale)}}
"test.op"() {a = #gradopt.param<"a", init = identity(1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{uniform(low, high) needs low < high, got low = 1.000000e+00 and high = 1.000000e+00}}
"test.op"() {a = #gradopt.param<"a", init = uniform(1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{normal(mean, deviation) needs a deviation that is not negative, got -1.000000e-01}}
"test.op"() {a = #gradopt.param<"a", init = normal(0.0, -0.1)>} : () -> ()

// -----

// expected-error @below {{an initializer's number must be a finite number (f64), got 0x7FF0000000000000 : f64}}
"test.op"() {a = #gradopt.param<"a", init = constant(0x7FF0000000000000)>} : () -> ()

// -----

// expected-error @below {{unknown part 'time': write layer, gate, direction, source}}
"test.op"() {a = #gradopt.origin<time = "1">} : () -> ()

// -----

// expected-error @below {{part 'gate' is given twice}}
"test.op"() {a = #gradopt.origin<gate = "i", gate = "f">} : () -> ()

// -----

// expected-error @below {{unknown part 'momentum': write learning_rate}}
"test.op"() {a = #gradopt.sgd<learning_rate = 0.1, momentum = 0.9>} : () -> ()

// -----

// expected-error @below {{learning_rate must not be negative, got -1.000000e-01}}
"test.op"() {a = #gradopt.sgd<learning_rate = -0.1>} : () -> ()

// -----

// expected-error @below {{learning_rate must be a finite number (f64), got 0x7FF8000000000000 : f64}}
"test.op"() {a = #gradopt.sgd<learning_rate = 0x7FF8000000000000>} : () -> ()

// -----

// expected-error @below {{an optimizer needs learning_rate = …}}
"test.op"() {a = #gradopt.adam<beta1 = 0.5>} : () -> ()

// -----

// expected-error @below {{beta1 must be at least 0 and less than 1, got 1.000000e+00}}
"test.op"() {a = #gradopt.adam<learning_rate = 0.1, beta1 = 1.0>} : () -> ()

// -----

// expected-error @below {{beta2 must be at least 0 and less than 1, got -5.000000e-01}}
"test.op"() {a = #gradopt.adam<learning_rate = 0.1, beta2 = -0.5>} : () -> ()

// -----

// expected-error @below {{epsilon must be a finite number greater than 0, got 0.000000e+00}}
"test.op"() {a = #gradopt.adam<learning_rate = 0.1, epsilon = 0.0>} : () -> ()

// -----

// expected-error @below {{unknown kind of clip 'everything': write value, norm, group_norm or global_norm}}
"test.op"() {a = #gradopt.clip<everything, threshold = 1.0>} : () -> ()

// -----

// expected-error @below {{a clip needs threshold = …}}
"test.op"() {a = #gradopt.clip<norm>} : () -> ()

// -----

// expected-error @below {{unknown part 'max': write threshold, p}}
"test.op"() {a = #gradopt.clip<norm, max = 1.0>} : () -> ()

// -----

// expected-error @below {{unknown norm 'l3': write l1, l2 or linf}}
"test.op"() {a = #gradopt.clip<norm, threshold = 1.0, p = l3>} : () -> ()

// -----

// expected-error @below {{a clip by value looks at no norm: leave out p}}
"test.op"() {a = #gradopt.clip<value, threshold = 1.0, p = l2>} : () -> ()

// -----

// expected-error @below {{the threshold of a clip must be a number (f64) that is not negative, got -1.000000e+00 : f64}}
"test.op"() {a = #gradopt.clip<norm, threshold = -1.0>} : () -> ()

// -----

// expected-error @below {{the threshold of a clip must be a number (f64) that is not negative, got 0x7FF8000000000000 : f64}}
"test.op"() {a = #gradopt.clip<norm, threshold = 0x7FF8000000000000>} : () -> ()

// -----

// expected-error @below {{unknown quantity 'losses': write norms or through_time}}
"test.op"() {a = #gradopt.monitor<losses>} : () -> ()

// -----

// expected-error @below {{'norms' is given twice}}
"test.op"() {a = #gradopt.monitor<norms, norms>} : () -> ()

// -----

// expected-error @below {{a monitor needs norms, through_time or both}}
"test.op"() {a = #gradopt.monitor<>} : () -> ()

// -----

// expected-error @below {{a parameter cannot have the name 'global', which is that of all gradients together in the record}}
func.func private @reserved_name(tensor<2xf32> {gradopt.param = #gradopt.param<"global">})
