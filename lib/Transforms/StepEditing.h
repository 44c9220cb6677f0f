//===- StepEditing.h - Gradients and signatures of steps --------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What the passes that insert clips, monitors, updates and checks share.

#ifndef GRADOPT_LIB_TRANSFORMS_STEPEDITING_H
#define GRADOPT_LIB_TRANSFORMS_STEPEDITING_H

#include "gradopt/IR/Roles.h"
#include "gradopt/Transforms/Transforms.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::gradopt {

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

/// What `value` is a marked or clipped form of: the result of the first
/// `gradient` op that it went through, or else what its clips were given.
Value traceGradient(Value value);

/// What a clip was given for its result `result`; null if that is no clipped
/// value.
Value getClipOperand(OpResult result);

/// The threshold of a clip; null if `op` is none.
Value getClipThreshold(Operation *op);

/// What to call the parameter of an update.
std::string getParameterName(FunctionOpInterface function,
                             ParameterUpdateOpInterface update);

/// The result that is `use`'s value clipped; null if the user is no clip.
Value getClipped(OpOperand &use);

/// Whether `use` makes its value the gradient of a parameter by itself: it is
/// returned as `gradopt.grad` or is what a parameter update goes by.
bool isGradientUse(FunctionOpInterface function, OpOperand &use);

/// The site of those that `findGradients` found for this value, a gradient that
/// may be marked or clipped.
const GradientSite &findSite(ArrayRef<GradientSite> sites, Value value);

/// Fails after an error at the first gradient that is not a tensor of f32 or
/// f64 or, with `inBody`, that is computed in a nested region.
LogicalResult checkGradients(FunctionOpInterface function,
                             ArrayRef<GradientSite> sites, bool inBody);

/// Whether the function has a body and returns a gradient as `gradopt.grad`.
bool returnsGradients(FunctionOpInterface function);

/// Emits the error that a module has no gradients, with how to mark them.
LogicalResult emitNoGradients(ModuleOp module);

/// The element type of a scalar that goes with all of these float tensors: f64
/// if one of them is f64.
Type getScalarType(ValueRange values);

/// The location of what is done to `values` together, by the pass `source`.
Location getOriginOf(ValueRange values, StringRef layer, StringRef direction,
                     StringRef source);

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

/// The only return of a function of one block. Null after an error that the
/// pass `pass` needs that.
Operation *getOnlyReturn(FunctionOpInterface function, StringRef pass);

/// Fails after an error if other code refers to `function`, so that it cannot
/// get the new argument or result `what`.
LogicalResult checkNoCallers(FunctionOpInterface function, StringRef what);

/// Adds a last argument of this role and name.
FailureOr<Value> appendArgument(FunctionOpInterface function, Type type,
                                NamedRole role,
                                ArrayRef<NamedAttribute> more = {});

/// Returns `value` as a last result with these attributes.
LogicalResult appendResult(FunctionOpInterface function, Operation *returnOp,
                           Value value, DictionaryAttr attributes);

/// A role and its name for messages: "gradopt.param 'w'".
std::string describe(NamedRole role);

/// The attribute that gives an argument or result this role and name, except
/// for parameters.
NamedAttribute getRoleAttr(MLIRContext *context, NamedRole role);

/// Whether `divisor` divides the tensor<i64> `count`, as an i1.
Value buildIsMultiple(OpBuilder &builder, Location loc, Value count,
                      int64_t divisor);

//===----------------------------------------------------------------------===//
// Groups of a recipe
//===----------------------------------------------------------------------===//

/// What a group says about its parameters.
enum class GroupPart { LearningRate, WeightDecay, Clip, Frozen };

/// Takes a part that was acted upon out of all groups of the recipe. A group
/// that says nothing any more goes.
void removeFromGroups(RecipeOp recipe, GroupPart part);

//===----------------------------------------------------------------------===//
// Records
//===----------------------------------------------------------------------===//

/// The names under which a function records values. What is recorded already is
/// not recorded again.
class RecordNames {
public:
  explicit RecordNames(FunctionOpInterface function);

  bool contains(StringRef name) const { return names.contains(name); }

  /// The value that is recorded under a name, null if there is none.
  Value lookup(StringRef name) const { return names.lookup(name); }

  /// Records `value` unless the name is taken; whether it did.
  bool record(OpBuilder &builder, Location loc, const Twine &name, Value value);

private:
  llvm::StringMap<Value> names;
};

} // namespace mlir::gradopt

#endif // GRADOPT_LIB_TRANSFORMS_STEPEDITING_H
