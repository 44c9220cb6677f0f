#include "gradopt/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_BOUNDSLICES
#include "gradopt/Transforms/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;
namespace {
struct BoundSlices : gradopt::impl::BoundSlicesBase<BoundSlices> {
  using BoundSlicesBase::BoundSlicesBase;
  void runOnOperation() override {}
};
} // namespace
