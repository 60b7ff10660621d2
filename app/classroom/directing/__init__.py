"""Who acts next, and whether there is room and money for it.

`director.decide` is pure: state, script and moment in, a move out. `choosing` asks a model where rules leave a choice;
`admission` is the line before the model server; `budgets` and `policy` say what a class may spend.
"""
