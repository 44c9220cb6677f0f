//===- toy-opt.cpp - A driver with gradopt's passes in it
//--------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Toy.h"
#include "gradopt/InitAll.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::linalg::LinalgDialect, mlir::tensor::TensorDialect,
                  toy::ToyDialect>();
  mlir::gradopt::registerAllDialects(registry);
  mlir::gradopt::registerAllPasses();
  toy::registerGeluModel(registry);
  toy::registerConvertToLinalg();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "toy optimizer driver\n", registry));
}
