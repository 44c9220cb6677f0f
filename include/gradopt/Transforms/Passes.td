//===- Passes.td - Passes on training graphs -*- tablegen -*-===//
//
// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GRADOPT_TRANSFORMS_PASSES_TD
#define GRADOPT_TRANSFORMS_PASSES_TD

include "gradopt/Transforms/FusionPasses.td"
include "gradopt/Transforms/LoopPasses.td"
include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// On the loss
//===----------------------------------------------------------------------===//

def ExpandCells : Pass<"gradopt-expand-cells"> {
  let summary = "Turn named recurrent layers into scans";
  let description = [{
    Every op that implements `RecurrentCellOpInterface` becomes a `gradopt.scan`
    over its sequence. The scan has the layer's name and the names of its states;
    the ops of its body carry the layer and their gate in their origin.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numExpanded", "expanded", "layers expanded">];
}

def RaiseGathers : Pass<"gradopt-raise-gathers"> {
  let summary = "Turn gathers of rows into embeddings";
  let description = [{
    A `tensor.gather` that takes whole rows of a table becomes
    `gradopt.embedding`, which has a derivative and a lowering. Another
    `tensor.gather` of floating-point values is an error: nothing lowers it.
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect",
    "::mlir::tensor::TensorDialect"];
}

def DisableDropout : Pass<"gradopt-disable-dropout"> {
  let summary = "Turn dropout and zoneout into their expectations";
  let description = [{
    For evaluation: `gradopt.dropout` becomes its operand, `gradopt.zoneout` the
    expectation rate · old + (1 − rate) · new. A named layer's zoneout is expanded
    first (`gradopt-expand-cells`).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertCells : Pass<"gradopt-convert-cells", "::mlir::ModuleOp"> {
  let summary = "Replace every layer of one kind by one of another";
  let description = [{
    Turns each `gradopt.rnn` into a `gradopt.lstm` or a `gradopt.gru` of the same
    sizes: weights and biases get a block of columns for each gate, an LSTM gets
    a cell state beside each hidden state, and the arguments, results and
    initializers of the model follow. Names stay, so that what a recipe says of
    them holds. It is an error if a weight, a bias or a state is used by anything
    else than layers that are converted; weights and biases must be parameters of
    the model. The pass runs before `gradopt-differentiate`.

    * A cell state beside a state of the model is a state, too, named after it:
      "h" becomes "c", "rnn/h" "rnn/c" and "h.0" "c.0". Beside any other initial
      value, such as zero, it starts from zero.
    * Initializers stay but for two: `identity` becomes `orthogonal`, with a
      remark, and of an LSTM's biases the first of `bias_hh` and `bias_ih` that
      starts with zeros starts with `forget_bias`.
    * A GRU is `linear_before_reset`.
    * The activation of the rnn goes, with a remark if it is not tanh. Direction,
      `lengths` and zoneout stay; the zoneout of h is also that of c.
  }];
  let options = [
    Option<"from", "from", "std::string", /*default=*/"\"rnn\"",
      "the kind of layer to replace: rnn">,
    Option<"to", "to", "std::string", /*default=*/"\"lstm\"",
      "the kind of layer to put in its place: lstm or gru">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numConverted", "converted", "layers converted">];
}

def InsertRegularization : Pass<"gradopt-insert-regularization", "::mlir::ModuleOp"> {
  let summary = "Add penalties to the loss and decay to the updates";
  let description = [{
    Acts on the recipe's `regularize`. Before the model is differentiated it adds
    the l1 and l2 penalties to the loss, of all parameters that match and that no
    group freezes. On a step that has updates it puts
    decoupled decay, also that of the recipe's groups, and then max-norm bounds
    behind each update. So it runs twice in a pipeline, and each time takes out
    of the recipe what it acted on.

    Decoupled decay takes learning_rate · weight · p, with p the old value, from
    the updated one; the learning rate is the `gradopt.hyper` argument that the
    update uses.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numTerms", "terms", "penalties, decays and bounds inserted">];
}

def InsertAccumulation : Pass<"gradopt-insert-accumulation", "::mlir::ModuleOp"> {
  let summary = "Average gradients over several batches";
  let description = [{
    For a recipe with `accumulate = n`, n > 1: every gradient is added to a sum
    that is kept from step to step as `gradopt.optimizer_state = "NAME/sum"`; what
    is returned, clipped and used is the mean of the last n batches, and updates
    take effect in every nth step, when the step count is a multiple of n. In the
    steps between, the gradient is the sum so far divided by n. The step count
    counts batches. The pass runs before the clips and the updates;
    `gradopt-insert-updates` selects old or new values by the function's attribute
    `gradopt.accumulate`.
  }];
  let options = [
    Option<"batches", "batches", "int64_t", /*default=*/"0",
      "over how many batches; 0: what the recipe says">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def InsertGradientClipping : Pass<"gradopt-insert-gradient-clipping", "::mlir::ModuleOp"> {
  let summary = "Clip gradients before they are used";
  let description = [{
    Inserts the clips of the recipe and of its groups, or the one that the options
    give in their place. A clip acts `at` one of these:

    | `at` | what is clipped |
    | --- | --- |
    | `gradient` | the gradients of parameters, between where they are computed and their uses |
    | `time_step` | the loss's derivative with respect to every state of every `gradopt.scan` at every time step |
    | `chunk` | the same at the time steps that `every` divides |
    | `gate` | the derivative with respect to each gate's value before its activation |

    Clips at `gradient` act on steps, the others on the model before it is
    differentiated, so that the pass runs twice in a pipeline: before
    `gradopt-differentiate` and behind it. Before it, the recipe's clips of
    gradients stay in the recipe. A clip of the model behind it is an error.

    **In the model** (the recipe's, or else the only function with a
    `gradopt.loss`) named layers become scans, as by `gradopt-expand-cells`. Each
    clip is a `gradopt.clip_cotangent`: `kind` is `value` or `norm`, which is that
    of each batch row. A state is what a scan's float carry is after the step; its
    derivative is the sum over the later step and what else uses the state. Time
    is counted in time order, also in scans that run in reverse. A gate is what
    the origins of the ops in a scan say, those of gradopt's layers and
    `#gradopt.origin<gate = "NAME">` in the location of a user's own ops alike;
    its value before the activation is found backward from its result through
    elementwise computation that depends on one value only. The threshold is an
    argument `gradopt.hyper = "clip.<at>.<kind>.threshold"`.

    **In a step** gradients of parameters are found in this order, each once: `gradopt.gradient` ops in a function's body, results marked
    `gradopt.grad`, and the gradient operands of ops that implement
    `ParameterUpdateOpInterface`. So the pass works on any compiler's step in
    which the gradients are marked.

    `kind` is `value` (every element), `norm` (each gradient), `group_norm` (the
    gradients of one group jointly; one without a group is a group of its own) or
    `global_norm` (all jointly); `none` takes the clips out of the recipe and
    inserts nothing. A clip stands behind those that are there already, so that
    a recipe's clips act in their order. A joint clip is inserted where all its
    gradients are defined; it is an error if one of them is used before that,
    since that use would go unclipped. An unmarked gradient from which another
    one is computed is an error too: mark it and use the marked value where the
    clipped one is meant.

    In a function that `gradopt-differentiate` made, the threshold becomes an
    argument `gradopt.hyper = "clip.<kind>.threshold"` whose initial value is the
    given one (`clip.<kind>_2.threshold` for a second clip of that kind,
    `clip.group.<name>.threshold` for that of a group of the recipe), and the
    norm before all clips is recorded, as `gradient/NAME/norm` with NAME that of
    the gradient, the group or `global` (`norm_l1` and `norm_linf` for the other
    norms): the clip bit where it is above the threshold. In any other function
    the threshold is a constant. Observations (`gradopt.norm` and so on) keep the
    gradient as it was before the clip. The clip of a group of the recipe is for
    the gradients whose names match it, and stands behind the recipe's clips.
  }];
  let options = [
    Option<"kind", "kind", "std::string", /*default=*/"\"\"",
      "value, norm, group_norm, global_norm or none; empty: what the recipe says">,
    Option<"threshold", "threshold", "double",
      /*default=*/"std::numeric_limits<double>::quiet_NaN()",
      "bound of the norm or of the magnitude, in the unit of the gradients; not negative; goes with 'kind'">,
    Option<"p", "p", "std::string", /*default=*/"\"\"",
      "l1, l2 or linf; empty: l2; goes with 'kind', not with kind=value">,
    Option<"at", "at", "std::string", /*default=*/"\"\"",
      "gradient, time_step, chunk or gate; empty: gradient; goes with 'kind'">,
    Option<"every", "every", "int64_t", /*default=*/"0",
      "with at=chunk: the time steps of a chunk, at least 1">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numClips", "clips", "clips inserted">];
}

def InsertNormMonitors : Pass<"gradopt-insert-norm-monitors", "::mlir::ModuleOp"> {
  let summary = "Record gradient norms per parameter and through time";
  let description = [{
    `norms` records the l2 norm of every parameter's gradient before it is
    clipped, as `gradient/NAME/norm`, and that of all jointly, as
    `gradient/global/norm`. `through_time` looks at the scans in the body of each
    function that has gradients. A scan without `gradopt.gradient` ops gets one
    output per float carry with the l2 norm of what it holds after each step,
    recorded as `through_time/LAYER/STATE/norm`. One with them is the backward
    pass of another: it gets one output per such op with the norm of the loss's
    derivative with respect to that state, recorded as
    `through_time/LAYER/STATE/gradient_norm`. LAYER is the group of the op or the
    scan's name, else `scan` and its number. The outputs have the direction of
    the scan's sequences, so that all records are in time order. Scans inside
    other ops are left out, with a remark.

    Gradients are found as by `gradopt-insert-gradient-clipping`. A name that is
    recorded already is left out. Without an option the pass does what the
    recipe's `monitor` says.
  }];
  let options = [
    Option<"norms", "norms", "bool", /*default=*/"false",
      "the norm of each gradient and of all jointly">,
    Option<"throughTime", "through-time", "bool", /*default=*/"false",
      "norms of states and of their gradients for every time step">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numMonitors", "monitors", "norms recorded">];
}

//===----------------------------------------------------------------------===//
// Across
//===----------------------------------------------------------------------===//

def Differentiate : Pass<"gradopt-differentiate", "::mlir::ModuleOp"> {
  let summary = "Make a function that returns the loss and its gradients";
  let description = [{
    For the model of the recipe (or `model`) a new public function is made, named
    as the recipe's `result` says; the loss function stays. It returns the loss
    function's results, then one result `gradopt.grad = "NAME"` for each
    parameter in argument order that no group of the recipe freezes. An op on the way from a parameter to the loss
    takes part if it implements `DifferentiableOpInterface`; another one is an
    error at that op. A parameter that does not reach the loss has gradient zero.

    A `gradopt.scan` becomes a scan in the other direction. What its body needs
    of the forward pass is kept in outputs and histories of the forward scan. The
    derivative with respect to each carry, summed over the later step and this
    time's outputs, goes through `gradopt.gradient … of "<carry>" group "<scan>"`;
    each parameter's gradient through `gradopt.gradient … of "<parameter>"`, in
    the group of the part of its name before the last dot.
  }];
  let options = [
    Option<"model", "model", "std::string", /*default=*/"\"\"",
      "symbol of the loss function; empty: the recipe's">,
    Option<"result", "result", "std::string", /*default=*/"\"\"",
      "symbol of the new function; empty: the recipe's, else the model's with _step">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numScans", "scans", "scans differentiated">,
    Statistic<"numTape", "tape", "values that forward scans keep for the reverse pass">];
}

def InsertUpdates : Pass<"gradopt-insert-updates", "::mlir::ModuleOp"> {
  let summary = "Update every parameter by the recipe's optimizer";
  let description = [{
    Adds to each function with results `gradopt.grad` the update of each of those
    parameters, which the recipe's optimizer builds (`OptimizerAttrInterface`) and
    which goes by the gradient as it is returned: behind its clips. The learning
    rate becomes an argument `gradopt.hyper = "learning_rate"`, that of a group of
    the recipe `"learning_rate.GROUP"`. The optimizer's states become arguments
    `gradopt.optimizer_state = "NAME/SLOT"` and, if it counts its updates, the step
    count one; the new values are results with the same attribute. A step count
    that the function has already is used and counted on. The new values of the
    parameters are results with the parameter's attribute. The `gradopt.grad`
    results stay. The recipe's `schedule` becomes the function's attribute
    `gradopt.schedule`, by which the runtime changes the learning rates.

    A group's weight decay goes to an optimizer that has one; any other is left to
    `gradopt-insert-regularization`.

    In a function with `gradopt.accumulate = n` the updates, their states and those
    of clips change only in a step after which the step count is a multiple of n,
    and that step's update has the number count / n.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", /*default=*/"\"\"",
      "sgd, momentum, adam, adamw or rmsprop (with its default constants); empty: the recipe's">,
    Option<"learningRate", "learning-rate", "double", /*default=*/"0.0",
      "initial learning rate of what no group gives another one; 0: the recipe's">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numUpdates", "updates", "optimizer ops inserted">];
}

def InsertFiniteChecks : Pass<"gradopt-insert-finite-checks", "::mlir::ModuleOp"> {
  let summary = "Guard every updated value by checks of loss, gradients and updates";
  let description = [{
    Records how many elements are NaN or Inf, and wraps all updated values in one
    `gradopt.guard` that keeps the old ones unless every count is zero:

    | of | record |
    | --- | --- |
    | the loss | `loss/nonfinite` |
    | each gradient, as it is before any clip | `gradient/NAME/nonfinite` |
    | each updated parameter | `update/NAME/nonfinite` |
    | each updated optimizer state | `update/NAME/SLOT/nonfinite` |
    | each carried state | `state/NAME/nonfinite` |
    | each state of a clip | `state/clip/NAME/nonfinite` |

    If something is to happen on overflow, it also records, as `…/overflow`, how
    many elements of each of these are finite but beyond the `overflow_fraction`
    of the policy options. That does not close the guard: the runtime, or whoever
    runs the step, acts on these counts.

    Integers such as the step count are guarded but not counted. Updated values
    are the results of the function that carry the name attribute of an argument,
    and results of ops that implement `ParameterUpdateOpInterface`, as far as the
    function returns them. A function with gradients but without any updated
    value is an error: mark arguments and results with `gradopt.param`.

    The policies become the function's attributes `gradopt.on_nonfinite`,
    `gradopt.on_overflow` and `gradopt.on_divergence`: those of the options, else
    of the recipe, else what is there. Without any `gradopt.on_nonfinite` is
    `skip`, and the others are left out. The recipe's policy options become
    `gradopt.policy_options`.
  }];
  let options = [
    Option<"onNonfinite", "on-nonfinite", "std::string", /*default=*/"\"\"",
      "report, skip, back_off, roll_back or stop: what the runtime does after a step with NaN or Inf; empty: what recipe or function say, else skip">,
    Option<"onOverflow", "on-overflow", "std::string", /*default=*/"\"\"",
      "the same after a step with values near overflow, or none; empty: what recipe or function say, else none">,
    Option<"onDivergence", "on-divergence", "std::string", /*default=*/"\"\"",
      "the same after a step whose loss or norm diverged, or none; empty: what recipe or function say, else none">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::tensor::TensorDialect"];
  let statistics = [Statistic<"numChecks", "checks", "values checked">];
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

def VerifyOrigins : Pass<"gradopt-verify-origins"> {
  let summary = "Check that every op of a step says where it came from";
  let description = [{
    In each function marked `gradopt.differentiated`, an op whose location holds
    neither a `#gradopt.origin` nor a file position is an error. Constants are
    exempt: MLIR's folder gives them an unknown location.
  }];
}

def VerifySizes : Pass<"gradopt-verify-sizes"> {
  let summary = "Check that sizes that must be equal are equal";
  let description = [{
    In a function whose arguments have roles, every dynamic size follows from the
    number of time steps T and the size of the batch B (see `gradopt.dims`). The
    pass computes the sizes of values for a few such pairs, through constants,
    `tensor.dim`, integer arithmetic, scans and every op that tells the shape of
    its results. Where two sizes must be equal and are not for one of the pairs,
    it is an error, since nothing checks sizes when a compiled step runs:

    * the loops of a `linalg` op over its operands, and the operands of an
      elementwise op;
    * the count of a scan and the first dimension of its inputs; the initial value
      of a carry and what is yielded for it;
    * the initial states and lengths of a layer and its input; the operands of a
      loss or of `gradopt.scatter_add`;
    * the sizes of a slice and the tensor that is inserted; a computed size of a
      slice may not be greater than the tensor;
    * both sides of a `tensor.cast` and of a `tensor.expand_shape`.

    A size that is not computed so, such as one that is read from a tensor, is not
    checked, and functions without roles are not looked at.
  }];
}

def VerifyStability : Pass<"gradopt-verify-stability", "::mlir::ModuleOp"> {
  let summary = "Check that gradients are clipped and updates are guarded";
  let description = [{
    Follows the data of each step, not the order of its ops (docs/stability.md):

    * **Clips.** Every path from a gradient to an update goes through a clip, if
      the step is to clip: if it has a clip of its gradients or a threshold
      `gradopt.hyper = "clip.…"`, if the recipe has a clip that is not acted upon,
      or if `kind` says so. The clips of a recipe's groups ask only for what they
      take. A `global_norm` takes all gradients at once. In a scan a derivative
      that is clipped is used nowhere else.
    * **Loss scaling.** In a function with an argument
      `gradopt.hyper = "loss_scale"` what is clipped, and what updates go by, does
      not depend on that factor any more.
    * **Guards.** Every next value of a parameter, optimizer state, step count,
      state of a clip and carried state is returned by a `gradopt.guard` that
      falls back to the argument, and whose condition is true only if a check
      has found every gradient and every next value finite.

    A step is a function that has gradients, which are found as by
    `gradopt-insert-gradient-clipping`, or that returns parameters. The pass
    holds from the step that `gradopt-training-step` makes to the fused one. It
    stands before `convert-gradopt-to-linalg`, which leaves nothing of gradients,
    clips and checks but sums and products: behind it the pass is an error.

    With `fix` what is missing is inserted and the result is checked again: the
    clip that `kind` or the recipe asks for (`gradopt-insert-gradient-clipping`),
    a guard (`gradopt-insert-finite-checks`) where there is none, and checks
    that the condition of a guard leaves out. What these cannot mend stays an
    error.
  }];
  let options = [
    Option<"fix", "fix", "bool", /*default=*/"false",
      "insert clips, checks and guards that are missing">,
    Option<"kind", "kind", "std::string", /*default=*/"\"\"",
      "the clip that every gradient must go through: value, norm, group_norm, global_norm or none; empty: what step and recipe show">,
    Option<"threshold", "threshold", "double",
      /*default=*/"std::numeric_limits<double>::quiet_NaN()",
      "with 'fix' and 'kind': the threshold of a clip that is missing, in the unit of the gradients; not negative">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::gradopt::GradOptDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def VerifyRecipe : Pass<"gradopt-verify-recipe", "::mlir::ModuleOp"> {
  let summary = "Check that every part of the recipe was acted upon";
  let description = [{
    A pass that acts on a part of a recipe takes it out. A part that is still
    there is an error that names the pass that would take it.
  }];
}

//===----------------------------------------------------------------------===//
// Preparing the reference lowering
//===----------------------------------------------------------------------===//

def BoundSlices : Pass<"gradopt-bound-slices"> {
  let summary = "Keep slices inside of their tensors";
  let description = [{
    The offset of a `tensor.extract_slice` or `tensor.insert_slice` may come from
    the data, or be T − 1 where T is 0. Unless it is provably inside, a slice that
    would reach outside of its tensor is moved inside, as by `dynamic_slice` of
    JAX: the offset becomes min(max(offset, 0), size − length). If the tensor is
    smaller than the slice, what is extracted is zero where the tensor ends, and
    what would be inserted there is left out. The derivative of a slice has the
    same offset, and thus is moved in the same way. A stride that is not a positive
    constant is an error.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect", "::mlir::gradopt::GradOptDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def DecomposeAggregates : Pass<"gradopt-decompose-aggregates"> {
  let summary = "Turn softmax, concat and pad into simpler ops";
  let description = [{
    Ops that implement the `AggregatedOpInterface` of `linalg`, such as
    `linalg.softmax`, become the structured ops that they stand for;
    `tensor.concat` and `tensor.pad` become slices that are inserted. Each has a
    derivative as it is, so that this is only for the lowering.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"];
}

def WidenFloats : Pass<"gradopt-widen-floats", "::mlir::ModuleOp"> {
  let summary = "Turn every f32 into f64";
  let description = [{
    Types, constants and attributes of functions, so that the same program runs
    as its own oracle. Conversions between the two types disappear.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def OrderLoops : Pass<"gradopt-order-loops"> {
  let summary = "Order loops so that the innermost runs along memory";
  let description = [{
    For each `linalg` op on tensors the loops are interchanged so that the
    innermost one is parallel and has stride one in the result; an operand that
    is then read across memory is transposed before it (outside the scan if it
    does not change there). Of several reductions all but the last are the
    outermost loops: what a sum over time needs of one step is read while it is in
    the cache. A sum into a zero tensor that is then added to another
    one starts from that one. The order in which each element's summands are added
    does not depend on the vector width.
  }];
  let dependentDialects = ["::mlir::gradopt::GradOptDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

#endif // GRADOPT_TRANSFORMS_PASSES_TD
