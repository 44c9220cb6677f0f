/optimizer = /c\
  optimizer = #gradopt.adam<learning_rate = 0.05>, accumulate = 2,\
  regularize = [#gradopt.l2<1.0e-3, match = "rnn.*">, #gradopt.decoupled_decay<0.01>, #gradopt.max_norm<1.0>],\
  groups = [#gradopt.group<name = "input", match = "rnn.weight_ih", frozen = true>,\
            #gradopt.group<name = "output", match = "out.*", learning_rate = 0.01, weight_decay = 0.1>],
