// RUN: gradopt-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{unknown policy 'none': write report, skip, back_off, roll_back or stop}}
gradopt.recipe @train { model = @loss, on_overflow = none }

// -----

// expected-error @below {{policy_options must be #gradopt.policy_options<…>, got 3 : i64}}
gradopt.recipe @train { model = @loss, policy_options = 3 }

// -----

func.func @loss() { return }
// expected-error @below {{policies contradict each other: on_nonfinite = report applies an update with NaN or Inf, and on_overflow = skip would hold back a lesser harm; give on_nonfinite another policy, or on_overflow = report}}
gradopt.recipe @train { model = @loss, on_nonfinite = report, on_overflow = skip }

// -----

func.func @loss() { return }
// expected-error @below {{policies contradict each other: on_nonfinite = report applies an update with NaN or Inf, and on_divergence = roll_back would hold back a lesser harm; give on_nonfinite another policy, or on_divergence = report}}
gradopt.recipe @train { model = @loss, on_nonfinite = report, on_overflow = report, on_divergence = roll_back }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by skips of the policy options: it belongs to skip and back_off, which this recipe does not have; leave it out}}
gradopt.recipe @train { model = @loss, on_nonfinite = stop, policy_options = #gradopt.policy_options<skips = 2> }

// -----

// Without another one, the policy is skip.
func.func @loss() { return }
// expected-error @below {{nothing goes by recover_after of the policy options: it belongs to back_off}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<skips = 2, recover_after = 5> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by roll_back_after of the policy options: it belongs to roll_back}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<roll_back_after = 1> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by snapshot_every of the policy options: it belongs to roll_back}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<snapshot_every = 1> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by roll_backs of the policy options: it belongs to roll_back}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<roll_backs = 1> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by overflow_fraction of the policy options: it belongs to on_overflow}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<overflow_fraction = 0.5> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by divergence_factor of the policy options: it belongs to on_divergence}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<divergence_factor = 3.0> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by median_window of the policy options: it belongs to on_divergence}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<median_window = 31> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by median_warmup of the policy options: it belongs to on_divergence}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<median_warmup = 31> }

// -----

func.func @loss() { return }
// expected-error @below {{nothing goes by carried_state of the policy options: it belongs to policies that let the run go on}}
gradopt.recipe @train { model = @loss, on_nonfinite = stop, policy_options = #gradopt.policy_options<carried_state = zero> }

// -----

// expected-error @below {{skips is a number from 0 to 2147483647, got -1}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<skips = -1> }

// -----

// expected-error @below {{roll_back_after is a number from 1 to 2147483647, got 0}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<roll_back_after = 0> }

// -----

// expected-error @below {{median_window is a number from 1 to 2147483647, got 4294967296}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<median_window = 4294967296> }

// -----

// expected-error @below {{median_warmup = 20 would never be over: the median is of the last median_window = 19 good steps}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<median_window = 19> }

// -----

// expected-error @below {{overflow_fraction must be above 0 and below 1, got 1.000000e+00}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<overflow_fraction = 1.0> }

// -----

// expected-error @below {{divergence_factor must be above 1, got 1.000000e+00}}
gradopt.recipe @train { model = @loss, policy_options = #gradopt.policy_options<divergence_factor = 1.0> }

// -----

func.func @f(%g: tensor<3xf32>) {
  // expected-error @below {{beyond is a part of the type's range, above 0 and below 1, got 0.000000e+00}}
  %0 = gradopt.count_overflow %g beyond 0.0 : tensor<3xf32>
  return
}

// -----

func.func @f(%g: tensor<3xf32>) {
  // expected-error @below {{beyond is a part of the type's range, above 0 and below 1, got 1.000000e+00}}
  %0 = gradopt.count_overflow %g beyond 1.0 : tensor<3xf32>
  return
}

// -----

func.func @f(%g: tensor<3xf32>, %h: tensor<3xf64>) {
  // expected-error @below {{tensors must have one element type, but #0 has 'f32'}}
  %0 = gradopt.count_overflow %g, %h beyond 0.5 : tensor<3xf32>, tensor<3xf64>
  return
}
