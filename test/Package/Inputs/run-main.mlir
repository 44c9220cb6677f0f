func.func private @print(%values: tensor<?xf64>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f64
  %row = vector.transfer_read %values[%c0], %zero : tensor<?xf64>, vector<4xf64>
  vector.print %row : vector<4xf64>
  return
}

func.func @main() {
  %w = arith.constant dense<[-1.5, 0.0, 0.5, 2.0]> : tensor<4xf64>
  %loss, %g = call @gradient(%w) : (tensor<4xf64>) -> (tensor<f64>, tensor<4xf64>)
  %g_any = tensor.cast %g : tensor<4xf64> to tensor<?xf64>
  // CHECK: ( 0.00638689, 0, 0.14996, 1.06054 )
  call @print(%g_any) : (tensor<?xf64>) -> ()

  %p = arith.constant dense<[0.5, -1.0]> : tensor<2xf64>
  %dp = arith.constant dense<[2.0, -1.0e-3]> : tensor<2xf64>
  %m = arith.constant dense<[-20.0, 0.125]> : tensor<2xf64>
  %p1, %m1 = call @lion(%p, %dp, %m) : (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>)
  %p_any = tensor.cast %p1 : tensor<2xf64> to tensor<?xf64>
  %m_any = tensor.cast %m1 : tensor<2xf64> to tensor<?xf64>
  // CHECK-NEXT: ( 0.59375, -1.0625, 0, 0 )
  // CHECK-NEXT: ( -19.78, 0.12374, 0, 0 )
  call @print(%p_any) : (tensor<?xf64>) -> ()
  call @print(%m_any) : (tensor<?xf64>) -> ()
  return
}
