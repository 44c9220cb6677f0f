//===- Expansion.h - Building blocks of expansions --------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_CONVERSION_GRADOPTTOLINALG_EXPANSION_H
#define GRADOPT_CONVERSION_GRADOPTTOLINALG_EXPANSION_H

#include "gradopt/IR/GradOptOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SmallBitVector.h"

namespace mlir::gradopt {

/// Computes elements from elements, in the body of a linalg op.
using ElementFn = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;
using ElementsFn =
    function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ValueRange)>;

/// A builder before `op` whose ops have the location and origin of `op`, with
/// `op` as their source.
ImplicitLocOpBuilder getExpansionBuilder(RewriterBase &rewriter, Operation *op);

/// A constant of a floating-point type.
Value buildFloat(ImplicitLocOpBuilder &b, double value, Type type);

/// `value` in the floating-point type `type`.
Value convertFloat(ImplicitLocOpBuilder &b, Value value, Type type);

/// The element of a tensor of rank 0, and a tensor of rank 0 of an element.
Value buildExtractScalar(ImplicitLocOpBuilder &b, Value tensor);
Value buildScalarTensor(ImplicitLocOpBuilder &b, Value scalar);

/// A tensor whose elements are all `scalar`.
Value buildFilled(ImplicitLocOpBuilder &b, ArrayRef<OpFoldResult> sizes,
                  Value scalar);

/// One generic over `tensors`, which have one shape, with a result of this
/// shape for each of `elementTypes`. The body gets an element of each tensor,
/// then `scalars`.
SmallVector<Value> buildElementwise(ImplicitLocOpBuilder &b, ValueRange tensors,
                                    ValueRange scalars,
                                    ArrayRef<Type> elementTypes,
                                    ElementsFn body);

/// Reduces the given dimensions of `tensors`, which have one shape: `combine`
/// adds what `element` makes of each element to the one of `init`, in row-major
/// order.
Value buildReduction(ImplicitLocOpBuilder &b, ValueRange tensors, Value init,
                     const llvm::SmallBitVector &dimensions, ElementFn element,
                     ElementFn combine);

/// Reduces all elements of each of `tensors` to a tensor of rank 0, starting
/// with the scalar `neutral`. All but the last dimension go first, which
/// vectorizes, then the last one in order: the order depends on the shapes
/// only. `narrow` gives what a column of so many elements (or kDynamic) starts
/// with, if that is not `neutral`.
Value reduceAll(ImplicitLocOpBuilder &b, ValueRange tensors, Value neutral,
                ElementFn element, ElementFn combine,
                llvm::function_ref<Value(int64_t)> narrow = nullptr);

/// `reduceAll` for a sum in f64.
Value sumAll(ImplicitLocOpBuilder &b, ValueRange tensors, ElementFn element);

/// The body of a sum.
Value buildAdd(ImplicitLocOpBuilder &b, ValueRange args);

/// The joint norm of `tensors` as an f64 tensor of rank 0; see `gradopt.norm`.
Value buildNorm(ImplicitLocOpBuilder &b, NormKind kind, ValueRange tensors);

/// The norm of each row of `tensor`, which is what its last dimension runs
/// along, as an f64 tensor.
Value buildRowNorms(ImplicitLocOpBuilder &b, NormKind kind, Value tensor);

} // namespace mlir::gradopt

#endif // GRADOPT_CONVERSION_GRADOPTTOLINALG_EXPANSION_H
