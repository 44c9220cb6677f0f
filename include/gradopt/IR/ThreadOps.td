//===- ThreadOps.td - Threads of a compiled step -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_IR_THREADOPS_TD
#define GRADOPT_IR_THREADOPS_TD

include "gradopt/IR/GradOptOpBase.td"

def GradOpt_ThreadIdOp : GradOpt_Op<"thread_id", [Pure]> {
  let summary = "number of the thread that runs this, from 0";
  let description = [{
    A compiled step is run by several threads at once, each of which takes its
    share of every op. In a function that is no step this is 0.

    ```mlir
    %thread = gradopt.thread_id
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def GradOpt_NumThreadsOp : GradOpt_Op<"num_threads", [Pure]> {
  let summary = "how many threads run this";
  let description = [{
    At least 1; in a function that is no step, 1.

    ```mlir
    %threads = gradopt.num_threads
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def GradOpt_BarrierOp : GradOpt_Op<"barrier", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "wait until every thread has come here";
  let description = [{
    What any thread wrote before is seen by all behind. All threads of a step
    must reach the same barriers in the same order. In a function that is no
    step it does nothing.

    ```mlir
    gradopt.barrier
    ```
  }];
  let assemblyFormat = "attr-dict";
}

#endif // GRADOPT_IR_THREADOPS_TD
