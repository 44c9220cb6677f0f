//===- CPUTarget.cpp - What kernels are planned for -----------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/CPUTarget.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace mlir::gradopt;

CPUTarget CPUTarget::get(Operation *op) {
  CPUTarget target;
  TargetSystemSpecInterface system;
  for (; op && !system; op = op->getParentOp())
    system = op->getAttrOfType<TargetSystemSpecInterface>(
        DLTIDialect::kTargetSystemDescAttrName);
  if (!system)
    return target;
  MLIRContext *context = system.getContext();
  std::optional<TargetDeviceSpecInterface> cpu =
      system.getDeviceSpecForDeviceID(StringAttr::get(context, "CPU"));
  if (!cpu)
    return target;
  auto read = [&](StringRef key, int64_t &value, int64_t divisor = 1) {
    DataLayoutEntryInterface entry =
        cpu->getSpecForIdentifier(StringAttr::get(context, key));
    auto number = entry ? dyn_cast<IntegerAttr>(entry.getValue()) : nullptr;
    if (number && number.getInt() >= divisor)
      value = number.getInt() / divisor;
  };
  read(kVectorWidthKey, target.vectorBytes, /*divisor=*/8);
  read(kVectorRegistersKey, target.vectorRegisters);
  read(kL1SizeKey, target.l1Bytes);
  read(kL2SizeKey, target.l2Bytes);
  target.fma = target.vectorBytes >= 32;
  if (DataLayoutEntryInterface entry =
          cpu->getSpecForIdentifier(StringAttr::get(context, kFMAKey)))
    if (auto number = dyn_cast<IntegerAttr>(entry.getValue()))
      target.fma = !number.getValue().isZero();
  return target;
}
