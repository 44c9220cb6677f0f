//===- RegisterAll.cpp - Registration of all of gradopt -------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Conversion/Passes.h"
#include "gradopt/IR/GradOptDialect.h"
#include "gradopt/Implementations/Implementations.h"
#include "gradopt/InitAll.h"
#include "gradopt/Pipelines/Pipelines.h"
#include "gradopt/Target/Passes.h"
#include "gradopt/Transforms/Passes.h"
#include "mlir/IR/DialectRegistry.h"

void mlir::gradopt::registerAllDialects(DialectRegistry &registry) {
  registry.insert<GradOptDialect>();
  registerArithDifferentiableOpInterfaceModels(registry);
  registerMathDifferentiableOpInterfaceModels(registry);
  registerLinalgDifferentiableOpInterfaceModels(registry);
  registerScfInferTypeOpInterfaceModels(registry);
  registerScfDifferentiableOpInterfaceModels(registry);
  registerTensorDifferentiableOpInterfaceModels(registry);
  registerClipDifferentiableOpInterfaceModels(registry);
  registerGradOptDifferentiableOpInterfaceModels(registry);
  registerScanDifferentiableOpInterfaceModel(registry);
  registerScanBufferizableOpInterfaceModels(registry);
  registerElementwiseBatchableOpInterfaceModels(registry);
  registerGradOptBatchableOpInterfaceModels(registry);
  registerLinalgBatchableOpInterfaceModels(registry);
  registerTensorBatchableOpInterfaceModels(registry);
  registerScanValueBoundsOpInterfaceModel(registry);
}

void mlir::gradopt::registerAllPasses() {
  registerGradOptTransformsPasses();
  registerGradOptConversionPasses();
  registerGradOptTargetPasses();
  registerPipelines();
}
