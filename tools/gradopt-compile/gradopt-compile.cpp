//===- gradopt-compile.cpp - A training step as a file of code ------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Files.h"
#include "gradopt/IR/GradOptOps.h"
#include "gradopt/IR/Roles.h"
#include "gradopt/Target/CodeGeneration.h"
#include "gradopt/Target/CompiledStep.h"
#include "gradopt/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "model-file/ModelFile.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace mlir::gradopt;
namespace cl = llvm::cl;

namespace {
enum class Emit { obj, so, header, llvmIR, assembly, mlir };
} // namespace

static cl::OptionCategory category("Options of gradopt-compile");
static cl::opt<std::string> modelFile(cl::Positional, cl::Required,
                                      cl::desc("MODEL.mlir"),
                                      cl::cat(category));
static cl::opt<std::string> outputFile("o", cl::value_desc("file"),
                                       cl::init("-"),
                                       cl::desc("what is written (default: "
                                                "standard output, for text)"),
                                       cl::cat(category));
static cl::opt<Emit> emitKind(
    "emit", cl::init(Emit::obj), cl::desc("what is made (default obj)"),
    cl::values(clEnumValN(Emit::obj, "obj", "an object to link"),
               clEnumValN(Emit::so, "so",
                          "a shared library, by the system's "
                          "linker"),
               clEnumValN(Emit::header, "header",
                          "a C header that declares the step's symbols"),
               clEnumValN(Emit::llvmIR, "llvm", "optimized LLVM IR"),
               clEnumValN(Emit::assembly, "asm", "assembly"),
               clEnumValN(Emit::mlir, "mlir",
                          "the module in the LLVM "
                          "dialect")),
    cl::cat(category));
static cl::opt<std::string>
    cpu("cpu", cl::init("host"), cl::value_desc("name"),
        cl::desc("processor by LLVM's name, such as x86-64-v3 (default host)"),
        cl::cat(category));
static cl::opt<std::string> features("features", cl::value_desc("+NAME,-NAME"),
                                     cl::desc("what it has beyond that or not"),
                                     cl::cat(category));
static cl::opt<std::string> functionName(
    "function", cl::value_desc("name"),
    cl::desc("compile this function as it is, such as the loss function, "
             "instead of the recipe's training step"),
    cl::cat(category));
static cl::opt<Lowering> lowering(
    "lowering", cl::init(Lowering::cpu),
    cl::desc("how the step becomes code (default cpu)"),
    cl::values(clEnumValN(Lowering::cpu, "cpu",
                          "vector code for several "
                          "threads"),
               clEnumValN(Lowering::reference, "reference", "plain loops")),
    cl::cat(category));

static int fail(const llvm::Twine &message) {
  llvm::errs() << "gradopt-compile: " << message << "\n";
  return 1;
}

/// The symbol of what is compiled. With a recipe that is its step, which is
/// there already if the module comes from gradopt-training-step.
static FailureOr<std::string> findStep(ModuleOp module, bool &isModel) {
  isModel = false;
  if (!functionName.empty()) {
    auto function = module.lookupSymbol<func::FuncOp>(functionName);
    if (!function || function.isExternal())
      return emitError(module.getLoc()) << "@" << functionName
                                        << " is no function with a body in "
                                           "this module";
    return functionName.getValue();
  }
  FailureOr<RecipeOp> recipe = findRecipe(module);
  if (failed(recipe))
    return failure();
  if (!*recipe)
    return emitError(module.getLoc())
           << "no step to compile: the module has no gradopt.recipe; give "
              "--function";
  std::string name = recipe->getStepName();
  isModel = !module.lookupSymbol(name);
  return name;
}

static LogicalResult lower(ModuleOp module, StringRef step, bool isModel) {
  PassManager pm(module.getContext());
  if (isModel)
    buildTrainingStepPipeline(pm, TrainingStepOptions());
  buildPrepareModelPipeline(pm, PrepareModelOptions());
  buildFuseRecurrentBackwardPipeline(pm, FuseRecurrentBackwardOptions());
  LoweringOptions options;
  options.lowering = lowering;
  options.target.cpu = cpu;
  options.target.features = features;
  return lowerStep(module, pm, step, options);
}

/// Writes what is made of the lowered module. Fails with a message, or with
/// none after a diagnostic.
static llvm::Error write(ModuleOp module, StringRef step,
                         llvm::raw_pwrite_stream &out) {
  if (emitKind == Emit::mlir) {
    module.print(out);
    return llvm::Error::success();
  }
  mlir::gradopt::TargetOptions options;
  options.cpu = cpu;
  options.features = features;
  auto machine = createTargetMachine(options);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> optimized =
      translateAndOptimize(module, step, context, **machine, options.effort);
  if (!optimized)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "no translation to LLVM IR");
  if (emitKind == Emit::llvmIR) {
    optimized->print(out, /*AAW=*/nullptr);
    return llvm::Error::success();
  }
  return emitCode(*optimized, **machine,
                  emitKind == Emit::assembly
                      ? llvm::CodeGenFileType::AssemblyFile
                      : llvm::CodeGenFileType::ObjectFile,
                  out);
}

/// Writes an object beside the library and links it.
static llvm::Error writeLibrary(ModuleOp module, StringRef step) {
  llvm::SmallString<128> object;
  int descriptor;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile(
          "gradopt-compile", "o", descriptor, object))
    return llvm::errorCodeToError(error);
  llvm::FileRemover remover(object);
  llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/true);
  if (llvm::Error error = write(module, step, out))
    return error;
  out.close();
  if (out.has_error())
    return llvm::errorCodeToError(out.error());
  return linkLibrary(object, outputFile);
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles the training step that a model and its recipe describe, or "
      "one\n"
      "function, to code that is run by libgradopt_runtime or by whoever "
      "calls it.\n");
  bool isBinary = emitKind == Emit::obj || emitKind == Emit::so;
  if (isBinary && outputFile == "-")
    return fail("-o: say which file is to be written");

  std::string reason;
  std::unique_ptr<ModelFile> file = ModelFile::open(modelFile, reason);
  if (!file)
    return fail(reason);
  OwningOpRef<ModuleOp> module = file->parse();
  if (!module)
    return 1;
  bool isModel;
  FailureOr<std::string> step = findStep(*module, isModel);
  if (failed(step))
    return 1;
  if (emitKind != Emit::mlir && !isIdentifierOfC(*step))
    return fail("the step's symbol @" + *step + " is no name in C: rename it");
  if (emitKind != Emit::header && failed(lower(*module, *step, isModel)))
    return 1;

  llvm::Error error = llvm::Error::success();
  if (emitKind == Emit::so) {
    error = writeLibrary(*module, *step);
  } else {
    // What is there stays until all is made.
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream made(bytes);
    if (emitKind == Emit::header)
      writeHeader(*step, made);
    else
      error = write(*module, *step, made);
    if (!error) {
      std::error_code code;
      llvm::ToolOutputFile output(outputFile, code, llvm::sys::fs::OF_None);
      if (code)
        return fail(outputFile + ": " + code.message());
      output.os() << made.str();
      output.os().flush();
      if (output.os().has_error()) {
        code = output.os().error();
        output.os().clear_error();
        return fail(outputFile + ": " + code.message());
      }
      output.keep();
    }
  }
  if (error)
    return fail(llvm::toString(std::move(error)));
  return 0;
}
