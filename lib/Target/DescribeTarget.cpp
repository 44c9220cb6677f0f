//===- DescribeTarget.cpp - The processor as attributes -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Target/Passes.h"
#include "gradopt/Target/TargetMachine.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::gradopt {
#define GEN_PASS_DEF_DESCRIBETARGET
#include "gradopt/Target/Passes.h.inc"
} // namespace mlir::gradopt

using namespace mlir;
using namespace mlir::gradopt;

static Attribute makeSpec(MLIRContext *context, const CPUTarget &target) {
  Builder builder(context);
  auto entry = [&](StringRef key, int64_t value) -> DataLayoutEntryInterface {
    return DataLayoutEntryAttr::get(builder.getStringAttr(key),
                                    builder.getI64IntegerAttr(value));
  };
  auto cpu = TargetDeviceSpecAttr::get(
      context, {entry(CPUTarget::kVectorWidthKey, target.vectorBytes * 8),
                entry(CPUTarget::kVectorRegistersKey, target.vectorRegisters),
                entry(CPUTarget::kL1SizeKey, target.l1Bytes),
                entry(CPUTarget::kL2SizeKey, target.l2Bytes)});
  DataLayoutEntryInterface device =
      DataLayoutEntryAttr::get(builder.getStringAttr("CPU"), cpu);
  return TargetSystemSpecAttr::get(context, {device});
}

namespace {
class DescribeTarget
    : public mlir::gradopt::impl::DescribeTargetBase<DescribeTarget> {
public:
  using DescribeTargetBase::DescribeTargetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    mlir::gradopt::TargetOptions options;
    options.cpu = cpu;
    options.features = features;
    auto machine = createTargetMachine(options);
    if (!machine) {
      emitError(module.getLoc()) << llvm::toString(machine.takeError());
      return signalPassFailure();
    }
    auto set = [&](StringRef name, Attribute value) {
      if (!module->hasAttr(name))
        module->setAttr(name, value);
    };
    Builder builder(&getContext());
    set(DLTIDialect::kTargetSystemDescAttrName,
        makeSpec(&getContext(), describeTarget(**machine, options)));
    set(LLVM::LLVMDialect::getDataLayoutAttrName(),
        builder.getStringAttr(
            (*machine)->createDataLayout().getStringRepresentation()));
    set(LLVM::LLVMDialect::getTargetTripleAttrName(),
        builder.getStringAttr((*machine)->getTargetTriple().str()));
  }
};
} // namespace
