//===- StepFlow.h - Where the data of a value comes from --*- C++ -* -----===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_STEPFLOW_H
#define GRADOPT_LIB_TRANSFORMS_STEPFLOW_H

#include "mlir/IR/Value.h"

namespace mlir::gradopt {

/// Appends the values whose data `value` is made of, one op back: through loops
/// over time, branches and the bodies of linalg ops, each result by itself. A
/// decision (`i1`), a size or an index picks data and is none. An op that says
/// nothing about its results is taken to make each of everything that it uses.
/// Nothing is appended for arguments of functions and for constants.
void appendSources(Value value, SmallVectorImpl<Value> &sources);

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_STEPFLOW_H
