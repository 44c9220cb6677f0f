# Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a program that compares contractions with plain loops.

Factors are small whole numbers, so that both sides are exact whatever the order
of the sums. Each output lies in a larger buffer, all of which is compared.
"""

import itertools
import sys

SIZES = [0, 1, 2, 3, 5, 7, 16, 17, 33, 100]


class Case:
    """`spec` as in einsum. `sizes`: a number by letter, or None: dynamic.
    `inner`: the operands (0, 1, 2: the output) that are part of a larger buffer
    in all their dimensions. `start`: what the sums are added to."""

    def __init__(self, spec, sizes, values, dtype="f32", inner=(), start="memory"):
        self.spec, self.sizes, self.values = spec, sizes, values
        self.dtype, self.inner, self.start = dtype, inner, start
        inputs, out = spec.split("->")
        self.operands = inputs.split(",") + [out]
        self.letters = sorted(set("".join(self.operands)),
                              key=lambda x: (out + "".join(self.operands)).index(x))
        self.dynamic = [x for x in self.letters if sizes[x] is None]

    def map(self, letters):
        return "affine_map<(%s) -> (%s)>" % (", ".join(self.letters), ", ".join(letters))

    def shape(self, letters):
        return "".join("%sx" % ("?" if self.sizes[x] is None else self.sizes[x]) for x in letters)

    def emit(self, number):
        t = self.dtype
        lines = ["func.func private @case%d(%s) -> index {" % (
            number, ", ".join("%%%s: index" % x for x in self.dynamic))]
        add = lines.append
        for x in self.letters:
            if self.sizes[x] is not None:
                add("%%%s = arith.constant %d : index" % (x, self.sizes[x]))
        add("%two = arith.constant 2 : index")
        add("%%zero = arith.constant 0.0 : %s" % t)
        add("%%seven = arith.constant 7.0 : %s" % t)
        views, types = [], []
        for i, letters in enumerate(self.operands + [self.operands[2]]):
            rank = len(letters)
            dense = "memref<%s%s>" % (self.shape(letters), t)
            if min(i, 2) in self.inner:
                for x in letters:
                    add("%%big%d%s = arith.addi %%%s, %%two : index" % (i, x, x))
                big = "memref<%s%s>" % ("?x" * rank, t)
                add("%%b%d = memref.alloc(%s) : %s" % (
                    i, ", ".join("%%big%d%s" % (i, x) for x in letters), big))
                view = "memref<%s%s, strided<[%s], offset: ?>>" % (
                    self.shape(letters), t, ", ".join(["?"] * (rank - 1) + ["1"]))
                sizes = ", ".join("%%%s" % x if self.sizes[x] is None else str(self.sizes[x])
                                  for x in letters)
                add("%%v%d = memref.subview %%b%d[%s] [%s] [%s] : %s to %s" % (
                    i, i, ", ".join(["1"] * rank), sizes, ", ".join(["1"] * rank), big, view))
            else:
                big = view = dense
                add("%%b%d = memref.alloc(%s) : %s" % (
                    i, ", ".join("%%%s" % x for x in letters if self.sizes[x] is None), dense))
            name = "%%v%d" % i if min(i, 2) in self.inner else "%%b%d" % i
            dims = ["d%d" % k for k in range(rank)]
            add("linalg.generic {indexing_maps = [affine_map<(%s) -> (%s)>], iterator_types = [%s]} outs(%%b%d : %s) {"
                % (", ".join(dims), ", ".join(dims), ", ".join(['"parallel"'] * rank), i, big))
            add("^bb0(%%o: %s):" % t)
            add("  %%s0 = arith.constant %d : index" % (min(i, 2) + 1))
            for k in range(rank):
                add("  %%i%d = linalg.index %d : index" % (k, k))
                add("  %%f%d = arith.constant %d : index" % (k, 2 * k + 3))
                add("  %%m%d = arith.muli %%i%d, %%f%d : index" % (k, k, k))
                add("  %%s%d = arith.addi %%s%d, %%m%d : index" % (k + 1, k, k))
            add("  %mod = arith.constant 7 : index")
            add("  %%r = arith.remui %%s%d, %%mod : index" % rank)
            add("  %q = arith.index_cast %r : index to i64")
            add("  %%x = arith.sitofp %%q : i64 to %s" % t)
            add("  %%three = arith.constant 3.0 : %s" % t)
            add("  %%y = arith.subf %%x, %%three : %s" % t)
            add("  linalg.yield %%y : %s" % t)
            add("}")
            views.append(name)
            types.append(view)
        out = self.operands[2]
        if self.start in ("row", "column", "elements"):
            letters = {"row": out[:-1], "column": out[-1:], "elements": out}[self.start]
            start = "memref<%s%s>" % (self.shape(letters), t)
            add("%%start = memref.alloc(%s) : %s" % (
                ", ".join("%%%s" % x for x in letters if self.sizes[x] is None), start))
            add("linalg.fill ins(%%seven : %s) outs(%%start : %s)" % (t, start))
        kernel = ""
        for o in (2, 3):
            if self.start == "fill" or (self.start == "overwrite" and o == 3):
                add("linalg.fill ins(%s : %s) outs(%s : %s)" % (
                    "%seven" if self.start == "fill" else "%zero", t, views[o], types[o]))
            elif self.start == "overwrite":
                kernel = ", gradopt.kernel = #gradopt.kernel<overwrite = true>"
            elif self.start != "memory":
                dims = "affine_map<(%s) -> (%%s)>" % ", ".join(out)
                add("linalg.generic {indexing_maps = [%s, %s], iterator_types = [%s]} ins(%%start : %s) outs(%s : %s) {"
                    % (dims % ", ".join(letters), dims % ", ".join(out),
                       ", ".join(['"parallel"'] * len(out)), start, views[o], types[o]))
                add("^bb0(%%x: %s, %%o: %s):" % (t, t))
                add("  linalg.yield %%x : %s" % t)
                add("}")
            iterators = ", ".join('"parallel"' if x in out else '"reduction"' for x in self.letters)
            add("linalg.generic {indexing_maps = [%s], iterator_types = [%s]%s} ins(%s, %s : %s, %s) outs(%s : %s) {"
                % (", ".join(self.map(x) for x in self.operands), iterators,
                   kernel if o == 2 else "", views[0], views[1], types[0], types[1], views[o], types[o]))
            add("^bb0(%%x: %s, %%y: %s, %%o: %s):" % (t, t, t))
            if o == 2:
                add("  %%p = arith.mulf %%x, %%y : %s" % t)
                add("  %%s = arith.addf %%o, %%p : %s" % t)
            else:  # No contraction to the pass.
                add("  %%minus = arith.negf %%x : %s" % t)
                add("  %%p = arith.mulf %%minus, %%y : %s" % t)
                add("  %%s = arith.subf %%o, %%p : %s" % t)
            add("  linalg.yield %%s : %s" % t)
            add("}")
        rank = len(out)
        dims = ["d%d" % k for k in range(rank)]
        big = "memref<%s%s>" % ("?x" * rank, t) if 2 in self.inner else types[2]
        add("%wrong = memref.alloca() : memref<index>")
        add("%none = arith.constant 0 : index")
        add("memref.store %none, %wrong[] : memref<index>")
        identity = "affine_map<(%s) -> (%s)>" % (", ".join(dims), ", ".join(dims))
        add("linalg.generic {indexing_maps = [%s, %s, affine_map<(%s) -> ()>], iterator_types = [%s]} ins(%%b2, %%b3 : %s, %s) outs(%%wrong : memref<index>) {"
            % (identity, identity, ", ".join(dims), ", ".join(['"reduction"'] * rank), big, big))
        add("^bb0(%%x: %s, %%y: %s, %%o: index):" % (t, t))
        add("  %%c = arith.cmpf une, %%x, %%y : %s" % t)
        add("  %i = arith.index_castui %c : i1 to index")
        add("  %s = arith.addi %o, %i : index")
        add("  linalg.yield %s : index")
        add("}")
        add("%count = memref.load %wrong[] : memref<index>")
        for i in range(4):
            add("memref.dealloc %%b%d : %s" % (i, "memref<%s%s>" % (
                "?x" * len(self.operands[min(i, 2)]), t) if min(i, 2) in self.inner else types[i]))
        if self.start in ("row", "column", "elements"):
            add("memref.dealloc %%start : %s" % start)
        add("return %count : index")
        add("}")
        return "\n".join(lines)


def program(cases):
    print("\n".join(case.emit(i) for i, case in enumerate(cases)))
    # A table of sizes for each case, a row for each call.
    for i, case in enumerate(cases):
        if case.dynamic:
            rows = [[value[x] for x in case.dynamic] for value in case.values]
            print("memref.global \"private\" constant @sizes%d : memref<%dx%dxindex> = dense<%s>" % (
                i, len(rows), len(rows[0]), rows))
    print("func.func @main() {")
    print("%zero = arith.constant 0 : index\n%one = arith.constant 1 : index")
    total = "%zero"
    for i, case in enumerate(cases):
        rank = len(case.dynamic)
        print("%%calls%d = arith.constant %d : index" % (i, len(case.values)))
        print("%%t%d = scf.for %%row = %%zero to %%calls%d step %%one iter_args(%%t = %s) -> (index) {"
              % (i, i, total))
        if rank:
            table = "memref<%dx%dxindex>" % (len(case.values), rank)
            print("%%table = memref.get_global @sizes%d : %s" % (i, table))
        for k in range(rank):
            print("%%k%d = arith.constant %d : index" % (k, k))
            print("%%a%d = memref.load %%table[%%row, %%k%d] : %s" % (k, k, table))
        arguments = ["%%a%d" % k for k in range(rank)]
        print("%%r = func.call @case%d(%s) : (%s) -> index" % (
            i, ", ".join(arguments), ", ".join(["index"] * rank)))
        print("%wrong = arith.cmpi ne, %r, %zero : index")
        print("scf.if %%wrong {\n vector.print str \"wrong: %s, case %d of sizes\\0A\"" % (case.spec, i))
        for argument in arguments:
            print("vector.print %s : index" % argument)
        print("}")
        print("%next = arith.addi %t, %r : index\nscf.yield %next : index\n}")
        total = "%%t%d" % i
    print('vector.print str "wrong elements: "')
    print("vector.print %s : index" % total)
    print("return\n}")


def dynamic_cases():
    def values(letters, sizes):
        return [dict(zip(letters, v)) for v in itertools.product(sizes, repeat=len(letters))]

    # A matrix product in each form, with all sizes.
    every = values("mnk", SIZES)
    some = values("mnk", [0, 1, 5, 33])
    few = values("btmnk"[:5], [0, 1, 3])[::7]
    any_size = dict.fromkeys("btmnkgi")
    for i, spec in enumerate(["mk,kn->mn", "mk,nk->mn", "km,kn->mn", "km,nk->mn"]):
        yield Case(spec, any_size, every[i::4])
        yield Case(spec, any_size, every[(i + 1) % 4::4], inner=(0, 1, 2))
    for start in ["fill", "column", "row", "elements", "overwrite"]:
        yield Case("mk,kn->mn", any_size, some, start=start)
    yield Case("mk,kn->mn", any_size, some, dtype="f64", inner=(0, 2))
    yield Case("mk,nk->mn", any_size, some, dtype="f64", start="column")
    yield Case("mk,kn->nm", any_size, some)
    yield Case("mk,k->m", any_size, values("mk", SIZES))
    yield Case("k,kn->n", any_size, values("nk", SIZES), start="fill")
    yield Case("bmk,bkn->bmn", any_size, values("bmnk", [0, 1, 3, 17]))
    # Several rows, columns or depths, dense and not.
    for inner in [(), (0,), (1,), (0, 1, 2)]:
        start = "fill" if inner == (1,) else "memory"
        yield Case("tbk,kn->tbn", any_size, values("tbnk", [0, 1, 2, 7]), inner=inner, start=start)
        yield Case("tbm,tbn->mn", any_size, values("tbmn", [0, 1, 2, 7]), inner=inner, start=start)
        yield Case("mk,kgn->mgn", any_size, values("mgnk", [0, 1, 2, 7]), inner=inner, start=start)
    yield Case("tbm,btn->mn", any_size, values("tbmn", [0, 1, 2, 7]), start="fill")


def static_cases():
    def case(spec, *sizes, **options):
        letters = dict.fromkeys(x for x in spec if x.isalpha())
        return Case(spec, dict(zip(letters, sizes)), [{}], **options)

    # What is chosen by the number of rows, and tails of columns.
    for m, n in [(1, 100), (2, 100), (3, 33), (4, 24), (5, 17), (7, 1), (8, 48), (9, 7), (13, 16), (20, 650)]:
        yield case("mk,kn->mn", m, 17, n)
        yield case("mk,nk->mn", m, 17, n, start="fill")
    # Several blocks of the depth and of the rows.
    yield case("mk,kn->mn", 7, 800, 33, start="column")
    yield case("mk,kn->mn", 2, 801, 33)
    yield case("tbm,tbn->mn", 40, 20, 33, 50, start="overwrite")
    yield case("mk,kn->mn", 500, 400, 17, start="elements")
    yield case("km,kn->mn", 400, 500, 50)
    yield case("mk,kn->mn", 33, 0, 17, start="fill")
    yield case("mk,kn->mn", 0, 3, 17)
    yield case("mk,kn->mn", 3, 5, 0)
    yield case("mk,kn->mn", 32, 50, 16, inner=(2,))
    # Gates, also of one column.
    for n in [1, 10, 16, 20]:
        yield case("mk,gkn->mgn", 20, 36, 3, n, inner=(1, 2))
        yield case("mk,gkn->mgn", 7, 17, 4, n, inner=(2,), start="elements")
    yield case("mk,kn->mn", 32, 50, 16, dtype="f64")
    yield case("mk,kn->mn", 50, 50, 50, dtype="f64", inner=(0, 1, 2))


if __name__ == "__main__":
    program(list(dynamic_cases() if sys.argv[1] == "dynamic" else static_cases()))
