//===- SizeClasses.h - Sizes that are known to be the same --------*- C++
//-*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_LIB_TRANSFORMS_SIZECLASSES_H
#define GRADOPT_LIB_TRANSFORMS_SIZECLASSES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include <utility>

namespace mlir::gradopt {

/// Which sizes of the tensors that a block can use are the same, whatever their
/// values are. Ops in the block and around it say so: one that adds two tensors
/// is wrong, or their sizes are the same. Ops in other blocks, such as the body
/// of a loop that may have no steps, say nothing here.
class SizeClasses {
public:
  explicit SizeClasses(Block *block);

  /// The same for two sizes that are known to be the same.
  using Class = std::pair<const void *, int64_t>;
  Class get(Value tensor, int64_t dim);
  Class get(OpFoldResult size);

private:
  void addFacts(Operation *op);
  void unite(Value lhs, Value rhs);
  void unite(Class lhs, OpFoldResult size);

  llvm::EquivalenceClasses<Class> classes;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_SIZECLASSES_H
