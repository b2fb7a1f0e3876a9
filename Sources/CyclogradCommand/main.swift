print("cyclograd")
