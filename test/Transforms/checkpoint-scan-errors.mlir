// RUN: gradopt-opt %s --gradopt-checkpoint-scan=every=-1 --verify-diagnostics

// expected-error @below {{gradopt-checkpoint-scan: the number of steps between two carries that are kept (every) cannot be negative; got -1; 0 takes the square root of the number of steps}}
module {
}
