//===- Implementations.h - Interface models ---------------------*- C++ -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IMPLEMENTATIONS_IMPLEMENTATIONS_H
#define GRADOPT_IMPLEMENTATIONS_IMPLEMENTATIONS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::gradopt {

void registerArithDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerMathDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerLinalgDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerScfInferTypeOpInterfaceModels(DialectRegistry &registry);
void registerScfDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerTensorDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerClipDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerGradOptDifferentiableOpInterfaceModels(DialectRegistry &registry);
void registerScanDifferentiableOpInterfaceModel(DialectRegistry &registry);
void registerScanBufferizableOpInterfaceModels(DialectRegistry &registry);
void registerElementwiseBatchableOpInterfaceModels(DialectRegistry &registry);
void registerGradOptBatchableOpInterfaceModels(DialectRegistry &registry);
void registerLinalgBatchableOpInterfaceModels(DialectRegistry &registry);
void registerTensorBatchableOpInterfaceModels(DialectRegistry &registry);
void registerScanValueBoundsOpInterfaceModel(DialectRegistry &registry);

} // namespace mlir::gradopt

#endif // GRADOPT_IMPLEMENTATIONS_IMPLEMENTATIONS_H
