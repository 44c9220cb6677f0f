// RUN: gradopt-opt %s --allow-unregistered-dialect | gradopt-opt --allow-unregistered-dialect | FileCheck %s
// RUN: gradopt-opt %s --allow-unregistered-dialect --emit-bytecode | gradopt-opt --allow-unregistered-dialect | FileCheck %s

// CHECK: p00 = #gradopt.param<"a">
module attributes {test.p00 = #gradopt.param<"a">,
// CHECK-SAME: p01 = #gradopt.param<"a">
  test.p01 = #gradopt.param<"a", init = zeros>,
// CHECK-SAME: p02 = #gradopt.param<"layer \22x\22.0", init = constant(-1.500000e+00)>
  test.p02 = #gradopt.param<"layer \"x\".0", init = constant(-1.5)>,
// CHECK-SAME: p03 = #gradopt.param<"a", init = uniform(-1.000000e-01, 2.000000e-01)>
  test.p03 = #gradopt.param<"a", init = uniform(-0.1, 0.2)>,
// CHECK-SAME: p04 = #gradopt.param<"a", init = normal(0.000000e+00, 0.000000e+00)>
  test.p04 = #gradopt.param<"a", init = normal(0.0, 0.0)>,
// CHECK-SAME: p05 = #gradopt.param<"a", init = xavier>
  test.p05 = #gradopt.param<"a", init = xavier>,
// CHECK-SAME: p06 = #gradopt.param<"a", init = xavier(2.000000e+00)>
  test.p06 = #gradopt.param<"a", init = xavier(2.0)>,
// CHECK-SAME: p07 = #gradopt.param<"a", init = orthogonal>
  test.p07 = #gradopt.param<"a", init = orthogonal(1.0)>,
// CHECK-SAME: p08 = #gradopt.param<"a", init = identity(0.12345678901234559)>
  test.p08 = #gradopt.param<"a", init = identity(0.1234567890123456)>,
// CHECK-SAME: p09 = #gradopt.param<"a", init = he>
  test.p09 = #gradopt.param<"a", init = he(1.0)>,
// CHECK-SAME: p10 = #gradopt.param<"a", init = truncated_normal(0.000000e+00, 1.000000e-01)>
  test.p10 = #gradopt.param<"a", init = truncated_normal(0.0, 0.1)>,
// CHECK-SAME: p11 = #gradopt.param<"a", init = forget_bias(2.000000e+00)>
  test.p11 = #gradopt.param<"a", init = forget_bias(2.0)>,

// CHECK-SAME: q0 = #gradopt.sgd<learning_rate = 0.000000e+00>
  test.q0 = #gradopt.sgd<learning_rate = 0.0>,
// Defaults are not printed.
// CHECK-SAME: q1 = #gradopt.adam<learning_rate = 2.000000e-03>,
  test.q1 = #gradopt.adam<learning_rate = 2.0e-3>,
// CHECK-SAME: q2 = #gradopt.adam<learning_rate = 1.000000e+00, beta1 = 0.000000e+00, beta2 = 5.000000e-01, epsilon = 1.000000e+00>
  test.q2 = #gradopt.adam<epsilon = 1.0, beta2 = 0.5, beta1 = 0.0, learning_rate = 1.0>,
// CHECK-SAME: q3 = #gradopt.momentum<learning_rate = 1.000000e-02>,
  test.q3 = #gradopt.momentum<learning_rate = 0.01, momentum = 0.9, nesterov = false>,
// CHECK-SAME: q4 = #gradopt.momentum<learning_rate = 1.000000e-02, momentum = 5.000000e-01, nesterov = true>,
  test.q4 = #gradopt.momentum<learning_rate = 0.01, nesterov = true, momentum = 0.5>,
// CHECK-SAME: q5 = #gradopt.adamw<learning_rate = 2.000000e-03>,
  test.q5 = #gradopt.adamw<learning_rate = 2.0e-3, weight_decay = 0.01>,
// CHECK-SAME: q6 = #gradopt.adamw<learning_rate = 2.000000e-03, weight_decay = 0.000000e+00>,
  test.q6 = #gradopt.adamw<learning_rate = 2.0e-3, weight_decay = 0.0>,
// CHECK-SAME: q7 = #gradopt.rmsprop<learning_rate = 1.000000e-03, alpha = 5.000000e-01>,
  test.q7 = #gradopt.rmsprop<learning_rate = 1.0e-3, alpha = 0.5>,

// CHECK-SAME: r0 = #gradopt.clip<value, threshold = 0.000000e+00>
  test.r0 = #gradopt.clip<value, threshold = 0.0>,
// CHECK-SAME: r1 = #gradopt.clip<norm, threshold = 5.000000e-01, p = linf>
  test.r1 = #gradopt.clip<norm, p = linf, threshold = 0.5>,
// CHECK-SAME: r2 = #gradopt.clip<group_norm, threshold = 1.000000e+00>
  test.r2 = #gradopt.clip<group_norm, threshold = 1.0, p = l2>,
// +Inf: never clips.
// CHECK-SAME: r3 = #gradopt.clip<global_norm, threshold = 0x7FF0000000000000, p = l1>
  test.r3 = #gradopt.clip<global_norm, threshold = 0x7FF0000000000000, p = l1>,

// CHECK-SAME: s0 = #gradopt.monitor<norms>
  test.s0 = #gradopt.monitor<norms>,
// CHECK-SAME: s1 = #gradopt.monitor<through_time>
  test.s1 = #gradopt.monitor<through_time>,
// CHECK-SAME: s2 = #gradopt.monitor<norms, through_time>
  test.s2 = #gradopt.monitor<through_time, norms>,

// CHECK-SAME: t0 = #gradopt.origin<>
  test.t0 = #gradopt.origin<>,
// CHECK-SAME: t1 = #gradopt.origin<gate = "i">
  test.t1 = #gradopt.origin<gate = "i", layer = "">,
// CHECK-SAME: t2 = #gradopt.origin<layer = "l", gate = "i", direction = "forward", source = "s">
  test.t2 = #gradopt.origin<source = "s", direction = "forward", gate = "i", layer = "l">,

// CHECK-SAME: u0 = #gradopt<norm_kind linf>
  test.u0 = #gradopt<norm_kind linf>,
// CHECK-SAME: u1 = #gradopt<rnn_activation relu>
  test.u1 = #gradopt<rnn_activation relu>,
// CHECK-SAME: u2 = #gradopt.policy<stop>
  test.u2 = #gradopt.policy<stop>,

// CHECK-SAME: v0 = #gradopt.schedule<kind = constant, warmup = 10>
  test.v0 = #gradopt.schedule<kind = constant, warmup = 10>,
// CHECK-SAME: v1 = #gradopt.schedule<kind = cosine, steps = 100, floor = 1.000000e+00>
  test.v1 = #gradopt.schedule<kind = cosine, floor = 1.0, steps = 100>,
// CHECK-SAME: v2 = #gradopt.schedule<kind = step, warmup = 5, every = 1, factor = 5.000000e-01>
  test.v2 = #gradopt.schedule<kind = step, every = 1, factor = 0.5, warmup = 5>,
// CHECK-SAME: v3 = #gradopt.schedule<kind = plateau, patience = 1>
  test.v3 = #gradopt.schedule<kind = plateau, patience = 1, factor = 0.1, floor = 0.0>,

// CHECK-SAME: w0 = #gradopt.l1<0.000000e+00>
  test.w0 = #gradopt.l1<0.0>,
// CHECK-SAME: w1 = #gradopt.l2<1.000000e-04, match = "*.weight*">
  test.w1 = #gradopt.l2<1.0e-4, match = "*.weight*">,
// CHECK-SAME: w2 = #gradopt.decoupled_decay<1.000000e-02>
  test.w2 = #gradopt.decoupled_decay<0.01, match = "*">,
// CHECK-SAME: w3 = #gradopt.max_norm<3.000000e+00, match = "out">
  test.w3 = #gradopt.max_norm<3.0, match = "out">,

// CHECK-SAME: x0 = #gradopt.group<name = "g", match = "*.bias*", learning_rate = 0.000000e+00, weight_decay = 1.000000e+00>
  test.x0 = #gradopt.group<name = "g", match = "*.bias*", weight_decay = 1.0, learning_rate = 0.0>,
// CHECK-SAME: x1 = #gradopt.group<name = "g", match = "a", clip = <group_norm, threshold = 1.000000e+00>>
  test.x1 = #gradopt.group<name = "g", match = "a", clip = <group_norm, threshold = 1.0>>,
// CHECK-SAME: x2 = #gradopt.group<name = "g", match = "a", frozen = true>
  test.x2 = #gradopt.group<name = "g", match = "a", frozen = true>} {
}
