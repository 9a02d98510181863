namespace MoDoMoDo.Laws

module internal Placeholder =
    let nothing = ()
