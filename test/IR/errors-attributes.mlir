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

// expected-error @below {{unknown initializer 'glorot': write zeros, constant, uniform, normal, xavier, orthogonal, identity, he, truncated_normal or forget_bias}}
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

// expected-error @below {{wrong number of arguments: write he or he(gain)}}
"test.op"() {a = #gradopt.param<"a", init = he(1.0, 1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write truncated_normal(mean, deviation)}}
"test.op"() {a = #gradopt.param<"a", init = truncated_normal>} : () -> ()

// -----

// expected-error @below {{truncated_normal(mean, deviation) needs a deviation that is not negative, got -1.000000e+00}}
"test.op"() {a = #gradopt.param<"a", init = truncated_normal(0.0, -1.0)>} : () -> ()

// -----

// expected-error @below {{wrong number of arguments: write forget_bias or forget_bias(value)}}
"test.op"() {a = #gradopt.param<"a", init = forget_bias(1.0, 1.0)>} : () -> ()

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

// expected-error @below {{struct is missing required parameter: learning_rate}}
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

// expected-error @below {{duplicate or unknown struct parameter name: beta3}}
"test.op"() {a = #gradopt.adam<learning_rate = 0.1, beta3 = 0.5>} : () -> ()

// -----

// expected-error @below {{part 'learning_rate' is given twice}}
"test.op"() {a = #gradopt.sgd<learning_rate = 0.1, learning_rate = 0.1>} : () -> ()

// -----

// expected-error @below {{learning_rate must not be negative, got -1.000000e+00}}
"test.op"() {a = #gradopt.momentum<learning_rate = -1.0>} : () -> ()

// -----

// expected-error @below {{momentum must be at least 0.000000e+00 and less than 1.000000e+00, got 1.000000e+00}}
"test.op"() {a = #gradopt.momentum<learning_rate = 0.1, momentum = 1.0>} : () -> ()

// -----

// expected-error @below {{weight_decay must not be negative, got -1.000000e-01}}
"test.op"() {a = #gradopt.adamw<learning_rate = 0.1, weight_decay = -0.1>} : () -> ()

// -----

// expected-error @below {{beta1 must be at least 0 and less than 1, got 1.000000e+00}}
"test.op"() {a = #gradopt.adamw<learning_rate = 0.1, beta1 = 1.0>} : () -> ()

// -----

// expected-error @below {{alpha must be at least 0.000000e+00 and less than 1.000000e+00, got -5.000000e-01}}
"test.op"() {a = #gradopt.rmsprop<learning_rate = 0.1, alpha = -0.5>} : () -> ()

// -----

// expected-error @below {{epsilon must be a finite number greater than 0, got 0.000000e+00}}
"test.op"() {a = #gradopt.rmsprop<learning_rate = 0.1, epsilon = 0.0>} : () -> ()

// -----

// expected-error @below {{to be one of: constant, cosine, step, plateau}}
// expected-error @below {{parameter 'kind'}}
"test.op"() {a = #gradopt.schedule<kind = linear>} : () -> ()

// -----

// expected-error @below {{warmup must not be negative, got -1}}
"test.op"() {a = #gradopt.schedule<kind = constant, warmup = -1>} : () -> ()

// -----

// expected-error @below {{steps belongs to kind = cosine, not to constant: leave it out}}
"test.op"() {a = #gradopt.schedule<kind = constant, steps = 10>} : () -> ()

// -----

// expected-error @below {{every belongs to kind = step, not to cosine: leave it out}}
"test.op"() {a = #gradopt.schedule<kind = cosine, steps = 10, every = 1>} : () -> ()

// -----

// expected-error @below {{patience belongs to kind = plateau, not to step: leave it out}}
"test.op"() {a = #gradopt.schedule<kind = step, every = 1, patience = 1>} : () -> ()

// -----

// expected-error @below {{kind = cosine needs steps = N with N at least 1, got 0}}
"test.op"() {a = #gradopt.schedule<kind = cosine>} : () -> ()

// -----

// expected-error @below {{kind = step needs every = N with N at least 1, got -3}}
"test.op"() {a = #gradopt.schedule<kind = step, every = -3>} : () -> ()

// -----

// expected-error @below {{kind = plateau needs patience = N with N at least 1, got 0}}
"test.op"() {a = #gradopt.schedule<kind = plateau>} : () -> ()

// -----

// expected-error @below {{steps, where cosine has come down to floor, must be more than warmup, got steps = 10 and warmup = 10}}
"test.op"() {a = #gradopt.schedule<kind = cosine, warmup = 10, steps = 10>} : () -> ()

// -----

// expected-error @below {{factor must be above 0 and below 1, got 1.000000e+00}}
"test.op"() {a = #gradopt.schedule<kind = step, every = 1, factor = 1.0>} : () -> ()

// -----

// expected-error @below {{factor must be above 0 and below 1, got -1.000000e-01}}
"test.op"() {a = #gradopt.schedule<kind = plateau, patience = 1, factor = -0.1>} : () -> ()

// -----

// expected-error @below {{factor must be a finite number (f64), got 0x7FF8000000000000 : f64}}
"test.op"() {a = #gradopt.schedule<kind = step, every = 1, factor = 0x7FF8000000000000>} : () -> ()

// -----

// expected-error @below {{floor is a part of the learning rate, from 0 to 1, got -1.000000e-01}}
"test.op"() {a = #gradopt.schedule<kind = cosine, steps = 1, floor = -0.1>} : () -> ()

// -----

// expected-error @below {{floor is a part of the learning rate, from 0 to 1, got 1.500000e+00}}
"test.op"() {a = #gradopt.schedule<kind = cosine, steps = 1, floor = 1.5>} : () -> ()

// -----

// expected-error @below {{factor belongs to kind = step and plateau, not to cosine: leave it out}}
"test.op"() {a = #gradopt.schedule<kind = cosine, steps = 1, factor = 0.5>} : () -> ()

// -----

// expected-error @below {{a constant learning rate does not fall: leave out floor}}
"test.op"() {a = #gradopt.schedule<kind = constant, floor = 0.5>} : () -> ()

// -----

// expected-error @below {{weight must not be negative, got -1.000000e+00}}
"test.op"() {a = #gradopt.l1<-1.0>} : () -> ()

// -----

// expected-error @below {{weight must be a finite number (f64), got 0x7FF0000000000000 : f64}}
"test.op"() {a = #gradopt.l2<0x7FF0000000000000>} : () -> ()

// -----

// expected-error @below {{match is a pattern of parameter names and must not be empty: leave it out for all parameters}}
"test.op"() {a = #gradopt.l2<1.0, match = "">} : () -> ()

// -----

// expected-error @below {{weight must not be negative, got -1.000000e+00}}
"test.op"() {a = #gradopt.decoupled_decay<-1.0>} : () -> ()

// -----

// expected-error @below {{a max_norm of 0 would leave nothing of the weights: give a norm above 0}}
"test.op"() {a = #gradopt.max_norm<0.0>} : () -> ()

// -----

// expected-error @below {{the name of a group must not be empty}}
"test.op"() {a = #gradopt.group<name = "", match = "*", frozen = true>} : () -> ()

// -----

// expected-error @below {{match of group "g" is a pattern of parameter names and must not be empty}}
"test.op"() {a = #gradopt.group<name = "g", match = "", frozen = true>} : () -> ()

// -----

// expected-error @below {{struct is missing required parameter: match}}
"test.op"() {a = #gradopt.group<name = "g", frozen = true>} : () -> ()

// -----

// expected-error @below {{group "g" says nothing: give it learning_rate, weight_decay, clip or frozen = true}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", frozen = false>} : () -> ()

// -----

// expected-error @below {{group "g" is frozen, so its parameters have no learning_rate, weight_decay or clip}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", frozen = true, learning_rate = 0.1>} : () -> ()

// -----

// expected-error @below {{learning_rate must not be negative, got -1.000000e-01}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", learning_rate = -0.1>} : () -> ()

// -----

// expected-error @below {{weight_decay must not be negative, got -1.000000e-01}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", weight_decay = -0.1>} : () -> ()

// -----

// expected-error @below {{the clip of group "g" must be by value, norm or group_norm, at gradient, got}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", clip = <global_norm, threshold = 1.0>>} : () -> ()

// -----

// expected-error @below {{the clip of group "g" must be by value, norm or group_norm, at gradient, got}}
"test.op"() {a = #gradopt.group<name = "g", match = "*", clip = <norm, threshold = 1.0, at = gate>>} : () -> ()

// -----

// expected-error @below {{unknown kind of clip 'everything': write value, norm, group_norm or global_norm}}
"test.op"() {a = #gradopt.clip<everything, threshold = 1.0>} : () -> ()

// -----

// expected-error @below {{a clip needs threshold = …}}
"test.op"() {a = #gradopt.clip<norm>} : () -> ()

// -----

// expected-error @below {{unknown part 'max': write threshold, p, at, every}}
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
