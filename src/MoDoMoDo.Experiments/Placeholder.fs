namespace MoDoMoDo.Experiments

module internal Placeholder =
    let nothing = ()
