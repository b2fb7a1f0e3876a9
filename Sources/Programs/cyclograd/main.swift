import CyclogradCommand

Programs.cyclograd()
