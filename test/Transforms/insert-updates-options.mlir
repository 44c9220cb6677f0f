// RUN: not gradopt-opt %s --gradopt-insert-updates="optimizer=lion learning-rate=0.1" 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// RUN: not gradopt-opt %s --gradopt-insert-updates="optimizer=sgd" 2>&1 | FileCheck %s --check-prefix=RATE
// RUN: not gradopt-opt %s --gradopt-insert-updates="learning-rate=0.1" 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not gradopt-opt %s --gradopt-insert-updates="optimizer=sgd learning-rate=-0.1" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not gradopt-opt %s --gradopt-insert-updates="optimizer=sgd learning-rate=nan" 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: not gradopt-opt %s --gradopt-insert-updates="optimizer=adam learning-rate=inf" 2>&1 | FileCheck %s --check-prefix=INF
// RUN: gradopt-opt %s --gradopt-insert-updates | FileCheck %s --check-prefix=NOTHING
// RUN: gradopt-opt %s --gradopt-insert-updates="optimizer=momentum learning-rate=0.1" | FileCheck %s --check-prefix=MOMENTUM
// RUN: gradopt-opt %s --gradopt-insert-updates="optimizer=adamw learning-rate=0.1" | FileCheck %s --check-prefix=ADAMW
// RUN: gradopt-opt %s --gradopt-insert-updates="optimizer=rmsprop learning-rate=0.1" | FileCheck %s --check-prefix=RMSPROP

// MOMENTUM: gradopt.momentum {{.*}} {momentum = 9.000000e-01 : f64}
// ADAMW: gradopt.adamw {{.*}} weight_decay = 1.000000e-02 : f64}
// RMSPROP: gradopt.rmsprop {{.*}} {alpha = {{.*}} : f64, epsilon = 1.000000e-08 : f64}

// OPTIMIZER: error: unknown optimizer 'lion'; there are sgd, momentum, adam, adamw and rmsprop
// RATE: error: optimizer 'sgd' needs a learning rate: give 'learning-rate'
// ALONE: error: option 'learning-rate' of 'gradopt-insert-updates' belongs to an optimizer: give 'optimizer', or one in a recipe
// NEGATIVE: error: the learning rate is -1.000000e-01; it must be a finite number above zero
// NAN: error: the learning rate is {{.*}}nan; it must be
// INF: error: the learning rate is INF; it must be

// Without an optimizer nothing is asked for.
// NOTHING: func.func @step(%{{.*}}: tensor<2xf32> {gradopt.param = #gradopt.param<"w">}) -> (tensor<2xf32> {gradopt.grad = "w"}) {
// NOTHING-NEXT: return
func.func @step(%w: tensor<2xf32> {gradopt.param = #gradopt.param<"w">})
    -> (tensor<2xf32> {gradopt.grad = "w"}) {
  return %w : tensor<2xf32>
}
