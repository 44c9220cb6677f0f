// RUN: gradopt-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// expected-error @below {{split must be a loop of the op, or -1 for one thread}}
"test.op"() {a = #gradopt.kernel<split = -2>} : () -> ()

// -----

// expected-error @below {{grain must be at least 1, got 0}}
"test.op"() {a = #gradopt.kernel<grain = 0>} : () -> ()

// -----

// expected-error @below {{columns must not be negative, got -16}}
"test.op"() {a = #gradopt.kernel<columns = -16>} : () -> ()

// -----

// expected-error @below {{gradopt.kernel must be #gradopt.kernel<…>, got 3}}
"test.op"() {gradopt.kernel = 3 : i64} : () -> ()
