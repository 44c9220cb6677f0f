//===- GradOptInterfaces.cpp - Interfaces ---------------------------------===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gradopt/Interfaces/GradOptInterfaces.h"

#include "gradopt/Interfaces/GradOptAttrInterfaces.cpp.inc"
#include "gradopt/Interfaces/GradOptInterfaces.cpp.inc"
