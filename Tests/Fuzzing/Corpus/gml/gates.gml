graph [
  directed 1
  multigraph 1
  name "gates"
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
    label "g.0"
    group "g"
    combine "product"
    activation "tanh"
    bias 0.5
    activation_1 "logistic"
    bias_1 0
  ]
  node [
    id 3
    label "g.1"
    group "g"
    combine "product"
    activation "tanh"
    bias 0.5
    activation_1 "logistic"
    bias_1 0
  ]
  node [
    id 4
    label "y.0"
    group "y"
    activation "identity"
    bias 0
    output 0
  ]
  edge [
    source 0
    target 2
    key 0
    weight 0.6524325039493326
  ]
  edge [
    source 1
    target 2
    key 0
    weight 0.09883553263158044
  ]
  edge [
    source 0
    target 2
    key 1
    weight -0.2956562796226356
    unit 1
  ]
  edge [
    source 1
    target 2
    key 1
    weight 0.20497582840937018
    unit 1
  ]
  edge [
    source 3
    target 2
    key 1
    weight 0.25
    unit 1
  ]
  edge [
    source 0
    target 3
    key 0
    weight 0.44736032897761047
  ]
  edge [
    source 1
    target 3
    key 0
    weight -0.17076911488588048
  ]
  edge [
    source 0
    target 3
    key 1
    weight 0.3940738246540803
    unit 1
  ]
  edge [
    source 1
    target 3
    key 1
    weight -0.2798930478000074
    unit 1
  ]
  edge [
    source 2
    target 3
    key 1
    weight 0.25
    unit 1
  ]
  edge [
    source 2
    target 4
    key 0
    weight 0.26077834986819615
  ]
  edge [
    source 3
    target 4
    key 0
    weight 0.25472478458300385
  ]
]
