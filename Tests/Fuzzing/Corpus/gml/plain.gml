graph [
  directed 1
  name "plain"
  node [
    id 0
    label "x.0"
    group "x"
    activation "identity"
    bias 0
    bias_trainable 0
    input 0
  ]
  node [
    id 1
    label "x.1"
    group "x"
    activation "identity"
    bias 0
    bias_trainable 0
    input 1
  ]
  node [
    id 2
    label "h.0"
    group "h"
    activation "tanh"
    bias 0.1
  ]
  node [
    id 3
    label "h.1"
    group "h"
    activation "tanh"
    bias -0.25
  ]
  node [
    id 4
    label "y.0"
    group "y"
    activation "identity"
    bias 0.11168001280779664
    output 0
  ]
  edge [
    source 0
    target 2
    weight -0.21679651062789831
  ]
  edge [
    source 1
    target 2
    weight -0.08321329408251137
  ]
  edge [
    source 3
    target 2
    weight 0.5
    trainable 0
  ]
  edge [
    source 0
    target 3
    weight -0.303607496972894
  ]
  edge [
    source 1
    target 3
    weight -0.30531462428484807
  ]
  edge [
    source 2
    target 3
    weight 0.5
    trainable 0
  ]
  edge [
    source 2
    target 4
    weight 0.6539801465326233
  ]
  edge [
    source 3
    target 4
    weight 0.35853382426117825
  ]
]
