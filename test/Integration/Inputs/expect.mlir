// What executable tests of both element types share: FLOAT and EPSILON are
// replaced before this is put before a test.

// Adds one to %failures, after printing where, unless the values differ by at most
// EPSILON, relative, or are equal or both NaN.
func.func private @expect(%got: FLOAT, %want: FLOAT, %row: index, %failures: index) -> index {
  %epsilon = arith.constant EPSILON : FLOAT
  %difference = arith.subf %got, %want : FLOAT
  %error = math.absf %difference : FLOAT
  %size = math.absf %want : FLOAT
  %bound = arith.mulf %epsilon, %size : FLOAT
  %near = arith.cmpf ole, %error, %bound : FLOAT
  %equal = arith.cmpf oeq, %got, %want : FLOAT
  %got_nan = arith.cmpf uno, %got, %got : FLOAT
  %want_nan = arith.cmpf uno, %want, %want : FLOAT
  %both_nan = arith.andi %got_nan, %want_nan : i1
  %0 = arith.ori %near, %equal : i1
  %good = arith.ori %0, %both_nan : i1
  %next = scf.if %good -> index {
    scf.yield %failures : index
  } else {
    vector.print %row : index
    vector.print %got : FLOAT
    vector.print %want : FLOAT
    %one = arith.constant 1 : index
    %more = arith.addi %failures, %one : index
    scf.yield %more : index
  }
  return %next : index
}

