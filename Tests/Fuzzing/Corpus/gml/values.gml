Creator "x"
graph [ directed 0 node [ id 7 label "a&#233;" g [ x 1 ] ] edge [ source 7 target 7 value 4 ] ]
